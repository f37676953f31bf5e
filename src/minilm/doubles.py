"""Models of which every figure is known before they are asked. They aren't trained; an evaluation is tried on them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from given.verbs import VERBS
from minilm.errors import MinilmError
from minilm.probes import Probe

LETTERS = " >IÁáéíñóúabcdefghijklmnopqrstuvwxyz"
Array = NDArray[np.float64]


class Listed:
    """A language model of characters that is a list of texts with weights: a text's probability is its share of the weights.

    After a beginning that no text has, all characters and the end are equally likely.
    """

    def __init__(self, weights: Mapping[str, float], letters: str = LETTERS) -> None:
        self.letters = letters
        self._ends = dict(weights)
        self._mass: defaultdict[str, float] = defaultdict(float)
        for text, weight in weights.items():
            for stop in range(len(text) + 1):
                self._mass[text[:stop]] += weight

    def encode(self, text: str) -> list[int]:
        """A character, an id."""
        for place, letter in enumerate(text):
            if letter not in self.letters:
                raise MinilmError(f"{text!r}: {letter!r} at {place} isn't in the vocabulary")
        return [self.letters.index(letter) for letter in text]

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """Each character in UTF-8."""
        return [self.letters[i].encode() for i in ids]

    def _ln(self, before: str, letter: str) -> float:
        """After `before`; the end, where `letter` is ""."""
        mass = self._mass.get(before, 0.0)
        if not mass:
            return -math.log(len(self.letters) + 1)
        weight = self._mass.get(before + letter, 0.0) if letter else self._ends.get(before, 0.0)
        return math.log(weight / mass) if weight else -math.inf

    def log_probs(self, rows: Sequence[Sequence[int]]) -> list[Array]:
        """As `minilm.scoring.Model`."""
        found = []
        for row in rows:
            text = "".join(self.letters[i] for i in row)
            found.append(
                np.array([self._ln(text[:i], text[i : i + 1]) for i in range(len(text) + 1)])
            )
        return found

    def following(self, ids: Sequence[int]) -> Array:
        """As `minilm.scoring.Model`."""
        before = "".join(self.letters[i] for i in ids)
        return np.array([self._ln(before, letter) for letter in (*self.letters, "")])


def uniform() -> Listed:
    """Every character equally likely, everywhere. By the token it can't tell candidates apart; by the sum it takes a shortest."""
    return Listed({})


def _told(probes: Iterable[Probe], believed: Mapping[str, str], sure: float) -> Listed:
    """Gives what is believed of each probe the share `sure` of its candidates, and the others what is left, equally."""
    weights: dict[str, float] = {}
    for probe in probes:
        for form in probe.candidates:
            text = probe.text(form)
            mine = form == believed[probe.id]
            weight = sure if mine else (1 - sure) / (len(probe.candidates) - 1)
            if not math.isclose(weights.setdefault(text, weight), weight):
                raise MinilmError(
                    f"{probe.id}: {text!r} stands in another probe with another weight"
                )
    return Listed(weights)


def oracle(probes: Sequence[Probe], sure: float = 0.97) -> Listed:
    """Right in every choice, with the confidence `sure`."""
    return _told(probes, {probe.id: probe.expected for probe in probes}, sure)


def over_regularizing(probes: Sequence[Probe], sure: float = 0.97) -> Listed:
    """As the oracle; but pasts and participles of irregular verbs are made by the rule, wherever such a candidate is offered."""
    believed = {}
    for probe in probes:
        lemma = probe.verb
        silent = lemma.endswith("e") and lemma != "be"
        ruled = lemma + ("d" if silent else "ed")
        tempted = not VERBS[lemma].regular and probe.tense in ("past_simple", "past_participle")
        believed[probe.id] = ruled if tempted and ruled in probe.candidates else probe.expected
    return _told(probes, believed, sure)


def over_confident(probes: Sequence[Probe], right: int, of: int, sure: float = 0.99) -> Listed:
    """Right in the first `right` of every `of` probes, and always as confident; elsewhere it takes the first wrong candidate.

    MinilmError where two probes share a sentence of which it would have to think two things.
    """
    believed = {}
    for number, probe in enumerate(probes):
        wrong = next(form for form in probe.candidates if form != probe.expected)
        believed[probe.id] = probe.expected if number % of < right else wrong
    return _told(probes, believed, sure)
