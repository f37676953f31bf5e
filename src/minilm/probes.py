"""Questions with one right answer, in sentences whose ends no training sentence has: what a model is asked, and what must not leak.

Everything is made from `given.verbs` and the mistakes of the corpus, so the probes are the same on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from given.verbs import FRAMES, TENSES, VERBS
from minilm.corpus import (
    MISTAKES,
    Example,
    bare,
    examples,
    framed,
    held_out_groups,
    mistakes,
    parse,
    split_of,
)
from minilm.errors import MinilmError
from minilm.lessons import ASK, past, third_person
from minilm.overlap import normalize

KINDS = ("choice", "classify", "generate")
VERDICTS = ("correct", "incorrect", "ambiguous")
TRICKS = (
    "over_regularization",
    "wrong_person_agreement",
    "wrong_tense_marker",
    "auxiliary_mismatch",
    "en_es_mismatch",
    "plural_or_oos",
)
"""What tempts: `goed`; `he work`; `goes last year`; `will to go`; a Spanish form; a subject that the domain doesn't have."""
PLURALS = ("we", "they")
CHOICES = 4
"""How many candidates a choice of the core has: always as many, so that confidences mean the same."""


@dataclass(frozen=True)
class Probe:
    """One question.

    Attributes:
        id: tells it apart for good.
        kind: one of KINDS.
        verb, tense, surface, person, regular: the cell that is meant, as in `minilm.corpus.Example`.
        prompt: what stands before the blank; "" where nothing does.
        candidates: what may fill the blank. Of a classify probe, the form that is judged and behind it the verb's others.
        after: what stands behind the blank.
        expected: the right candidate; of a classify probe, one of VERDICTS; of a generate probe, the whole answer.
        novelty: "verb" or "cell" where the verb, or the verb in this tense, is held out from training; else "frame", since the
            phrase at the end always is.
        trick: one of TRICKS, or "" in the core.
    """

    id: str
    kind: str
    verb: str
    tense: str
    surface: str
    person: str
    regular: bool
    prompt: str
    candidates: tuple[str, ...]
    after: str
    expected: str
    novelty: str = "frame"
    trick: str = ""

    def text(self, form: str) -> str:
        """The sentence with `form` in the blank."""
        return f"{self.prompt}{form}{self.after}"

    @property
    def derivable(self) -> bool:
        """Whether the right form was in training, or follows from the infinitive by rule. If not, nobody can know it."""
        lemma = self.verb
        by_rule = {past(lemma) if self.tense.startswith("past") else lemma, third_person(lemma)}
        future = self.tense == "simple_future"
        return self.novelty == "frame" or future or self.expected in by_rule


def blank(example: Example) -> tuple[str, str, str]:
    """Cuts an example's text into what stands before the blank, the form, and what stands behind it.

    Before it stands the subject with its blank, `to ` in an infinitive, nothing in a participle; behind it the phrase of the
    frame with the blank in front, "" without a frame. The form of a future is all of it: `will go`.
    """
    raise NotImplementedError("Lab 20.0 - where the blank is")


def pool(example: Example) -> list[str]:
    """What could stand in the blank of a correct example without a frame, likeliest slips first, each once.

    First the mistakes that the corpus makes of it; then the one-word forms of the verb in all tenses and persons, in the order
    of `given.verbs`; then its futures for this person; then `to` and the infinitive, and `will to` and the infinitive.
    """
    raise NotImplementedError("Lab 20.0 - what tempts")


def choices() -> list[Probe]:
    """A choice for each different correct sentence in a frame that is held out for the test, in the order of the corpus.

    Its wrong candidates are the first of `pool` with which the sentence has no reading in the domain, CHOICES - 1 of them. The
    right one stands in each place equally often: in the first probe first, in the second second, and around again.
    """
    groups = held_out_groups()
    found: list[Probe] = []
    raise NotImplementedError("Lab 20.0 - one right, three wrong")


def _probe(
    example: Example,
    groups: dict[tuple[str, str], str],
    prompt: str,
    candidates: tuple[str, ...],
    after: str,
    expected: str,
) -> Probe:
    part = split_of(replace(example, frame=""), groups)
    return Probe(
        f"choice/{example.id}",
        "choice",
        example.verb,
        example.tense,
        example.surface,
        "" if example.tense in ("infinitive", "past_participle") else example.person,
        example.regular,
        prompt,
        candidates,
        after,
        expected,
        {"train": "frame", "test_verbs": "verb"}.get(part, "cell"),
    )


def classified(probes: Iterable[Probe]) -> list[Probe]:
    """Two classify probes of each choice: is the right form correct, and is the first wrong candidate incorrect?"""
    found = []
    for probe in probes:
        wrong = next(form for form in probe.candidates if form != probe.expected)
        for verdict, form in zip(VERDICTS, (probe.expected, wrong), strict=False):
            others = tuple(some for some in probe.candidates if some != form)
            found.append(
                replace(
                    probe,
                    id=f"{verdict}/{probe.id}",
                    kind="classify",
                    candidates=(form, *others),
                    expected=verdict,
                )
            )
    return found


