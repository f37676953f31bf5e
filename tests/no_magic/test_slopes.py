"""The gradients by hand of the two scripts that have no room to check them, against central differences."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from . import standards

SYSTEMS = standards.FOLDER / "03-systems"
H = 1e-6


def slope(row: list[float], j: int, loss: Callable[[], float]) -> float:
    kept, ends = row[j], []
    for row[j] in (kept + H, kept - H):
        ends.append(loss())
    row[j] = kept
    return (ends[0] - ends[1]) / (2 * H)


def test_the_slopes_of_microquant_are_those_of_its_loss(monkeypatch: Any) -> None:
    script = standards.load(SYSTEMS / "microquant.py")
    monkeypatch.setattr(script, "STEPS", 0)
    random.seed(1)
    weights = script.train(["anna"])
    text, targets = script.spell("hannah")

    def loss() -> float:
        tape = script.forward(weights, text)[0]
        return -sum(math.log(at[-1][i]) for at, i in zip(tape, targets, strict=True)) / len(targets)

    slopes = script.slopes_of(weights, text, targets)
    off = [
        abs(slope(row, j, loss) - slopes[name][i][j])
        for name, rows in weights.items()
        for i, row in enumerate(rows)
        for j in range(i % 5, len(row), 5)
    ]
    assert len(off) > 700
    assert max(off) < 1e-7
    assert max(abs(g) for rows in slopes.values() for row in rows for g in row) > 0.01


def test_a_step_of_microspeculative_is_its_rate_times_the_slope_of_its_loss(
    monkeypatch: Any,
) -> None:
    script = standards.load(SYSTEMS / "microspeculative.py")
    state, target = (26, 3, 5, 3), 7
    models = []
    for steps in (0, 1):
        monkeypatch.setattr(script, "STEPS", steps)
        random.seed(1)
        models.append(script.train([(state, target)], 4, 8, 48))
    before, after = models

    def loss() -> float:
        return -math.log(script.forward(before, state)[2][target])

    off = [
        abs(slope(row, j, loss) - (row[j] - after[k][i][j]) / 0.1)
        for k, matrix in enumerate(before)
        for i, row in enumerate(matrix)
        for j in range(i % 3, len(row), 3)
    ]
    assert len(off) > 700
    assert max(off) < 1e-7
