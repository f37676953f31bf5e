"""How the size of a signal changes through 20 layers of 256, for three ways to draw the weights; with and without ReLU."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from given.drawing import BLUE, GREEN, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor
from minitorch.nn import init

DEPTH, WIDTH, BATCH = 20, 256, 64
# name: how to fill a weight, and the variance of its elements
SCHEMES: dict[str, tuple[Callable[[Tensor, np.random.Generator], object], float]] = {
    "uniform": (lambda w, rng: init.uniform_(w, -0.5, 0.5, rng), 1 / 12),
    "xavier": (lambda w, rng: init.xavier_normal_(w, rng=rng), 1 / WIDTH),
    "kaiming": (lambda w, rng: init.kaiming_normal_(w, rng=rng), 2 / WIDTH),
}
COLORS = {"uniform": RED, "xavier": BLUE, "kaiming": GREEN}


def walk(scheme: str, relu: bool, seed: int) -> list[dict[str, float]]:
    """The mean square after each layer, before any ReLU, with what sigma^2 fan_in times the last one predicts."""
    fill, variance = SCHEMES[scheme]
    rng = np.random.default_rng([seed, list(SCHEMES).index(scheme)])
    x = rng.standard_normal((BATCH, WIDTH))
    rows = []
    for layer in range(1, DEPTH + 1):
        weight = Tensor(np.empty((WIDTH, WIDTH)))
        fill(weight, rng)
        expected = WIDTH * variance * float((x * x).mean())
        x = x @ weight.data.T
        rows.append({"layer": layer, "measured": float((x * x).mean()), "expected": expected})
        if relu:
            x = np.maximum(x, 0)
    return rows


def draw(walks: dict[str, list[dict[str, float]]], run: Run) -> None:
    """Mean squares on a logarithmic axis: solid without ReLU, dashed with it."""
    with run.plot("variance.svg", 7.2, 4.2) as figure:
        axes = figure.subplots()
        for name, rows in walks.items():
            scheme, _, kind = name.partition("_")
            layers, sizes = [r["layer"] for r in rows], [r["measured"] for r in rows]
            style = "--" if kind == "relu" else "-"
            axes.plot(layers, sizes, style, color=COLORS[scheme], label=name.replace("_", ", "))
        axes.set(
            yscale="log",
            xlabel="layer",
            ylabel="mean square of the signal",
            xticks=[1, 5, 10, 15, 20],
        )
        axes.legend()


def main(run: Run) -> None:
    """Six walks, their plot and a manifest."""
    walks = {
        name + ("_relu" if relu else "_linear"): walk(name, relu, run.seed)
        for relu in (False, True)
        for name in SCHEMES
    }
    print(f"{'mean square after layer':24}{1:>12}{10:>12}{20:>12}   worst miss of a layer")
    metrics: dict[str, float] = {}
    for name, rows in walks.items():
        worst = max(abs(r["measured"] / r["expected"] - 1) for r in rows)
        first, middle, last = (rows[i]["measured"] for i in (0, 9, 19))
        print(f"{name:24}{first:12.3g}{middle:12.3g}{last:12.3g}   {worst:.1%}")
        metrics[f"{name}_log10_last"] = math.log10(last)
        metrics[f"{name}_worst_miss"] = worst
    draw(walks, run)
    run.save("walks.json", walks)
    run.record(
        config={"depth": DEPTH, "width": WIDTH, "batch": BATCH},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
