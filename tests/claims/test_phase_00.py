"""What holds the causal sentences of phase 00: `docs/phase-00-foundations/claims.yaml` names each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from math import comb
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "experiments" / "00" / "manifest-diff-demo"
CELLS, RIGHT = 60, 0.8
FORMAT = np.float32


def wins(cells: int, gain: int) -> float:
    """How often a second run of an unchanged model beats the first by `gain` cells or more."""
    chance = [comb(cells, k) * RIGHT**k * (1 - RIGHT) ** (cells - k) for k in range(cells + 1)]
    above = np.cumsum(chance[::-1])[::-1]
    return float(sum(p * above[k + gain] for k, p in enumerate(chance) if k + gain <= cells))


def test_an_unchanged_model_gains_three_cells_of_sixty_in_a_quarter_of_the_runs() -> None:
    assert 0.25 < wins(CELLS, CELLS // 20) < 0.3


def test_the_same_gain_on_ten_times_the_cells_is_rare() -> None:
    assert wins(600, 30) < 0.02


def typical_error(pieces: int) -> float:
    """The root mean square error of thirty sums of 20,000 numbers, each added in so many pieces."""
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(30):
        xs = rng.random(20_000, dtype=np.float32).astype(FORMAT)
        parts = [np.add.accumulate(part)[-1] for part in np.array_split(xs, pieces)]
        total = np.add.accumulate(np.array(parts, dtype=FORMAT))[-1]
        errors.append(float(total) - float(xs.sum(dtype=np.longdouble)))
    return float(np.sqrt(np.mean(np.square(errors))))


def test_twice_the_pieces_leave_about_half_the_typical_error() -> None:
    errors = [typical_error(pieces) for pieces in (1, 2, 4, 8)]
    assert errors[0] > 1e-3
    assert all(1.3 < a / b < 4 for a, b in pairwise(errors))


def test_one_piece_is_not_the_worst_of_every_list() -> None:
    rng = np.random.default_rng(1)
    worst = 0
    for _ in range(60):
        xs = rng.random(20_000, dtype=np.float32)
        exact = float(xs.sum(dtype=np.longdouble))
        errors = [
            abs(sum(float(np.add.accumulate(p)[-1]) for p in np.array_split(xs, k)) - exact)
            for k in (1, 2, 4, 8)
        ]
        worst += int(np.argmax(errors)) == 0
    assert 30 < worst < 55


ORDER = "print(*{'work', 'play', 'walk', 'study', 'listen'})"
SUM = """
total = 0.0
for number in {f"{i / 10}" for i in range(1, 21)}:
    total += float(number)
print(total)
"""


def answers(program: str, hash_seeds: list[str | None]) -> set[str]:
    """What fresh interpreters print, each with its hash seed in the environment from the start (None: without one)."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    seen = set()
    for seed in hash_seeds:
        env = clean if seed is None else clean | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-S", "-c", program]
        seen.add(subprocess.run(command, env=env, capture_output=True, check=True).stdout.decode())
    return seen


def test_a_hash_seed_set_inside_the_program_changes_nothing() -> None:
    inside = "import os; os.environ['PYTHONHASHSEED'] = '42'; " + ORDER
    assert len(answers(inside, [None] * 5)) > 1


def test_a_hash_seed_set_by_the_launcher_fixes_the_order() -> None:
    assert len(answers(ORDER, ["42"] * 5)) == 1


def test_sums_over_a_set_of_text_differ_between_hash_seeds() -> None:
    assert len(answers(SUM, [str(seed) for seed in range(8)])) > 1


def test_sums_over_a_set_of_text_agree_under_one_hash_seed() -> None:
    assert len(answers(SUM, ["42"] * 5)) == 1


def percentile(q: int, number: type) -> float:
    """numpy's percentile of the demo's 300 numbers, the division by 100 done in the format `number`."""
    errors = np.sort(np.abs(np.random.default_rng(42).standard_normal(300)).astype(np.float32))
    position = number(q) / number(100) * 299
    low = int(position)
    share = np.float32(position - low)
    left, right = errors[low], errors[low + 1]
    up, down = left + (right - left) * share, right - (right - left) * (1 - share)
    return float(up if share < 0.5 else down)


def metrics(day: str) -> dict[str, float]:
    return dict(json.loads((DEMO / f"{day}.json").read_text(encoding="utf-8"))["metrics"])


def test_one_change_of_format_gives_both_days_numbers() -> None:
    for day, number in (("monday", np.float32), ("tuesday", float)):
        assert [percentile(q, number) for q in (50, 90, 99)] == [
            metrics(day)[f"p{q}"] for q in (50, 90, 99)
        ]


def test_each_format_misses_the_other_days_numbers() -> None:
    assert percentile(90, np.float32) != metrics("tuesday")["p90"]
    assert percentile(99, float) != metrics("monday")["p99"]


def too_large(order: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> float:
    """The share of 200 lists whose sum from left to right comes out too large, in this order."""
    draw, above = np.random.default_rng(11), 0
    for _ in range(200):
        xs = draw.random(100_000, dtype=np.float32)
        above += float(np.add.accumulate(order(xs))[-1]) > float(xs.sum(dtype=np.float64))
    return above / 200


def test_sums_of_sorted_lists_lean_to_one_side() -> None:
    assert 0.6 < too_large(np.sort) < 0.8
    assert 0.2 < too_large(lambda xs: np.sort(xs)[::-1]) < 0.4


def test_sums_of_unsorted_lists_do_not() -> None:
    assert 0.4 < too_large(np.asarray) < 0.6