@cache
def _corrections() -> dict[str, str]:
    return {example.text: example.correct_form for example in examples() if example.mistake}


def as_correction(probe: Probe) -> Probe:
    """The choice as a tutor is asked it: before the prompt a sentence and `>`.

    The sentence has the first candidate with which it is one of the corpus's mistakes of the right sentence: a tutor knows no
    others, and of `I will to work in town` it rightly makes `I will work in town`, never `I work in town`. Where there is none,
    it is the right one, which has to be left alone.
    """
    right = probe.text(probe.expected)
    texts = [probe.text(form) for form in probe.candidates]
    read = next((text for text in texts if _corrections().get(text) == right), right)
    return replace(probe, id=f"correct/{probe.id}", prompt=f"{read}{ASK}{probe.prompt}")


def generations(probes: Iterable[Probe]) -> list[Probe]:
    """Of each choice the sentence that `as_correction` reads and `>`: the model writes the right one itself."""
    return [
        replace(
            probe,
            id=f"generate/{probe.id}",
            kind="generate",
            prompt=as_correction(probe).prompt.removesuffix(probe.prompt),
            candidates=(),
            after="",
            expected=probe.text(probe.expected),
        )
        for probe in probes
    ]


def tempted(example: Example, trick: str) -> str | None:
    """The wrong form with which the trick tempts at a correct example without a frame; None where it can't.

    `over_regularization`, `wrong_person_agreement`: the corpus's mistakes `overregularization_past`, `missing_third_person_s`.
    `wrong_tense_marker`: in the past, the present of the same person. `auxiliary_mismatch`: in a future, the first of the
    corpus's mistakes of it. `en_es_mismatch`: in present and past, the Spanish form, if it has letters from a to z alone.

    Raises:
        ValueError: another trick.
    """
    raise NotImplementedError("Lab 20.0 - five ways to be wrong")


def adversarial() -> list[Probe]:
    """The set of tricks, apart from the core: two candidates each, right and tempting, right first in every second one.

    With year's phrases, which decide the tense. `plural_or_oos` is to be classified: a subject that the domain doesn't have,
    every one-word form of the verb, the present first; expected is `ambiguous`.
    """
    groups = held_out_groups()
    found: list[Probe] = []
    for trick in TRICKS[:-1]:
        for plain in bare():
            wrong, example = tempted(plain, trick), framed(plain, FRAMES["year"])
            if wrong is None or example is None:
                continue
            prompt, form, after = blank(example)
            pair = (form, wrong) if len(found) % 2 else (wrong, form)
            probe = _probe(example, groups, prompt, pair, after, form)
            found.append(replace(probe, id=f"{trick}/{example.id}", trick=trick))
    for plain in bare():
        if (plain.tense, plain.person) != ("present_simple", "2sg"):
            continue
        for subject in PLURALS:
            example = framed(plain, FRAMES["year"])
            if example is not None:
                _, form, after = blank(example)
                forms = tuple(dict.fromkeys([form, *(f for f in pool(plain) if " " not in f)]))
                probe = _probe(example, groups, f"{subject} ", forms, after, "ambiguous")
                name = f"{TRICKS[-1]}/{subject}.{example.verb}"
                found.append(replace(probe, id=name, kind="classify", person="", trick=TRICKS[-1]))
    return found


def leaks(probes: Iterable[Probe], seen: Iterable[str]) -> dict[str, str]:
    """What of each probe stands in the training texts, by the probe's id; those of which nothing does aren't there.

    "text": the right sentence, both normalized (`minilm.overlap.normalize`). Else "after": a text ends in what stands behind the
    blank. For a classify probe the sentence is that with the form that is judged; for a generate probe, what is expected.

    Args:
        seen: sentences. Of one with `>` in it, question and answer are two.
    """
    raise NotImplementedError("Lab 20.0 - in training already?")


LEAST = {"tense": 10, "person": 15, "regular": 30}
"""How many probes each tense, each person and each of regular and irregular must have in the core."""


def check_probes(probes: Sequence[Probe], seen: Iterable[str] = ()) -> None:
    """Refuses probes that would measure something else.

    Raises:
        MinilmError: that begins with the id of the first probe for which one of these holds, looked at in this order: its id
            occurred before; kind, verb, tense or trick is unknown; of a choice, a candidate occurs twice, `expected` isn't
            among them, or another one makes a sentence of the domain; of a classify probe, `expected` isn't in VERDICTS; it
            leaks from `seen`. Behind the id stands what is wrong: the value that is unknown, the candidate or the verdict that
            can't be; `twice` for what occurs twice; for a leak what `leaks` calls it (`go-1: text`). Then, if there are choices
            without a trick among them: a slice of LEAST with too few of these, field and value (`person 3sg`).
    """
    raise NotImplementedError("Lab 20.0 - what must hold")


# Lab 20.0 - what is wrong with one probe: write it here
