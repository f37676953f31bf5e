"""The kinds of item that offer choices: one that is right, several that are, or all of them in an order."""

from __future__ import annotations

import re
from string import ascii_uppercase

from cortex.errors import CortexError
from cortex.files.digests import text_digest
from cortex.formats.phase import Words
from cortex.formats.words import Language, fold, say
from cortex.quiz.kind import FIRST, Given, ItemKind, Key, Row
from cortex.quiz.words import short

_NUMBERS = re.compile(r"[\d\s,;]+")


class _Choices(ItemKind):
    """What `single`, `multi` and `order` have in common: choices that are named by their text, too."""

    def place(self, text: str) -> int:
        """The choice with this text, counted from 1; 0 if there is none."""
        for place, choice in enumerate(self.item.choices, start=1):
            if fold(text) in (fold(choice.en), fold(choice.es)):
                return place
        return 0

    def refuse(self, problem: str, todo: str) -> CortexError:
        """The refusal of an answer, to be raised."""
        return CortexError(problem, field=self.item.id, todo=todo)


class _Numbered(_Choices):
    """What `single` and `multi` have in common: marked choices, numbered as they are shown."""

    def arranged(self, sitting: int) -> dict[str, int]:
        """Mixed, in another way each sitting."""
        places = range(len(self.item.choices))
        mixed = sorted(
            places, key=lambda place: text_digest(f"{sitting}:{self.item.id}:{place + 1}")
        )
        return {str(number): place for number, place in enumerate(mixed, start=1)}

    def read_typed(self, typed: str, sitting: int) -> Given:
        """Numbers mean the choices as they are shown; anything else is read as it was typed."""
        if not _NUMBERS.fullmatch(typed):
            return self.read(typed)
        arranged = self.arranged(sitting)
        numbers = [int(digits[:9]) for digits in re.findall(r"[0-9]+", typed)]
        places = [arranged[str(n)] + 1 if str(n) in arranged else n for n in numbers]
        return self.read(self.typed_places(places))

    def typed_places(self, places: list[int]) -> object:
        """What several typed numbers stand for."""
        return places

    def rights(self) -> list[int]:
        """The right choices, counted from 1."""
        return [place for place, choice in enumerate(self.item.choices, start=1) if choice.correct]

    def solution(self, lang: Language) -> list[str]:
        """Every right choice."""
        return [say(choice, lang) for choice in self.item.choices if choice.correct]

    def text(self, given: Given, lang: Language) -> str:
        """The texts of the choices taken."""
        places = given if isinstance(given, list) else [given]
        return "; ".join(say(self.item.choices[int(place) - 1], lang) for place in places)

    def explanation(self, lang: Language) -> str:
        """The right choices' own."""
        whys = [choice.why for choice in self.item.choices if choice.correct]
        return "\n".join(say(why, lang) for why in whys if why)

    def key(self) -> Key:
        """Of each choice, whether it is right and why."""
        arranged = self.arranged(FIRST).items()
        taken = [(label, self.item.choices[place]) for label, place in arranged]
        return Key(rows=[Row(label, choice.correct, choice.why) for label, choice in taken])

    def choice(self, given: object) -> int:
        """One choice, by its number in the file or its text."""
        count = len(self.item.choices)
        todo = f"Give the number of one choice, 1 to {count}, or its text."
        if isinstance(given, str):
            named = self.place(given)
            typed = given.strip()
            if re.fullmatch(r"[0-9]{1,9}", typed) is None:
                if named:
                    return named
            elif named and 1 <= int(typed) <= count and named != int(typed):
                raise self.refuse(
                    f"{short(given)} is the text of choice {named}, and a choice's number",
                    f"Give the number, without quotes: 1 to {count}.",
                )
            else:
                given = named or int(typed)
        if isinstance(given, int) and not isinstance(given, bool):
            if not 1 <= given <= count:
                raise self.refuse(f"there is no choice {given}", todo)
            return given
        raise self.refuse(f"{short(given)} is none of its choices", todo)


class Single(_Numbered):
    """One choice is right."""

    how = Words("One choice, 1 to {n}", "Una opción, de 1 a {n}")
    file_how = "the key of one choice"
    page_how = "Choose one."

    def read(self, given: object) -> int:
        """The choice's place in the file, from 1."""
        return self.choice(given)

    def typed_places(self, places: list[int]) -> object:
        """One number is a choice; several are refused as they stand."""
        return places[0] if len(places) == 1 else places

    def right(self) -> int:
        """The right choice."""
        return self.rights()[0]

    def is_right(self, given: Given) -> bool:
        """Whether it is the right choice."""
        return given == self.right()

    def why(self, given: Given | None, lang: Language) -> str:
        """Why the choice taken is right or, by its text, why it tempts; of none, why the right one is right.

        The right one isn't told with a wrong one: the next sitting may ask again.
        """
        if not isinstance(given, int):
            return self.explanation(lang)
        taken = self.item.choices[given - 1]
        told = say(taken.why, lang) if taken.why else ""
        return told if taken.correct or not told else f"{say(taken, lang)}: {told}"


