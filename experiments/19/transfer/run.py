"""muP: how far a few steps move what a GPT computes, at widths 16 to 64; then which rate is best at each, with muP and without."""

from __future__ import annotations

import math

import numpy as np

from given.drawing import BLUE, ORANGE
from given.run import Run, conduct
from labkit.generators import stream
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.dynamics import mup
from minilm.dynamics.scaling import Source
from minilm.gpt import GPT, GPTConfig
from minilm.preflight import mean_loss

BASE, WIDTHS, HEAD, VOCAB = 16, (16, 64), 8, 16
CHECK_WIDTHS, CHECK_STEPS, CHECK_RATE = (16, 32, 64), 4, 0.01
RATES = tuple(2.0**-k for k in (8, 7, 6, 5, 4))
STEPS, SEEDS = 20, 3


def built(width: int, seed: int, with_mup: bool) -> GPT:
    """A GPT of heads of 8, as many as the width holds."""
    config = GPTConfig(VOCAB, d_model=width, n_heads=width // HEAD, d_ff=4 * width, context_len=24, tied=False, init_std=0.1)  # fmt: skip
    model = GPT(config, stream(seed, "model", width))
    if with_mup:
        mup.start(model, BASE)
    return model


def base_of(width: int, with_mup: bool) -> int:
    """What `schedulers` is told: without muP each width is its own base, so that all have one rate."""
    return BASE if with_mup else width


def coordinates(seed: int, with_mup: bool) -> dict[str, float]:
    """The power of the width with which steps at one rate move logits and stream."""
    found: dict[str, dict[int, float]] = {"stream": {}, "logits": {}}
    batch = Source(VOCAB, 8, 24, seed).batch("check")
    for width in CHECK_WIDTHS:
        model = built(width, seed, with_mup)
        steered = mup.schedulers(model, base_of(width, with_mup), lambda _: CHECK_RATE)
        far = mup.moved(model, [s.optimizer for s in steered], batch, CHECK_STEPS)
        for name, value in far.items():
            found[name][width] = value
    return {name: mup.growth(values) for name, values in found.items()}


def ended(width: int, rate: float, seed: int, with_mup: bool) -> float:
    """The loss on one batch after STEPS steps on it, at a rate that doesn't change; infinity if it diverged."""
    model = built(width, seed, with_mup)
    batch = Source(VOCAB, 4, 24, 7).batch("learned", seed)
    steered = mup.schedulers(model, base_of(width, with_mup), lambda _: rate)
    with np.errstate(over="ignore", invalid="ignore"):
        mup.moved(model, [s.optimizer for s in steered], batch, STEPS)
        loss = mean_loss(model, batch)
    return loss if math.isfinite(loss) else math.inf


def main(run: Run) -> None:
    """Three seeds of each; the rates' losses are means over them."""
    metrics: dict[str, float] = {}
    curves: dict[str, dict[int, list[float]]] = {}
    for name, with_mup in (("standard", False), ("mup", True)):
        growths = [coordinates(run.seed + s, with_mup) for s in range(SEEDS)]
        for part in ("stream", "logits"):
            each = [g[part] for g in growths]
            metrics |= {f"{name}_{part}_least": min(each), f"{name}_{part}_most": max(each)}
        curves[name] = {}
        for width in WIDTHS:
            curves[name][width] = [
                float(np.mean([ended(width, r, run.seed + s, with_mup) for s in range(SEEDS)]))
                for r in RATES
            ]
            best = int(np.argmin(curves[name][width]))
            metrics[f"{name}_best_{width}"] = math.log2(RATES[best])
            print(f"{name:8} width {width:3}: best 2^{math.log2(RATES[best]):.0f}  " + " ".join(f"{x:.3f}" for x in curves[name][width]))  # fmt: skip
        first = int(np.argmin(curves[name][WIDTHS[0]]))
        last = curves[name][WIDTHS[-1]]
        metrics[f"{name}_lost"] = last[first] - min(last)
    run.save("losses.json", {"rates": RATES, "losses": curves})
    with run.plot("transfer.svg", 7.2, 3.2) as figure:
        for axes, name in zip(figure.subplots(1, 2, sharey=True), curves, strict=True):
            for width, color, dash in zip(WIDTHS, (BLUE, ORANGE), ("-", "--"), strict=True):  # fmt: skip
                axes.plot(RATES, curves[name][width], dash, color=color, label=f"width {width}")
            axes.set(xscale="log", xlabel="rate", title=name)
        axes.legend()
    run.record(config={"widths": list(WIDTHS), "rates": list(RATES), "steps": STEPS, "seeds": SEEDS}, metrics=metrics)  # fmt: skip


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
