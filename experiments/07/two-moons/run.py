"""Trains a single tanh unit and a 2-4-1 network on two half moons, and draws where each says 0."""

from __future__ import annotations

import math

from given.drawing import BLUE, INK, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.mlp import MLP, squared_error, train

POINTS = 20
NETWORKS = {"line": [1], "curve": [4, 1]}
LR, EPOCHS = 0.02, 300
XS = [-1.5 + 0.1 * i for i in range(41)]
YS = [-1.0 + 0.1 * i for i in range(26)]


def moons() -> tuple[list[list[float]], list[list[float]]]:
    """An upper half moon with the target 1, and a lower one with -1 that reaches into it."""
    inputs, targets = [], []
    for i in range(POINTS):
        angle = math.pi * i / (POINTS - 1)
        inputs += [[math.cos(angle), math.sin(angle)], [1 - math.cos(angle), 0.5 - math.sin(angle)]]
        targets += [[1.0], [-1.0]]
    return inputs, targets


def main(run: Run) -> None:
    """Trains both, draws, records."""
    inputs, targets = moons()
    metrics: dict[str, float] = {"points": len(inputs)}
    with run.plot("boundaries.svg", 7.2, 3.4) as figure:
        for axes, (name, sizes) in zip(figure.subplots(1, 2), NETWORKS.items(), strict=True):
            seed_everything(run.seed)
            model = MLP(2, sizes)
            losses = train(model, inputs, targets, lr=LR, epochs=EPOCHS)
            outputs = [model(x) for x in inputs]
            right = sum(
                (y.data > 0) == (t > 0) for (y,), (t,) in zip(outputs, targets, strict=True)
            )
            for color, side in ((BLUE, 1.0), (ORANGE, -1.0)):
                mine = [x for x, (t,) in zip(inputs, targets, strict=True) if t == side]
                axes.plot(
                    [x[0] for x in mine], [x[1] for x in mine], "o", color=color, markersize=4
                )
            heights = [[model([x, y])[0].data for x in XS] for y in YS]
            axes.contour(XS, YS, heights, levels=[0.0], colors=[INK])
            axes.set(title=f"MLP(2, {sizes}): {right} of {len(inputs)} right")
            metrics |= {
                f"{name}_parameters": len(model.parameters()),
                f"{name}_first_loss": losses[0],
                f"{name}_loss": squared_error(outputs, targets).data,
                f"{name}_right": right,
            }
    run.record(
        config={"networks": NETWORKS, "lr": LR, "epochs": EPOCHS, "weights": "uniform(-1, 1)"},
        metrics=metrics,
    )
    for name, sizes in NETWORKS.items():
        print(
            f"MLP(2, {sizes}): loss {metrics[f'{name}_first_loss']:.2f} -> {metrics[f'{name}_loss']:.2f}, "
            f"{metrics[f'{name}_right']:.0f} of {len(inputs)} right"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
