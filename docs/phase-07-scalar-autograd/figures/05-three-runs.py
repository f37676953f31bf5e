"""Draws 05-three-runs.svg: the tense MLP trained as it should be, without clearing gradients, and from zeros."""

import random
import sys
from pathlib import Path

from given.drawing import BLUE, ORANGE, RED, new_plot, save_plot
from minigrad.mlp import MLP, squared_error, train_step

INPUTS = [[float(i == j) for j in range(5)] for i in range(5)]
TARGETS = [[1.0 if i == j else -1.0 for j in range(5)] for i in range(5)]


def losses(*, clear: bool = True, zeros: bool = False) -> list[float]:
    """The loss before each of 300 epochs at lr 0.05, seed 42; six digits, so that the figure is the same anywhere."""
    random.seed(42)
    model = MLP(5, [4, 5])
    if zeros:
        for p in model.parameters():
            p.data = 0.0
    history = []
    for _ in range(300):
        if clear:
            history.append(train_step(model, INPUTS, TARGETS, 0.05))
        else:
            loss = squared_error([model(x) for x in INPUTS], TARGETS)
            loss.backward()
            for p in model.parameters():
                p.data -= 0.05 * p.grad
            history.append(loss.data)
    return [float(f"{loss:.6g}") for loss in history]


def main(out: Path) -> None:
    """Three curves, each labeled where it ends."""
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for label, history, color in [
        ("all parameters\nstart at 0", losses(zeros=True), RED),
        ("gradients never\ncleared", losses(clear=False), ORANGE),
        ("as in the lab", losses(), BLUE),
    ]:
        axes.plot(history, color=color)
        axes.text(305, history[-1], label, color=color, va="center")
    axes.set(yscale="log", xlim=(-3, 385), xlabel="epoch", ylabel="loss")
    axes.set_xticks([0, 100, 200, 300])
    axes.set_yticks([0.1, 1, 10])
    axes.set_yticklabels(["0.1", "1", "10"])
    axes.minorticks_off()
    save_plot(figure, out / "05-three-runs.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
