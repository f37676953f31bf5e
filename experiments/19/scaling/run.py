"""A size that wasn't trained: predicted from the kept points of the others, with an interval, and then trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sizes import ANOTHER, KEPT, STEPS, WIDTHS, floor, judged, size_of, trainer_of

from given.drawing import BLUE, MUTED, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.dynamics.scaling import interval, power_fit, predicted
from minilm.train import train


def main(run: Run) -> None:
    """The law from points.json, the interval, and one training with the run's seed."""
    kept = json.loads((Path(__file__).parent / KEPT).read_text(encoding="utf-8"))
    points = [point for point in kept if point["width"] in WIDTHS]
    sizes, losses = [p["size"] for p in points], [p["loss"] for p in points]
    least, size = floor(), size_of(ANOTHER)
    fit = power_fit(sizes, losses, least)
    low, high = interval(sizes, losses, least, size)
    print(f"predicted: {predicted(size, fit, least):.3f}, 90 % between {low:.3f} and {high:.3f}")
    trainer = trainer_of(ANOTHER, run.seed)
    train(trainer, STEPS, show=lambda bar: print(f"\r{bar}", end=""))
    loss = judged(trainer)
    print(f"\ntrained: {loss:.3f}")
    with run.plot("law.svg", 6.4, 3.4) as figure:
        axes = figure.subplots()
        x = np.geomspace(min(sizes), max(sizes))
        axes.plot(x, [predicted(s, fit, 0.0) for s in x], color=MUTED)
        axes.plot(sizes, np.array(losses) - least, "o", color=BLUE)
        axes.plot([size], [loss - least], "*", color=RED, markersize=12)
        axes.set(xscale="log", yscale="log", xlabel="parameters", ylabel="nats above the floor")
    run.record(
        config={"widths": list(WIDTHS), "another": ANOTHER, "steps": STEPS},
        metrics={
            "floor": least,
            "power": fit[1],
            "predicted": predicted(size, fit, least),
            "low": low,
            "high": high,
            "trained": loss,
            "inside": low < loss < high,
        },
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
