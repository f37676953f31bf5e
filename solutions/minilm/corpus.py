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
    # lab 12.0 - the id of an example
    cell = ".".join(part for part in (verb, tense, surface, person) if part)
    return cell + (f"@{frame}" if frame else "") + (f"!{mistake}" if mistake else "")
    # end lab


def bare() -> list[Example]:
    """The 360 correct examples without a frame, in the order of `given.verbs.ROWS`."""
    # lab 12.0 - an example for each row of the table
    found = []
    for (lemma, tense, person), surface, english, spanish in ROWS:
        verb = VERBS[lemma]
        found.append(
            Example(
                id=name_of(lemma, tense, surface, person),
                text=english,
                spanish=spanish,
                verb=lemma,
                spanish_verb=verb.spanish_lemma,
                tense=tense,
                surface=surface,
                person=person,
                regular=verb.regular,
                spanish_regular=verb.spanish_regular,
            )
        )
    return found
    # end lab


def framed(example: Example, frame: Frame) -> Example | None:
    """The example with the frame's phrases behind `text`, `spanish` and, if there is one, `correct_form`.

    Args:
        example: one without a frame, right or wrong.

    Returns:
        A new example with an id of its own; None where the frame has no phrase for the tense.

    Raises:
        MinilmError: the example has a frame already; the message names its id.
    """
    # lab 12.0 - a sentence in a frame
    if example.frame:
        raise MinilmError(f"{example.id}: stands in the frame {example.frame} already")
    english, spanish = (frame.phrase(example.tense, language) for language in ("en", "es"))
    if english is None:
        return None
    right = example.correct_form
    return replace(
        example,
        id=name_of(
            example.verb,
            example.tense,
            example.surface,
            example.person,
            frame.name,
            example.mistake,
        ),
        text=f"{example.text} {english}",
        spanish=f"{example.spanish} {spanish}",
        frame=frame.name,
        correct_form=right and f"{right} {english}",
    )
    # end lab


def parse(text: str) -> list[Reading]:
    """Everything that the text can mean in the grammar of the domain; no reading for what isn't a sentence of it.

    It reads the text from left to right by the verb table. It doesn't ask the generator, so that each is a check of
    the other.

    Args:
        text: as the corpus has it: lower case except for I, one space between words.
    """
    # lab 12.0 - the readings of a text
    found = [
        Reading(verb, tense, surface, person, "")
        for verb, tense, surface, person in _clause(text.split(" "))
    ]
    for name, frame in FRAMES.items():
        for phrase in {frame.phrase(tense, "en") for tense in TENSES} - {None}:
            if text.endswith(f" {phrase}"):
                found += [
                    Reading(verb, tense, surface, person, name)
                    for verb, tense, surface, person in _clause(
                        text.removesuffix(f" {phrase}").split(" ")
                    )
                    if frame.phrase(tense, "en") == phrase
                ]
    return found
    # end lab


