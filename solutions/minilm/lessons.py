"""What a tutor learns from: sentences with a mistake or without, each with the right one; and verbs that don't exist.

The corpus has ten regular verbs to train on, and a model can know their forms by heart. A verb that comes once can't be
known: it must be copied, and its ending made. Made-up verbs go through the same persons, tenses and mistakes as the corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from string import ascii_lowercase
from typing import Any, TypeVar

import numpy as np

from given.verbs import FRAMES, HELD_OUT, PERSONS, PRONOUNS, VERBS
from labkit.generators import stream
from minilm.batches import BORDER, Batch, Characters, Item, collate
from minilm.corpus import MISTAKES, Example

ASK = ">"
LETTERS = Characters((" ", ASK, "I", *ascii_lowercase))
"""All that a sentence of the domain is made of, and the sign between a sentence and its answer."""
LONGEST = 72
"""Positions that the longest sentence of the domain takes together with its answer."""

T = TypeVar("T")
Pair = tuple[str, str]
"""A sentence, and the right one."""

REGULAR = (
    "missing_third_person_s",
    "wrong_aux_will_with_to",
    "wrong_aux_going_to_missing_ing",
    "subject_verb_disagreement",
)
"""The mistakes that can be made with a regular verb."""
VOWELS = "aeiou"
STARTS = "b bl br c ch cl d dr f fl g gr h j k l m n p pl pr r s sh sl sp st t th tr v w wr y z"
MIDDLES = "a e i o u ai ea ee oo ou"
ENDS = "b ce ch ck d f ft g k ke l lt m me mp n nd nt p r rk s sh sk ss st t te tch ve w x y"
PLACES = ("at {}", "at the {}", "in {}", "in the {}", "{}")
TIMES = {
    "present_simple": ("every {}",),
    "past_simple": ("last {}", "on that {}"),
    "simple_future": ("next {}", "some {}"),
}


def pairs(examples: Iterable[Example]) -> list[Pair]:
    """Each text once, with what is right, in the order of the texts. Three persons share an infinitive and a participle."""
    return sorted({(example.text, example.correct_form or example.text) for example in examples})


def item(pair: Pair) -> Item:
    """`he writed>he wrote` between borders. The sentence is read; the answer and the border behind it are asked for."""
    text, right = pair
    ids = (BORDER, *LETTERS.encode(f"{text}{ASK}{right}"), BORDER)
    return Item(ids, quiet=len(text) + 1)


def third_person(stem: str) -> str:
    """A regular verb's present of 3sg."""
    if stem.endswith("y") and stem[-2:-1] not in VOWELS:
        return f"{stem[:-1]}ies"
    return stem + ("es" if stem.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def past(stem: str) -> str:
    """A regular verb's past, and its participle. No consonant is doubled: no verb of the domain asks for it."""
    if stem.endswith("y") and stem[-2:-1] not in VOWELS:
        return f"{stem[:-1]}ied"
    return stem + ("d" if stem.endswith("e") else "ed")


def word(rng: np.random.Generator) -> str:
    """A made-up word of two to seven letters: half of them can be said, the others are any letters.

    It is no verb of the domain, and no noun of a frame that is held out.
    """
    while True:
        if rng.random() < 0.5:
            made = "".join(_one(rng, ascii_lowercase) for _ in range(rng.integers(2, 7)))
        else:
            begun = [STARTS, MIDDLES] if rng.random() < 0.3 else []
            made = "".join(_one(rng, sound.split()) for sound in (*begun, STARTS, MIDDLES, ENDS))
        if len(made) <= 7 and made not in VERBS and made not in UNSEEN:
            return made


UNSEEN = frozenset(
    [frame.nouns["en"] for frame in FRAMES.values() if frame.held_out] + ["tonight", *HELD_OUT]
)


def conjugated(stem: str) -> list[Example]:
    """A made-up regular verb in all its English rows, in the order of the corpus."""
    subjects = PRONOUNS["en"]
    be = [VERBS["be"].english("present_simple", person) for person in PERSONS]
    rows = []
    for who, person in enumerate(PERSONS):
        present = third_person(stem) if person == "3sg" else stem
        for tense, surface, text in (
            ("infinitive", "", f"to {stem}"),
            ("present_simple", "", f"{subjects[who]} {present}"),
            ("past_simple", "", f"{subjects[who]} {past(stem)}"),
            ("past_participle", "", past(stem)),
            ("simple_future", "will", f"{subjects[who]} will {stem}"),
            ("simple_future", "going_to", f"{subjects[who]} {be[who]} going to {stem}"),
        ):
            rows.append(Example("", text, "", stem, "", tense, surface, person, True, True))
    return rows


def made_up(rng: np.random.Generator) -> Example:
    """A sentence with a made-up verb, without a frame: half of them are right, the others have each mistake equally often."""
    rows = conjugated(word(rng))
    kind = "" if rng.random() < 0.5 else str(_one(rng, REGULAR))
    if not kind:
        return _one(rng, rows)
    made = [(MISTAKES[kind](row), row) for row in rows]
    text, row = _one(rng, [(text, row) for text, row in made if text is not None])
    return replace(row, text=text, mistake=kind, correct_form=row.text)


def ended(example: Example, rng: np.random.Generator) -> Pair:
    """The sentence and its right one, three of four with a phrase behind: one of training, or of its kind with a made-up noun.

    The two take at most LONGEST positions.
    """
    while True:
        phrase = _phrase(rng, example.tense)
        pair = example.text + phrase, (example.correct_form or example.text) + phrase
        if len(item(pair)) <= LONGEST:
            return pair


def _phrase(rng: np.random.Generator, tense: str) -> str:
    if rng.random() < 0.25:
        return ""
    if rng.random() < 0.35:
        known = [f.phrase(tense, "en") for f in FRAMES.values() if not f.held_out]
        return f" {_one(rng, [phrase for phrase in known if phrase])}"
    shapes = TIMES.get(tense, PLACES) if rng.random() < 0.5 else PLACES
    return f" {_one(rng, shapes).format(word(rng))}"


def _one(rng: np.random.Generator, some: Sequence[T]) -> T:
    return some[int(rng.integers(len(some)))]


class Lessons:
    """Batches without end for `minilm.train.Trainer`. Where it stands is one number: batch n is a function of seed and n.

    A share of the sentences has made-up verbs. Of the others, which are those of the corpus, half are right, and those with a
    mistake have each kind equally often.
    """

    AHEAD = 8
    """So many batches are drawn at once, and rows of about the same length are put together."""

    def __init__(
        self, examples: Iterable[Example], seed: int, rows: int = 32, made: float = 0.5
    ) -> None:
        self._kinds: dict[str, dict[str, Example]] = {}
        for example in examples:
            if not example.frame:
                self._kinds.setdefault(example.mistake, {})[example.text] = example
        self.seed, self.rows, self.made, self.at = seed, rows, made, 0
        self._drawn: tuple[int, list[Batch]] = (-1, [])

    def _real(self, rng: np.random.Generator) -> Example:
        wrong = [kind for kind in self._kinds if kind]
        kind = "" if rng.random() < 0.5 else _one(rng, wrong)
        return _one(rng, list(self._kinds[kind].values()))

    def _draw(self, group: int) -> list[Batch]:
        rng = stream(self.seed, "lessons", group)
        items = [
            item(ended(made_up(rng) if rng.random() < self.made else self._real(rng), rng))
            for _ in range(self.rows * self.AHEAD)
        ]
        items.sort(key=len)
        batches = [items[i : i + self.rows] for i in range(0, len(items), self.rows)]
        return [collate([[one] for one in batches[i]]) for i in rng.permutation(len(batches))]

    def __next__(self) -> Batch:
        group, place = divmod(self.at, self.AHEAD)
        if self._drawn[0] != group:
            self._drawn = (group, self._draw(group))
        self.at += 1
        return self._drawn[1][place]

    def state_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"at": self.at, "seed": self.seed}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self.at, self.seed = state["at"], state["seed"]
