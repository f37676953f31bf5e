"""How the stream grows through untrained blocks, and the gradient on its way back: both initializations, all norm places."""

from __future__ import annotations

import numpy as np

from given.drawing import BLUE, ORANGE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.gpt import GPT, GPTConfig
from minitorch import functional as F

DEPTHS, V, T, SEEDS = (2, 8, 32), 31, 16, 3


def scales(model: GPT, ids: np.ndarray) -> tuple[float, float]:
    """Root mean square of the stream behind the last block over that in front, and the same of gradients, first block over last."""
    x = model.embed(ids)
    first = x
    norms = []
    for block in model.blocks:
        x = block(x)
    growth = float(x.data.std() / first.data.std())
    F.cross_entropy(model(ids[:, :-1]), ids[:, 1:]).backward()
    for block in (model.blocks[0], model.blocks[len(model.blocks) - 1]):
        norms.append(float(np.linalg.norm(block.ffn.up.weight.grad)))
    return growth, norms[0] / norms[1]


def built(depth: int, seed: int, place: str, scaled: bool) -> GPT:
    """An untrained model; unscaled, what writes into the stream gets back the factor that depth took."""
    config = GPTConfig(V, d_model=32, d_ff=128, n_layers=depth, context_len=T, norm_place=place, init_std=0.18)  # fmt: skip
    model = GPT(config, np.random.default_rng([seed, depth]))
    if not scaled:
        for name, p in model.named_parameters():
            if name.endswith(("attn.out.weight", "ffn.down.weight")):
                p.data = p.data * (2 * depth) ** 0.5
    return model


def main(run: Run) -> None:
    """Three depths, three arms, three seeds."""
    arms = {"scaled": ("before", True), "unscaled": ("before", False), "behind": ("after", True)}
    metrics = {}
    print(f"{'depth':>5}  {'arm':>8}  growth  gradient, first over last")
    for depth in DEPTHS:
        for arm, (place, scaled) in arms.items():
            seen = []
            for seed in range(run.seed, run.seed + SEEDS):
                ids = np.random.default_rng(seed).integers(0, V, (8, T))
                seen.append(scales(built(depth, seed, place, scaled), ids))
            growth, ratio = zip(*seen, strict=True)
            metrics |= {
                f"{arm}_growth_{depth}_{name}": f(growth)
                for name, f in (("least", min), ("most", max))
            }
            metrics |= {
                f"{arm}_gradient_{depth}_{name}": f(ratio)
                for name, f in (("least", min), ("most", max))
            }
            print(f"{depth:5}  {arm:>8}  {np.mean(growth):6.2f}  {np.mean(ratio):8.3f}")
    with run.plot("growth.svg", 6.4, 3.2) as figure:
        axes = figure.subplots()
        for arm, color in (("scaled", BLUE), ("unscaled", RED), ("behind", ORANGE)):
            axes.plot(DEPTHS, [metrics[f"{arm}_growth_{d}_most"] for d in DEPTHS], "o-", color=color, label=arm)  # fmt: skip
        axes.set(
            xscale="log", xlabel="layers", ylabel="stream behind over in front", ylim=(0, None)
        )
        axes.set_xticks(DEPTHS, [str(d) for d in DEPTHS])
        axes.minorticks_off()
        axes.legend()
    run.record(config={"depths": list(DEPTHS), "seeds": SEEDS}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
