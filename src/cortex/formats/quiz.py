"""Quiz files: six kinds of question, each in English and Spanish."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen

from cortex.formats.phase import SLUG, STRICT, Words, _require

Kind = Literal["single", "multi", "numeric", "order", "short", "free"]


@dataclass(frozen=True)
class Choice:
    """One choice of a `single`, `multi` or `order` item; `why` explains why it is right or why it tempts."""

    __pydantic_config__ = STRICT
    en: Annotated[str, MinLen(1)]
    es: Annotated[str, MinLen(1)]
    correct: bool = False
    why: Words | None = None


@dataclass(frozen=True)
class Idea:
    """One idea that a `free` answer must hold; `accept` lists phrasings (plain words, any case) in either language."""

    __pydantic_config__ = STRICT
    idea: Words
    accept: Annotated[list[str], MinLen(1)]


@dataclass(frozen=True)
class Item:
    """One question. Which fields it needs depends on `type`:

    `single`, `multi`: choices with correct marks and a `why` each. `order`: choices in the right order (shown
    shuffled) and a `why`. `numeric`: answer, tolerance (absolute), why. `short`: accept (exact answers, case and
    outer spaces ignored), why. `free`: rubric, why.

    `instead_of` names an item in whose place this one is asked at a later sitting.
    """

    __pydantic_config__ = STRICT
    id: str
    type: Kind
    prompt: Words
    tags: Annotated[list[str], MinLen(1)]
    choices: list[Choice] = field(default_factory=list)
    answer: float | None = None
    tolerance: Annotated[float, Ge(0)] = 0.0
    accept: list[str] = field(default_factory=list)
    rubric: list[Idea] = field(default_factory=list)
    why: Words | None = None
    page: str = ""
    instead_of: str = ""

    def __post_init__(self) -> None:
        right = sum(choice.correct for choice in self.choices)
        if self.type in ("single", "multi"):
            _require(
                len(self.choices) >= 3,
                f"{self.id}: a {self.type} item needs at least three choices",
            )
            _require(
                right == 1 if self.type == "single" else right >= 1,
                f"{self.id}: {right} choices are marked correct",
            )
            _require(
                all(choice.why for choice in self.choices), f"{self.id}: every choice needs a why"
            )
        if self.type == "order":
            _require(
                len(self.choices) >= 3, f"{self.id}: an order item needs at least three choices"
            )
        _require(
            self.type != "numeric" or self.answer is not None,
            f"{self.id}: a numeric item needs an answer",
        )
        _require(self.type != "short" or bool(self.accept), f"{self.id}: a short item needs accept")
        _require(
            self.type != "free" or len(self.rubric) >= 2,
            f"{self.id}: a free item needs a rubric of two ideas or more",
        )
        _require(
            self.type in ("single", "multi") or self.why is not None,
            f"{self.id}: a {self.type} item needs a why",
        )


@dataclass(frozen=True)
class Quiz:
    """A phase's quiz."""

    __pydantic_config__ = STRICT
    phase: Annotated[int, Ge(0), Le(41)]
    slug: str
    title: Words
    items: Annotated[list[Item], MinLen(5)]
    pass_mark: Annotated[float, Ge(0), Le(1)] = 0.7

    def __post_init__(self) -> None:
        _require(
            bool(SLUG.match(self.slug)),
            f"slug {self.slug!r} should be lower-case words joined by -",
        )
        _require(
            len({item.id for item in self.items}) == len(self.items), "two items have the same id"
        )
        for item in self.items:
            _require(
                item.id.startswith(f"q-{self.phase:02d}-"),
                f"item {item.id} should start with q-{self.phase:02d}-",
            )
        first = {item.id for item in self.items if not item.instead_of}
        for item in self.items:
            _require(
                not item.instead_of or item.instead_of in first,
                f"{item.id} is asked instead of {item.instead_of}, which no first sitting asks",
            )

    def sitting(self, number: int) -> Quiz:
        """The quiz as the sitting of this number, counted from 1, asks it: those that share a place take turns."""
        asked = []
        for item in self.items:
            if not item.instead_of:
                turns = [item, *(other for other in self.items if other.instead_of == item.id)]
                asked.append(turns[(number - 1) % len(turns)].id)
        return self.only(asked)

    def only(self, ids: Collection[str]) -> Quiz:
        """The same quiz with these items, in their order; what is asked by itself is asked instead of nothing."""
        known = {item.id: item for item in self.items}
        kept = [replace(known[name], instead_of="") for name in ids if name in known]
        return replace(self, items=kept)