# lab 12.0 - what a sentence without its frame can be
def _clause(words: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Verb, tense, surface and person, in each way that the words can be taken."""
    match words:
        case ["to", verb] if verb in VERBS:
            yield verb, "infinitive", "", ""
        case [form]:
            for name, forms in VERBS.items():
                if forms.english("past_participle", "1sg") == form:
                    yield name, "past_participle", "", ""
        case [subject, *predicate] if subject in PRONOUNS["en"]:
            person = PERSONS[PRONOUNS["en"].index(subject)]
            be = VERBS["be"].english("present_simple", person)
            match predicate:
                case ["will", verb] if verb in VERBS:
                    yield verb, "simple_future", "will", person
                case [auxiliary, "going", "to", verb] if verb in VERBS and auxiliary == be:
                    yield verb, "simple_future", "going_to", person
                case [form]:
                    for name, forms in VERBS.items():
                        for tense in ("present_simple", "past_simple"):
                            if forms.english(tense, person) == form:
                                yield name, tense, "", person


# end lab


def missing_third_person_s(example: Example) -> str | None:
    """`he work`: the present of 3sg with the infinitive in the place of the form."""
    # lab 12.1 - the present without its ending
    if (example.tense, example.person) != ("present_simple", "3sg"):
        return None
    return f"he {example.verb}"
    # end lab


def overregularization_past(example: Example) -> str | None:
    """`I goed`, and `goed` alone: past and participle of an irregular verb, made as those of a regular one.

    An e at the end is not doubled (`writed`, `seed`), but in `be` (`beed`).
    """
    # lab 12.1 - an irregular verb made regular
    if example.regular or example.tense not in ("past_simple", "past_participle"):
        return None
    silent = example.verb.endswith("e") and example.verb != "be"
    form = example.verb + ("d" if silent else "ed")
    if example.tense == "past_participle":
        return form
    return f"{example.text.split()[0]} {form}"
    # end lab


def wrong_aux_will_with_to(example: Example) -> str | None:
    """`he will to work`: the future with will, and a `to` that belongs to the other one."""
    # lab 12.1 - will with to
    if example.surface != "will":
        return None
    return example.text.replace(" will ", " will to ")
    # end lab


def wrong_aux_going_to_missing_ing(example: Example) -> str | None:
    """`I am go to work`: the other future without its -ing."""
    # lab 12.1 - going without ing
    if example.surface != "going_to":
        return None
    return example.text.replace(" going to ", " go to ")
    # end lab


def subject_verb_disagreement(example: Example) -> str | None:
    """`I is going to work`, `you was`: a form of be that belongs to another person.

    The future with going to, and the past of be. The form is that of 3sg; where that is the right one, that of 2sg.
    """
    # lab 12.1 - be of another person
    if example.surface == "going_to":
        tense = "present_simple"
    elif (example.verb, example.tense) == ("be", "past_simple"):
        tense = "past_simple"
    else:
        return None
    subject, right, *rest = example.text.split()
    wrong = next(
        form
        for form in (VERBS["be"].english(tense, person) for person in ("3sg", "2sg"))
        if form != right
    )
    return " ".join([subject, wrong, *rest])
    # end lab


def bare_participle_missing_aux(example: Example) -> str | None:
    """`he gone`, where `he went` is meant: a participle in the place of the past.

    Of verbs alone for which that is wrong: a participle that is the past too makes a right sentence (`he worked`), and
    so does one that is the present (`I come`).
    """
    # lab 12.1 - a participle for the past
    if example.tense != "past_simple":
        return None
    participle = VERBS[example.verb].english("past_participle", example.person)
    if participle in (
        VERBS[example.verb].english("past_simple", example.person),
        VERBS[example.verb].english("present_simple", "1sg"),
    ):
        return None
    return f"{example.text.split()[0]} {participle}"
    # end lab


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
    # lab 12.2 - which cells are held out
    groups = {}
    for tense in TENSES:
        for regular in (True, False):
            candidates = [
                name
                for name, verb in VERBS.items()
                if verb.regular == regular and name not in HELD_OUT
            ]
            candidates.sort(
                key=lambda name: hashlib.sha256(f"{seed}/{tense}/{name}".encode()).hexdigest()
            )
            groups[candidates[0], tense] = "val"
            groups[candidates[1], tense] = "test"
    return groups
    # end lab


def split_of(example: Example, groups: Mapping[tuple[str, str], str]) -> str:
    """The name in SPLITS of the part that the example belongs to; "" if it belongs to none.

    What is new in it decides: its verb (HELD_OUT), its (verb, tense) in `groups`, its frame (`held_out`). Where nothing
    is new it is "train"; where two things are new at once it is in no part. A new verb has no pair that is not new: that
    is one thing, also where `groups` names the pair.
    """
    # lab 12.2 - the part of one example
    new = []
    if example.verb in HELD_OUT:
        new.append("test_verbs")
    elif (example.verb, example.tense) in groups:
        new.append(f"{groups[example.verb, example.tense]}_cells")
    if example.frame and FRAMES[example.frame].held_out:
        new.append(f"{FRAMES[example.frame].held_out}_frames")
    if len(new) > 1:
        return ""
    return new[0] if new else "train"
    # end lab


def split(examples: Iterable[Example], seed: int = 42) -> dict[str, list[Example]]:
    """The parts by name, in the order of SPLITS, all of them; within each the examples in the order of their ids."""
    # lab 12.2 - all parts
    groups = held_out_groups(seed)
    parts: dict[str, list[Example]] = {name: [] for name in SPLITS}
    for example in sorted(examples, key=lambda example: example.id):
        name = split_of(example, groups)
        if name:
            parts[name].append(example)
    return parts
    # end lab


def check_split(parts: Mapping[str, Iterable[Example]]) -> None:
    """Looks at the examples themselves, not at how they were split, for what must not be in two parts.

    Raises:
        MinilmError: an id or a text that stands in two parts; a verb of test_verbs, a (verb, tense) of a part of cells or
            the noun of a held-out frame, in either language, that occurs in train, within a longer word too (`tonight`); a
            part that is empty; a part of cells without a tense or without regular or irregular verbs in one. The message names an id or the part.
    """
    # lab 12.2 - what mustn't leak
    lists = {name: list(some) for name, some in parts.items()}
    for name in SPLITS:
        if not lists.get(name):
            raise MinilmError(f"{name}: no example")
    home: dict[str, str] = {}
    for name, some in lists.items():
        for key, example in [(key, e) for e in some for key in (f"id {e.id}", f"text {e.text}")]:
            if home.setdefault(key, name) != name:
                raise MinilmError(f"{example.id}: stands in {name}, and {key} in {home[key]} too")
    verbs = {example.verb for example in lists["test_verbs"]}
    cells = {(e.verb, e.tense) for name in ("val_cells", "test_cells") for e in lists[name]}
    nouns = [noun for f in FRAMES.values() if f.held_out for noun in f.nouns.items()]
    for example in lists["train"]:
        if example.verb in verbs:
            raise MinilmError(f"{example.id}: {example.verb} is held out, and stands in train")
        if (example.verb, example.tense) in cells:
            raise MinilmError(f"{example.id}: its verb and tense are held out, and stand in train")
        for language, noun in nouns:
            if noun in (example.text if language == "en" else example.spanish):
                raise MinilmError(f"{example.id}: {noun} is held out, and stands in train")
    for name in ("val_cells", "test_cells"):
        there = {(example.tense, example.regular) for example in lists[name]}
        if len(there) != 2 * len(TENSES):
            raise MinilmError(f"{name}: a tense lacks regular or irregular verbs")
    # end lab
