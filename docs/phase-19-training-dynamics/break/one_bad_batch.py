"""What the break shows: the norms of all and of each layer where one batch is bad, and how long after it, as JSON."""

import json

import numpy as np

from minilm.batches import Batch, Item, collate
from minilm.dynamics.faults import spikes
from minilm.dynamics.probes import observed_step
from minilm.gpt import GPT, GPTConfig
from minilm.train import Trainer
from minitorch.optim import SGD, Scheduler

BAD, STEPS = 40, 50


class Once:
    """One batch again and again, and once one whose targets are tokens that never come."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.batch = collate([[Item((0, *rng.integers(1, 3, 12).tolist(), 0))] for _ in range(4)])
        self.drawn = 0

    def __next__(self) -> Batch:
        self.drawn += 1
        b = self.batch
        return Batch(b.ids, b.targets * 0 + 7, b.positions, b.mask) if self.drawn == BAD else b

    def state_dict(self) -> dict[str, int]:
        return {"drawn": self.drawn}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.drawn = state["drawn"]


def main() -> None:
    """Four numbers."""
    config = GPTConfig(8, d_model=16, n_heads=2, n_layers=2, d_ff=32, context_len=16, init_std=0.3)
    model = GPT(config, np.random.default_rng(0))
    trainer = Trainer(model, Once(), [Scheduler(SGD(model.parameters()), lambda _: 0.2)], ceiling=99)  # fmt: skip
    record = [observed_step(trainer) for _ in range(STEPS)]
    norms = [line["norm"] for line in record]
    each = {k: [line["gradients"][k] for line in record] for k in record[0]["gradients"]}
    at = BAD - 1
    seen = {
        "norm": norms[at] / float(np.median(norms[at - 20 : at])),
        "layers": max(v[at] / float(np.median(v[at - 20 : at])) for v in each.values()),
        "stands_out": all(at in spikes(v) for v in each.values()),
        "loss": record[at]["loss"],
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
