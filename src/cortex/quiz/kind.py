"""What every kind of quiz item can do: be shown, read an answer, know the right one, grade, and explain itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cortex.files.digests import text_digest
from cortex.formats.checkpoint import Confirmation
from cortex.formats.phase import Words
from cortex.formats.quiz import Item
from cortex.formats.words import Language, say

# A recorded answer: an int (`single`: the choice's place in the file, from 1), a sorted list of ints (`multi`), a list
# of letters (`order`), a number as it was written (`numeric`), or a text (`short`, `free`).
Given = int | float | str | list[int] | list[str]

FIRST = 1  # the sitting in whose order a page shows the choices


@dataclass(frozen=True)
class ShownChoice:
    """One choice: the `label` that stands before it, the `key` by which an answers file names it, and its text."""

    label: str
    key: int | str
    text: str


@dataclass(frozen=True)
class Shown:
    """An item as it is asked, in one language; nothing of it tells the answer. `how` says what may be typed."""

    id: str
    type: str
    prompt: str
    how: str
    choices: list[ShownChoice]


@dataclass(frozen=True)
class Row:
    """One row of what a page unfolds: a label and whether it is right, if it is about a choice, and words."""

    label: str = ""
    right: bool = False
    words: Words | None = None


@dataclass(frozen=True)
class Key:
    """What a page unfolds as the answer: `says` leads, `strong` stands out, `note` follows, then come the rows."""

    says: str = ""
    strong: list[str] = field(default_factory=list)
    note: str = ""
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class IdeaFound:
    """One idea of a `free` item's rubric, and whether the answer's words hold it."""

    idea: str
    found: bool


@dataclass(frozen=True)
class ItemGrade:
    """One graded item, in words for the learner.

    Attributes:
        item, type, page: as in the quiz file.
        answered: whether there was an answer at all.
        correct: whether it counts as right.
        provisional: a `free` answer whose words hold every idea, but that nobody has confirmed yet; it doesn't count.
        confirmed: the verdict on a `free` answer, None if there is none.
        given: the answer as text.
        right: the right answer as text: one, every right choice, or the choices in their order.
        why: why the choice taken is right or tempting, or why the right answer is right.
        ideas: a `free` item's rubric.
    """

    item: str
    type: str
    answered: bool
    correct: bool
    provisional: bool
    given: str
    right: list[str]
    why: str
    page: str
    confirmed: bool | None = None
    ideas: list[IdeaFound] = field(default_factory=list)

    @property
    def incomplete(self) -> bool:
        """Whether it is wrong only because an idea is missing, as far as anybody has judged."""
        wrong = self.answered and not self.correct and not self.provisional
        return wrong and bool(self.ideas) and self.confirmed is None

    @property
    def ordered(self) -> bool:
        """Whether the order of `right` is the answer."""
        return self.type == "order"

    @property
    def suggests(self) -> str:
        """How a review card that was answered so is to be rated."""
        return "good" if self.correct or self.provisional else "again"


def answer_digest(item_id: str, answer: str) -> str:
    """What a confirmation is bound to: this answer to this item, and no other."""
    return text_digest(f"{item_id}\0{answer}")


class ItemKind(ABC):
    """An item with what its kind can do.

    Attributes:
        how: what a person types; `{n}` is the number of choices, `{letters}` their letters.
        file_how: what an answers file holds, told to programs.
        page_how: what a page asks for.
    """

    how: ClassVar[Words]
    file_how: ClassVar[str]
    page_how: ClassVar[str]

    def __init__(self, item: Item) -> None:
        self.item = item

    @abstractmethod
    def read(self, given: object) -> Given:
        """The answer in its recorded form.

        Raises:
            CortexError: names the item (as `field`), what is wrong, and what is accepted.
        """

    def read_typed(self, typed: str, sitting: int) -> Given:
        """The recorded form of what a person typed who saw the choices as this sitting arranges them."""
        return self.read(typed)

    @abstractmethod
    def right(self) -> Given:
        """A right answer, in its recorded form."""

    @abstractmethod
    def is_right(self, given: Given) -> bool:
        """Whether a recorded answer is right."""

    @abstractmethod
    def solution(self, lang: Language) -> list[str]:
        """The right answer in words: one, every right choice, the choices in order, or the ideas."""

    @abstractmethod
    def key(self) -> Key:
        """What a page unfolds as the answer."""

    def text(self, given: Given, lang: Language) -> str:
        """A recorded answer in words."""
        return str(given)

    def why(self, given: Given | None, lang: Language) -> str:
        """What to say to this answer."""
        return self.explanation(lang)

    def explanation(self, lang: Language) -> str:
        """Why the right answer is right."""
        return say(self.item.why, lang) if self.item.why else ""

    def arranged(self, sitting: int) -> dict[str, int]:
        """The choices as they are shown: each label, in order, with the choice's place in the file (from 0)."""
        return {}

    def choice_key(self, label: str, place: int) -> int | str:
        """By what an answers file names a choice."""
        return place + 1

    def show(self, lang: Language, sitting: int) -> Shown:
        """The item as a person is asked it."""
        arranged = self.arranged(sitting)
        choices = [
            ShownChoice(label, self.choice_key(label, place), say(self.item.choices[place], lang))
            for label, place in arranged.items()
        ]
        how = say(self.how, lang).format(n=len(arranged), letters=" ".join(arranged))
        return Shown(self.item.id, self.item.type, say(self.item.prompt, lang), how, choices)

    def told(self, lang: Language) -> dict[str, Any]:
        """The item as a program is asked it; a choice's `key` is what to answer with."""
        shown = self.show(lang, FIRST)
        told: dict[str, Any] = {
            "id": shown.id,
            "type": shown.type,
            "prompt": shown.prompt,
            "how": self.file_how,
        }
        if shown.choices:
            told["choices"] = [{"key": choice.key, "text": choice.text} for choice in shown.choices]
        return told

    def grade(
        self, given: Given | None, verdicts: Mapping[str, Confirmation], lang: Language
    ) -> ItemGrade:
        """Grades an answer that `read` accepted, None if there is none; `verdicts` is by `answer_digest`."""
        return self._graded(given, given is not None and self.is_right(given), lang)

    def _graded(
        self,
        given: Given | None,
        correct: bool,
        lang: Language,
        *,
        provisional: bool = False,
        confirmed: bool | None = None,
        ideas: list[IdeaFound] | None = None,
    ) -> ItemGrade:
        return ItemGrade(
            item=self.item.id,
            type=self.item.type,
            answered=given is not None,
            correct=correct,
            provisional=provisional,
            given="" if given is None else self.text(given, lang),
            right=self.solution(lang),
            why=self.why(given, lang),
            page=self.item.page,
            confirmed=confirmed,
            ideas=ideas or [],
        )
