"""Draws 07-schedules.svg: five schedules, and the expected loss of noisy SGD under each of them."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE, PURPLE, RED, new_plot, save_plot
from minigrad.schedules import constant, cosine, step_decay, warmup_cosine, wsd

LR, TOTAL, CURVATURE, NOISE = 0.5, 2000, np.array([1.0, 0.02]), 1.0
SCHEDULES = [
    ("constant", lambda t: constant(t, LR), BLUE),
    ("step_decay", lambda t: step_decay(t, LR, 600, 0.1), ORANGE),
    ("cosine", lambda t: cosine(t, LR, 0.0, TOTAL), GREEN),
    ("warmup_cosine", lambda t: warmup_cosine(t, LR, 0.0, 100, TOTAL), RED),
    ("wsd", lambda t: wsd(t, LR, 0.0, 100, 1400, TOTAL), PURPLE),
]


def expected_loss(schedule) -> list[float]:
    """Half of sum c E[theta^2], by E' = (1 - lr c)^2 E + (lr noise)^2 from theta = 3; every tenth step."""
    second, losses = np.full(2, 9.0), []
    for t in range(1, TOTAL + 1):
        lr = schedule(t)
        second = (1 - lr * CURVATURE) ** 2 * second + (lr * NOISE) ** 2
        if t % 10 == 0:
            losses.append(float(f"{0.5 * (CURVATURE * second).sum():.4g}"))
    return losses


def main(out: Path) -> None:
    """Rates above, losses below, on one time axis."""
    figure = new_plot(7.2, 5.6)
    above, below = figure.subplots(2, 1, sharex=True)
    ticks = range(10, TOTAL + 1, 10)
    for name, schedule, color in SCHEDULES:
        above.plot(ticks, [round(schedule(t), 5) for t in ticks], color=color, label=name)
        losses = expected_loss(schedule)
        below.plot(ticks, losses, color=color)
        offset = {"cosine": 0.87, "warmup_cosine": 1.07, "step_decay": 0.95, "wsd": 1.06}.get(
            name, 1.0
        )
        below.text(
            2020, losses[-1] * offset, f"{losses[-1]:.3f}", color=color, va="center", fontsize=10
        )
    above.set(ylabel="learning rate", xlim=(0, 2200))
    above.legend(fontsize=9.5, loc="lower left")
    below.set(yscale="log", xlabel="step", ylabel="expected loss")
    below.set_yticks([0.03, 0.1, 0.3, 1])
    below.set_yticklabels(["0.03", "0.1", "0.3", "1"])
    below.minorticks_off()
    save_plot(figure, out / "07-schedules.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
