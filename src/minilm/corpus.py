"""The corpus: every sentence that the 20 verbs make, right and wrong, and the split that every later model is judged by.

The forms stand in `data/verbs.yaml` and are read with `given.verbs`; here they become examples, each with all that is
known about it. Nothing is drawn at random, so the corpus is the same on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from given.verbs import FRAMES, HELD_OUT, PERSONS, PRONOUNS, ROWS, TENSES, VERBS, Frame
from minilm.errors import MinilmError

SPLITS = ("train", "val_cells", "val_frames", "test_cells", "test_frames", "test_verbs")
"""The parts of the corpus. Behind the underscore stands what is new in a part: all else was seen in training."""


@dataclass(frozen=True)
class Example:
    """One sentence with what is known about it.

    Attributes:
        id: tells the example apart for good, whatever else the corpus holds.
        text: English, right or wrong.
        spanish: the Spanish of what is meant, always right.
        verb, spanish_verb: the infinitives.
        tense, surface, person: the cell that is meant; `surface` is "" outside the simple future.
        regular, spanish_regular: whether the verb's forms follow from its infinitive.
        frame: the name of what the sentence ends in, or "".
        mistake: one of the names of MISTAKES, or "" where the text is right.
        correct_form: what should stand there where the text is wrong, else "".
    """

    id: str
    text: str
    spanish: str
    verb: str
    spanish_verb: str
    tense: str
    surface: str
    person: str
    regular: bool
    spanish_regular: bool
    frame: str = ""
    mistake: str = ""
    correct_form: str = ""


class Reading(NamedTuple):
    """What a text says. `person` is "" where the text doesn't tell: infinitives and participles have no subject."""

    verb: str
    tense: str
    surface: str
    person: str
    frame: str


def name_of(
    verb: str, tense: str, surface: str, person: str, frame: str = "", mistake: str = ""
) -> str:
    """The id: `go.past_simple.3sg`, `go.simple_future.will.3sg@town`, `go.past_simple.3sg@town!overregularization_past`.

    Verb, tense, surface if there is one, and person with dots between; then `@` and the frame, `!` and the mistake, if any.
    """
    raise NotImplementedError("Lab 12.0 - the id of an example")


def bare() -> list[Example]:
    """The 360 correct examples without a frame, in the order of `given.verbs.ROWS`."""
    raise NotImplementedError("Lab 12.0 - an example for each row of the table")


def framed(example: Example, frame: Frame) -> Example | None:
    """The example with the frame's phrases behind `text`, `spanish` and, if there is one, `correct_form`.

    Args:
        example: one without a frame, right or wrong.

    Returns:
        A new example with an id of its own; None where the frame has no phrase for the tense.

    Raises:
        MinilmError: the example has a frame already; the message names its id.
    """
    raise NotImplementedError("Lab 12.0 - a sentence in a frame")


def parse(text: str) -> list[Reading]:
    """Everything that the text can mean in the grammar of the domain; no reading for what isn't a sentence of it.

    It reads the text from left to right by the verb table. It doesn't ask the generator, so that each is a check of
    the other.

    Args:
        text: as the corpus has it: lower case except for I, one space between words.
    """
    raise NotImplementedError("Lab 12.0 - the readings of a text")


# Lab 12.0 - what a sentence without its frame can be: write it here


def missing_third_person_s(example: Example) -> str | None:
    """`he work`: the present of 3sg with the infinitive in the place of the form."""
    raise NotImplementedError("Lab 12.1 - the present without its ending")


def overregularization_past(example: Example) -> str | None:
    """`I goed`, and `goed` alone: past and participle of an irregular verb, made as those of a regular one.

    An e at the end is not doubled (`writed`, `seed`), but in `be` (`beed`).
    """
    raise NotImplementedError("Lab 12.1 - an irregular verb made regular")


def wrong_aux_will_with_to(example: Example) -> str | None:
    """`he will to work`: the future with will, and a `to` that belongs to the other one."""
    raise NotImplementedError("Lab 12.1 - will with to")


