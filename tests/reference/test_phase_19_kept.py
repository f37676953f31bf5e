"""The tables of phase 19's pages are what the kept files of its long runs hold."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PHASE = ROOT / "docs" / "phase-19-training-dynamics"
KEPT = ROOT / "experiments" / "19"


def rows(page: str) -> list[list[str]]:
    """The cells of a page's tables."""
    text = (PHASE / "theory" / page).read_text(encoding="utf-8")
    lines = re.findall(r"^\|(.+)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def test_batches_on_the_page_are_those_of_the_sweep() -> None:
    losses: dict[tuple[int, float], list[float]] = defaultdict(list)
    for one in json.loads((KEPT / "batches" / "table.json").read_text(encoding="utf-8")):
        losses[one["batch"], one["rate"]].append(one["loss"])
    mean = {key: sum(found) / 3 for key, found in losses.items() if len(found) == 3}
    assert mean.keys() == losses.keys() and len(mean) == 42
    told = [row for row in rows("04-rates-and-batches.md") if len(row) == 5 and row[0].isdigit()]
    assert [int(row[0]) for row in told] == [1, 2, 4, 8, 16, 32, 64]
    for batch, steps, rate, best, at_64 in told:
        size = int(batch)
        least = min((key for key in mean if key[0] == size), key=lambda key: mean[key])
        assert (int(steps.replace(",", "")), rate) == (1024 // size, f"1/{1 / least[1]:.0f}")
        assert (best, at_64) == (f"{mean[least]:.3f}", f"{mean[size, 1 / 64]:.3f}")


def test_sizes_on_the_page_are_those_of_the_long_run() -> None:
    losses: dict[int, list[float]] = defaultdict(list)
    for one in json.loads((KEPT / "scaling" / "points.json").read_text(encoding="utf-8")):
        losses[one["size"]].append(one["loss"])
    told = [row for row in rows("05-a-law-of-sizes.md") if len(row) == 3 and row[0][:1].isdigit()]
    shown = {int(size.replace(",", "")): loss for size, loss, _ in told}
    assert len(shown) == 6 and shown.keys() < losses.keys()
    for size, loss in shown.items():
        assert len(losses[size]) == 3 and loss == f"{sum(losses[size]) / 3:.3f}"
