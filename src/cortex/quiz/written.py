"""The kinds of item whose answer is written: a number, a word or two, or a sentence that must hold some ideas."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction

from cortex.errors import CortexError
from cortex.formats.checkpoint import Confirmation
from cortex.formats.phase import Words
from cortex.formats.words import Language, as_number, say
from cortex.quiz.kind import Given, IdeaFound, ItemGrade, ItemKind, Key, Row, answer_digest
from cortex.quiz.words import holds, same_text, short

LONGEST = 4000  # characters in one answer


class Numeric(ItemKind):
    """A number, within a tolerance."""

    how = Words("A number: 12, -0.5, 1e-3, 1/3", "Un número: 12, -0.5, 1e-3, 1/3")
    file_how = "a number such as 12, -0.5, 1e-3 or 1/3"
    page_how = "Give a number."

    def read(self, given: object) -> str | int | float:
        """The number as it was written."""
        field, todo = self.item.id, "Give a number: 12, -0.5, 1e-3 or 1/3."
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise CortexError(f"{short(given)} isn't a number", field=field, todo=todo)
        if isinstance(given, str) and re.fullmatch(r"\s*[+-]?\d[\d.]*,[\d,.]*\s*", given):
            raise CortexError(
                f"{short(given)} has a comma",
                field=field,
                todo="Write decimals with a point, such as 0.5, and thousands without a mark.",
            )
        try:
            as_number(given)
        except ValueError:
            raise CortexError(f"{short(given)} isn't a number", field=field, todo=todo) from None
        except ZeroDivisionError:
            raise CortexError(f"{short(given)} divides by zero", field=field, todo=todo) from None
        return given.strip() if isinstance(given, str) else given

    @property
    def number(self) -> float:
        """The right number, which the format asks for."""
        return 0.0 if self.item.answer is None else self.item.answer

    @property
    def within(self) -> str:
        """How far off an answer may be; empty if not at all."""
        return f"(within {self.item.tolerance:g})" if self.item.tolerance else ""

    def right(self) -> float:
        """The number."""
        return self.number

    def is_right(self, given: Given) -> bool:
        """Whether it is within the tolerance; exact decimals: 0.4 is within 0.1 of 0.3, which floats deny."""
        off = abs(as_number(given) - Fraction(str(self.number)))
        return off <= Fraction(str(self.item.tolerance))

    def solution(self, lang: Language) -> list[str]:
        """The number and its tolerance."""
        return [f"{self.number:.15g} {self.within}".rstrip()]

    def key(self) -> Key:
        """The number and its tolerance."""
        return Key(strong=[f"{self.number:.12g}"], note=self.within)


class _Text(ItemKind):
    """What `short` and `free` have in common: the answer is a text."""

    def read(self, given: object) -> str:
        """The text without anything that would garble the record or the screen."""
        if isinstance(given, int | float) and not isinstance(given, bool):
            given = str(given)
        if not isinstance(given, str):
            raise CortexError(
                f"{short(given)} isn't text",
                field=self.item.id,
                todo="Give a text; in YAML, put it in quotes.",
            )
        # Control characters and half surrogates.
        text = given.encode("utf-8", "replace").decode("utf-8")
        text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text).strip()
        if not text:
            raise CortexError("the answer is empty", field=self.item.id, todo="Give a text.")
        if len(text) > LONGEST:
            raise CortexError(
                f"the answer has {len(text):,} characters",
                field=self.item.id,
                todo=f"Give at most {LONGEST:,}: a sentence or two is enough.",
            )
        return text


class Short(_Text):
    """A word or two, out of a list of accepted ones."""

    how = Words("A word or two", "Una o dos palabras")
    file_how = "a text of a word or two"
    page_how = "Answer in a word or two."

    def right(self) -> str:
        """The first that is accepted."""
        return self.item.accept[0]

    def is_right(self, given: Given) -> bool:
        """Whether it is an accepted one."""
        return any(same_text(str(given), accepted) for accepted in self.item.accept)

    def solution(self, lang: Language) -> list[str]:
        """The first that is accepted."""
        return [self.item.accept[0]]

    def key(self) -> Key:
        """All that are accepted."""
        return Key("Accepted:", self.item.accept)


class Free(_Text):
    """A sentence or two that must hold every idea of a rubric, as somebody confirms."""

    how = Words("A sentence or two, then Enter", "Una o dos frases y luego Intro")
    file_how = "a text of a sentence or two"
    page_how = "Answer in your own words."

    def right(self) -> str:
        """A text that holds every idea."""
        return "; ".join(idea.accept[0] for idea in self.item.rubric)

    def is_right(self, given: Given) -> bool:
        """Whether its words hold every idea; that counts once it is confirmed."""
        return not self.missing(str(given))

    def missing(self, given: str) -> list[str]:
        """The ideas for which the answer has no known words."""
        return [idea.idea.en for idea in self.item.rubric if not holds(given, idea)]

    def solution(self, lang: Language) -> list[str]:
        """The ideas."""
        return [say(idea.idea, lang) for idea in self.item.rubric]

    def key(self) -> Key:
        """The ideas."""
        rows = [Row(words=idea.idea) for idea in self.item.rubric]
        return Key("An answer holds these ideas:", rows=rows)

    def grade(
        self, given: Given | None, verdicts: Mapping[str, Confirmation], lang: Language
    ) -> ItemGrade:
        """Right once a yes confirms it: the learner's own where its words hold every idea of the rubric, an
        assistant's also where an idea is there in words that the rubric doesn't know. A no counts whatever the words.
        """
        text = None if given is None else str(given)
        ideas = [
            IdeaFound(say(idea.idea, lang), text is not None and holds(text, idea))
            for idea in self.item.rubric
        ]
        if text is None:
            return self._graded(None, False, lang, ideas=ideas)
        verdict = verdicts.get(answer_digest(self.item.id, text))
        complete = all(idea.found for idea in ideas)
        yes = verdict is not None and verdict.verdict
        assisted = verdict is not None and verdict.by == "assistant"
        return self._graded(
            text,
            yes and (complete or assisted),
            lang,
            provisional=complete and verdict is None,
            confirmed=verdict.verdict if verdict else None,
            ideas=ideas,
        )
