"""Measured numbers as rows of a table, as the pages of phase 13 show them; and a page's rows beside those of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Ends = tuple[float, float]

HEAD = ("setting", "measure", "three seeds", "interval", "chance")
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d\d(?![\d.])")


def row(setting: str, measure: str, values: Sequence[float], *beside: Ends | None) -> str:
    """The values of all seeds, and of the first its interval and its range of chance, where there are such."""
    cells = [f"`{setting}`", measure, " ".join(f"{value:.2f}" for value in values)]
    cells += [f"{pair[0]:.2f} to {pair[1]:.2f}" if pair else "" for pair in beside]
    return f"| {' | '.join(cells)} |".replace("-0.00", "0.00").replace("|  |", "| |")


def table(rows: Sequence[str]) -> str:
    """The rows under their head."""
    return "\n".join([f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|", *rows]) + "\n"


def _read(line: str) -> tuple[str, list[float]]:
    """The words of a row, and its numbers."""
    plain = line.replace("**", "")
    return NUMBER.sub("#", plain), [float(number) for number in NUMBER.findall(plain)]


def misfits(page: str, run: Iterable[str], within: float = 0.06) -> list[str]:
    """The rows with numbers of a page's tables that begin with a setting and that the run hasn't measured so.

    Numbers may differ by `within`, and by as much of themselves: another machine adds up in another order, and training
    carries that on.
    """
    measured = dict(map(_read, run))
    wrong = []
    for line in page.splitlines():
        if not line.startswith("| `"):
            continue
        words, numbers = _read(line)
        there = measured.get(words)
        if not numbers:
            continue
        if there is None or any(
            abs(a - b) > within * max(1, abs(b)) for a, b in zip(numbers, there, strict=True)
        ):
            wrong.append(f"{line}\n  measured: {there}")
    return wrong
