"""Asks a model every probe and keeps what it answered: what intervals, calibration, comparison and report are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minilm.errors import MinilmError
from minilm.probes import Probe
from minilm.scoring import Model, best, generate, margin, scores, shares, verdict


@dataclass(frozen=True)
class Answer:
    """What a model said to one probe.

    Attributes:
        predicted: the candidate, the verdict or the text; "" where the right one can't be said in the model's letters.
        confidence: its share among the candidates, from 0 to 1; NaN for what the model wrote itself.
        values: what each candidate got; -inf for one that can't be said.
        unsayable: the right candidate has no ids. Such a probe counts nowhere, and is counted apart.
    """

    probe: Probe
    predicted: str
    confidence: float
    values: tuple[float, ...]
    unsayable: bool = False

    @property
    def hit(self) -> bool:
        """Whether it is what was expected."""
        return self.predicted == self.probe.expected


def ask(
    model: Model, probes: Sequence[Probe], by: str = "total", threshold: float = 0.0
) -> list[Answer]:
    """Each probe's answer. MinilmError for a model whose log-probabilities can't be used."""
    return [_answer(model, probe, by, threshold) for probe in probes]


def _answer(model: Model, probe: Probe, by: str, threshold: float) -> Answer:
    if probe.kind == "generate":
        try:
            model.encode(probe.prompt + probe.expected)
        except MinilmError:
            return Answer(probe, "", np.nan, (), unsayable=True)
        written = generate(model, probe.prompt, limit=len(probe.expected) + 8)
        return Answer(probe, written, np.nan, ())
    found = scores(model, probe.prompt, probe.candidates, probe.after)
    judged = probe.expected if probe.kind == "choice" else probe.candidates[0]
    values = tuple(-np.inf if score is None else score.value(by) for score in found)
    if found[probe.candidates.index(judged)] is None:
        return Answer(probe, "", 1 / len(values), values, unsayable=True)
    at = best(values)
    if probe.kind == "choice":
        return Answer(probe, probe.candidates[at], float(shares(values)[at]), values)
    said = verdict(margin(values), threshold)
    return Answer(probe, said, float(shares(values)[at]), values)


def table(answers: Sequence[Answer]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The values of choices with equally many candidates, shape (n, k), and the place of the right one in each row.

    MinilmError names a probe that is no choice, can't be said, or has another number of candidates.
    """
    for answer in answers:
        sayable = not answer.unsayable and np.isfinite(answer.values).all()
        if answer.probe.kind != "choice" or not sayable:
            raise MinilmError(f"{answer.probe.id}: no choice with finite values")
        if len(answer.values) != len(answers[0].values):
            raise MinilmError(f"{answer.probe.id}: {len(answer.values)} candidates")
    right = [answer.probe.candidates.index(answer.probe.expected) for answer in answers]
    return np.array([answer.values for answer in answers]), np.array(right, dtype=np.intp)