class Multi(_Numbered):
    """One choice or more are right, all or nothing."""

    how = Words(
        "All that are right, such as 1 3 (all or nothing)",
        "Todas las correctas, como 1 3 (todas o nada)",
    )
    file_how = "a list of the keys of all right choices; all or nothing"
    page_how = "Choose every one that is right."

    def read(self, given: object) -> list[int]:
        """The choices' places in the file, from 1, sorted."""
        todo = f"Give every right choice: numbers from 1 to {len(self.item.choices)}, such as 1, 3."
        if isinstance(given, str) and _NUMBERS.fullmatch(given):
            given = re.findall(r"\d+", given)
        parts = given if isinstance(given, list) else [given]
        if not parts or parts == [""]:
            raise self.refuse("no choice is named", todo)
        try:
            return sorted({self.choice(part) for part in parts})
        except CortexError as error:
            raise self.refuse(error.problem, todo) from None

    def right(self) -> list[int]:
        """The right choices."""
        return self.rights()

    def is_right(self, given: Given) -> bool:
        """Whether it is every right choice and no other."""
        return given == self.rights()

    def why(self, given: Given | None, lang: Language) -> str:
        """Where the answer differs, else of the right ones."""
        places = given if isinstance(given, list) else []
        choices = self.item.choices
        off = [c for place, c in enumerate(choices, 1) if c.correct != (place in places)]
        told = off or [choice for choice in choices if choice.correct]
        return "\n".join(f"{say(c, lang)}: {say(c.why, lang)}" for c in told if c.why)


class Order(_Choices):
    """All choices, in the right order; they are named by letters, since a recorded answer spells them."""

    how = Words("First to last, such as {letters}", "Del primero al último, como {letters}")
    file_how = "a list of all keys, first to last"
    page_how = "Put them in order."

    def arranged(self, sitting: int) -> dict[str, int]:
        """The same in every sitting: the letters depend on the item's id and the number of choices only, and never
        spell the right order.
        """
        places = list(range(len(self.item.choices)))
        salt = 0
        mixed = places
        while mixed == places:
            mixed = sorted(places, key=lambda i: text_digest(f"{self.item.id}:{salt}:{i}"))
            salt += 1
        return dict(zip(ascii_uppercase, mixed, strict=False))

    @property
    def letters(self) -> dict[str, int]:
        """Each letter with the choice's place in the right order, from 0."""
        return self.arranged(FIRST)

    def choice_key(self, label: str, place: int) -> str:
        """Its letter."""
        return label

    def read(self, given: object) -> list[str]:
        """All letters, first to last."""
        names = self.letters
        todo = f"Give each letter once ({', '.join(names)}), first to last, or the texts."
        if isinstance(given, str):
            rough = re.findall(r"\w+", given)
            given = list(rough[0]) if len(rough) == 1 else rough
        if not isinstance(given, list):
            raise self.refuse(f"{short(given)} is no order", todo)
        by_place = {place: letter for letter, place in names.items()}
        found = []
        for part in given:
            if isinstance(part, str) and part.strip().upper() in names:
                found.append(part.strip().upper())
                continue
            place = self.place(part) if isinstance(part, str) else 0
            if not place:
                raise self.refuse(f"{short(part)} is none of its choices", todo)
            found.append(by_place[place - 1])
        missing = [letter for letter in names if letter not in found]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise self.refuse(f"{', '.join(missing)} {verb} missing", todo)
        if len(found) > len(names):
            twice = next(letter for letter in names if found.count(letter) > 1)
            raise self.refuse(f"{twice} is there twice", todo)
        return found

    def right(self) -> list[str]:
        """The letters in the right order."""
        names = self.letters
        return sorted(names, key=lambda letter: names[letter])

    def is_right(self, given: Given) -> bool:
        """Whether the letters spell the right order."""
        return given == self.right()

    def solution(self, lang: Language) -> list[str]:
        """The choices, in order."""
        return [say(choice, lang) for choice in self.item.choices]

    def text(self, given: Given, lang: Language) -> str:
        """The choices' texts, in the order given."""
        names = self.letters
        spelled = given if isinstance(given, list) else []
        return "; ".join(say(self.item.choices[names[str(letter)]], lang) for letter in spelled)

    def key(self) -> Key:
        """The letters in the right order."""
        return Key(strong=[", ".join(self.right())])
