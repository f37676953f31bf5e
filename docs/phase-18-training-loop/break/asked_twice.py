"""What the break shows: the five questions, the floor, what one batch teaches, and how the model goes on, as JSON."""

import json

import numpy as np

from minilm.batches import Characters, Item, collate
from minilm.gpt import GPT, GPTConfig
from minilm.preflight import floor, overfit, preflight

TEXTS = ("she worked", "he works", "we will go", "they went", "he will eat", "you ate")


def main() -> None:
    """Five numbers; the fault changes three of them."""
    letters = Characters.of(TEXTS)
    items = [Item((0, *letters.encode(text), 0)) for text in TEXTS]
    batch = collate([items[:3], items[3:]])

    def make() -> GPT:
        config = GPTConfig(letters.vocab_size, d_model=32, n_layers=1, d_ff=64, context_len=48)
        return GPT(config, np.random.default_rng(0))

    findings = preflight(make, batch, 100)
    model = make()
    losses = overfit(model, batch, 100)
    ids = [0, *letters.encode("the")]
    for _ in range(6):
        ids.append(int(model(np.array([ids])).data[0, -1].argmax()))
    seen = {
        "sound_answers": sum(finding.sound for finding in findings),
        "floor": floor(batch),
        "last_loss": losses[-1],
        "says": letters.decode(ids[4:]),
        "falls": bool(losses[-1] < losses[0] / 2),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
