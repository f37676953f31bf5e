"""Scores of normal queries and keys, as they come and divided by the root of their length: shares, and gradients behind them."""

from __future__ import annotations

import numpy as np

from given.drawing import BLUE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor
from minitorch.attention import attention_scores, attention_weights

LENGTHS, POSITIONS, DRAWS = (4, 16, 64, 256), 16, 200


def look(d: int, scaled: bool, seed: int) -> dict[str, float]:
    """Mean largest share, and the length of the gradient of a row of scores: typical, and mean square."""
    rng = np.random.default_rng([seed, d])
    q, k = (Tensor(rng.standard_normal((DRAWS, POSITIONS, d))) for _ in "qk")
    numbers = attention_scores(q, k).data
    scores = Tensor(numbers if scaled else numbers * d**0.5, requires_grad=True)
    weights = attention_weights(scores)
    weights.backward(rng.standard_normal(weights.shape))
    rows = np.linalg.norm(np.zeros((1, 1)) if scores.grad is None else scores.grad, axis=-1)
    return {
        "spread": float(scores.data.std()),
        "largest": float(weights.data.max(-1).mean()),
        "typical": float(np.median(rows)),
        "rms": float(np.sqrt((rows**2).mean())),
    }


def main(run: Run) -> None:
    """Four lengths, twice."""
    seen = {(d, scaled): look(d, scaled, run.seed) for d in LENGTHS for scaled in (False, True)}
    metrics = {
        f"{name}_{d}{'' if scaled else '_unscaled'}": value
        for (d, scaled), parts in seen.items()
        for name, value in parts.items()
    }
    metrics |= {
        f"{kind}_ratio_{d}": seen[d, False][kind] / seen[d, True][kind]
        for kind in ("typical", "rms")
        for d in LENGTHS
    }
    print(f"{'d':>4}  scaled  spread  largest  typical    rms")
    for (d, scaled), part in seen.items():
        print(
            f"{d:4}  {scaled!s:>6}  {part['spread']:6.2f}  {part['largest']:7.3f}  {part['typical']:7.4f}  {part['rms']:5.3f}"
        )
    with run.plot("gradient.svg", 6.4, 3.4) as figure:
        axes = figure.subplots()
        for kind, style in (("typical", "o-"), ("rms", "s--")):
            for scaled, color in ((True, BLUE), (False, RED)):
                label = f"{kind}, {'scaled' if scaled else 'as they come'}"
                axes.plot(LENGTHS, [seen[d, scaled][kind] for d in LENGTHS], style, color=color, label=label)  # fmt: skip
        axes.set(xscale="log", xlabel="d", ylabel="gradient of a row of scores", ylim=(0, None))
        axes.set_xticks(LENGTHS, [str(d) for d in LENGTHS])
        axes.minorticks_off()
        axes.legend()
    run.record(config={"positions": POSITIONS, "draws": DRAWS}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