def wrong_aux_going_to_missing_ing(example: Example) -> str | None:
    """`I am go to work`: the other future without its -ing."""
    raise NotImplementedError("Lab 12.1 - going without ing")


def subject_verb_disagreement(example: Example) -> str | None:
    """`I is going to work`, `you was`: a form of be that belongs to another person.

    The future with going to, and the past of be. The form is that of 3sg; where that is the right one, that of 2sg.
    """
    raise NotImplementedError("Lab 12.1 - be of another person")


def bare_participle_missing_aux(example: Example) -> str | None:
    """`he gone`, where `he went` is meant: a participle in the place of the past.

    Of verbs alone for which that is wrong: a participle that is the past too makes a right sentence (`he worked`), and
    so does one that is the present (`I come`).
    """
    raise NotImplementedError("Lab 12.1 - a participle for the past")


MISTAKES: dict[str, Callable[[Example], str | None]] = {
    make.__name__: make
    for make in (
        missing_third_person_s,
        overregularization_past,
        wrong_aux_will_with_to,
        wrong_aux_going_to_missing_ing,
        subject_verb_disagreement,
        bare_participle_missing_aux,
    )
}
"""The six kinds of mistake, all that there are. Each takes a correct example without a frame and gives the wrong text, or
None where the mistake can't be made."""


def mistakes(example: Example) -> list[Example]:
    """One example for each mistake that can be made of a correct one without a frame, in the order of MISTAKES.

    It means the same: cell and Spanish stay, `correct_form` is the text of the example that it was made of.
    """
    found = []
    for mistake, make in MISTAKES.items():
        wrong = make(example)
        if wrong is not None:
            name = name_of(
                example.verb, example.tense, example.surface, example.person, mistake=mistake
            )
            found.append(
                replace(example, id=name, text=wrong, mistake=mistake, correct_form=example.text)
            )
    return found


def examples() -> list[Example]:
    """The whole corpus: what `bare` gives and its mistakes, each without a frame and in every one that goes with it."""
    plain = [some for right in bare() for some in (right, *mistakes(right))]
    in_frames = [framed(example, frame) for frame in FRAMES.values() for example in plain]
    return plain + [example for example in in_frames if example is not None]


def held_out_groups(seed: int = 42) -> dict[tuple[str, str], str]:
    """The (verb, tense) pairs that are held out, each with "val" or "test"; 20 of the 80 of verbs that are trained on.

    For each tense one regular and one irregular verb for val, and one of each for test. Of the candidates of a tense
    and regularity, in the order of the SHA-256 (in hexadecimal) of the text `SEED/TENSE/VERB`, the first is val and
    the second test. A verb of HELD_OUT is no candidate.
    """
    raise NotImplementedError("Lab 12.2 - which cells are held out")


def split_of(example: Example, groups: Mapping[tuple[str, str], str]) -> str:
    """The name in SPLITS of the part that the example belongs to; "" if it belongs to none.

    What is new in it decides: its verb (HELD_OUT), its (verb, tense) in `groups`, its frame (`held_out`). Where nothing
    is new it is "train"; where two things are new at once it is in no part. A new verb has no pair that is not new: that
    is one thing, also where `groups` names the pair.
    """
    raise NotImplementedError("Lab 12.2 - the part of one example")


def split(examples: Iterable[Example], seed: int = 42) -> dict[str, list[Example]]:
    """The parts by name, in the order of SPLITS, all of them; within each the examples in the order of their ids."""
    raise NotImplementedError("Lab 12.2 - all parts")


def check_split(parts: Mapping[str, Iterable[Example]]) -> None:
    """Looks at the examples themselves, not at how they were split, for what must not be in two parts.

    Raises:
        MinilmError: an id or a text that stands in two parts; a verb of test_verbs, a (verb, tense) of a part of cells or
            the noun of a held-out frame, in either language, that occurs in train, within a longer word too (`tonight`); a
            part that is empty; a part of cells without a tense or without regular or irregular verbs in one. The message names an id or the part.
    """
    raise NotImplementedError("Lab 12.2 - what mustn't leak")
