"""How well a learner predicts: the share of values that came as said, and how it changes with practice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cortex.formats.checkpoint import Checkpoint


@dataclass(frozen=True)
class Calibration:
    """Scored predictions: all of them, and those of the earlier and the later half, each as (right, of)."""

    all: tuple[int, int]
    earlier: tuple[int, int]
    later: tuple[int, int]

    def __str__(self) -> str:
        """`14 of 22 right (64 %); 5 of the first 11, 9 of the last 11`; empty where nothing was scored."""
        right, of = self.all
        if not of:
            return ""
        text = f"{right} of {of} right ({right / of:.0%})"
        if self.earlier[1]:
            (before, first), (after, last) = self.earlier, self.later
            text += f"; {before} of the first {first}, {after} of the last {last}"
        return text


def marks(record: Checkpoint) -> list[bool]:
    """A phase's scored predictions, right or not, in the order in which they were made."""
    said = [one for entry in record.breaks.values() for one in entry.predictions.values()]
    said += [one for entry in record.experiments.values() for one in entry.predictions.values()]
    return [one.right for one in sorted(said, key=lambda one: one.at) if one.right is not None]


def calibration(phases: Iterable[list[bool]]) -> Calibration:
    """That of all phases together, each with its marks, in the order of the course."""
    whole = [mark for found in phases for mark in found]
    middle = len(whole) // 2
    return Calibration(_count(whole), _count(whole[:middle]), _count(whole[middle:]))


def _count(found: list[bool]) -> tuple[int, int]:
    return sum(found), len(found)
