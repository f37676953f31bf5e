"""The domain of the curriculum, complete: 20 verbs, 3 persons, 5 tenses, 300 cells, in English and in Spanish.

    >>> VERBS["go"].english("past_simple", "1sg"), VERBS["go"].spanish("past_simple", "1sg")
    ('went', 'fui')
    >>> len(VERBS), len(CELLS), len(ROWS)
    (20, 300, 360)
    >>> ROWS[15].english, ROWS[15].spanish
    ('I am going to work', 'yo voy a trabajar')

The table itself is `data/verbs.yaml`; nothing else in the project spells these verbs' forms out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FILE = Path(__file__).parents[2] / "data" / "verbs.yaml"
_TABLE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))

PERSONS: tuple[str, ...] = tuple(_TABLE["persons"])
TENSES: tuple[str, ...] = tuple(_TABLE["tenses"])
SURFACES: tuple[str, ...] = tuple(_TABLE["surfaces"])
"""The two ways to say the simple future. Every other tense has one."""
HELD_OUT: tuple[str, ...] = tuple(_TABLE["held_out"])
"""Verbs that no model is trained on."""
PRONOUNS: dict[str, tuple[str, ...]] = {
    language: tuple(who[language] for who in _TABLE["persons"].values())
    for language in ("en", "es")
}
"""The subjects by language, in the order of PERSONS."""
_Forms = dict[tuple[str, str], tuple[str, ...]]


class Cell(NamedTuple):
    """One of the 300: an English infinitive without "to", a tense, a person."""

    verb: str
    tense: str
    person: str


class Row(NamedTuple):
    """A cell as one says it. The simple future gives two rows, so there are 360; `surface` is "" for the others."""

    cell: Cell
    surface: str
    english: str
    spanish: str


@dataclass(frozen=True)
class Frame:
    """What a sentence can end in: a place, or time phrases that go with the tense.

    Attributes:
        nouns: its noun by language.
        held_out: "val" or "test" where its noun stands in no training row, else "".
    """

    name: str
    nouns: dict[str, str]
    held_out: str
    _phrases: dict[str, dict[str, str]]

    def phrase(self, tense: str, language: str) -> str | None:
        """`at home`, `el año pasado`; None where the tense has no time and the frame is one.

        Raises:
            KeyError: no such tense or language.
        """
        if tense not in TENSES:
            raise KeyError(tense)
        if tense not in self._phrases:
            return None
        return self._phrases[tense][language]


@dataclass(frozen=True)
class Verb:
    """One verb with its Spanish pair.

    Attributes:
        lemma, spanish_lemma: the infinitives, without "to".
        regular, spanish_regular: whether all forms follow from the infinitive by rule.
        spanish_pronouns: in the order of PERSONS; those of gustar are its own (me gusta).
    """

    lemma: str
    spanish_lemma: str
    regular: bool
    spanish_regular: bool
    spanish_pronouns: tuple[str, ...]
    _english: _Forms
    _spanish: _Forms

    def english(self, tense: str, person: str, surface: str = "will") -> str:
        """The form alone: `work`, `works`, `will work`. `surface` counts in the simple future only.

        Raises:
            KeyError, ValueError: no such tense, surface or person.
        """
        return self._english[_key(tense, surface)][PERSONS.index(person)]

    def spanish(self, tense: str, person: str, surface: str = "will") -> str:
        """The form alone: `trabajar`, `trabaja`, `va a trabajar`. Raises as `english`."""
        return self._spanish[_key(tense, surface)][PERSONS.index(person)]

    def rows(self) -> list[Row]:
        """The verb's 18 rows, in the order of TENSES, SURFACES, PERSONS."""
        found = []
        for tense, surface in self._english:
            for who, person in enumerate(PERSONS):
                english = self.english(tense, person, surface)
                spanish = self.spanish(tense, person, surface)
                if tense == "infinitive":
                    english = f"to {english}"
                elif tense != "past_participle":
                    english = f"{PRONOUNS['en'][who]} {english}"
                    spanish = f"{self.spanish_pronouns[who]} {spanish}"
                found.append(Row(Cell(self.lemma, tense, person), surface, english, spanish))
        return found


def _key(tense: str, surface: str) -> tuple[str, str]:
    return tense, surface if tense == "simple_future" else ""


def _verb(lemma: str, entry: dict[str, Any]) -> Verb:
    english, spanish = entry["en"], entry["es"]
    infinitive, n = spanish["infinitive"], len(PERSONS)
    be = _TABLE["verbs"]["be"]["en"]["present"].split()
    go = _TABLE["verbs"]["go"]["es"]["present"].split()
    if "pronouns" in spanish:  # what pleases stands in the third person, whoever is pleased
        go = [go[PERSONS.index("3sg")]] * n
    return Verb(
        lemma,
        infinitive,
        entry["regular"]["en"],
        entry["regular"]["es"],
        tuple(spanish["pronouns"].split()) if "pronouns" in spanish else PRONOUNS["es"],
        {
            ("infinitive", ""): (lemma,) * n,
            ("present_simple", ""): tuple(english["present"].split()),
            ("past_simple", ""): tuple(english["past"].split()),
            ("past_participle", ""): (english["participle"],) * n,
            ("simple_future", "will"): (f"will {lemma}",) * n,
            ("simple_future", "going_to"): tuple(f"{form} going to {lemma}" for form in be),
        },
        {
            ("infinitive", ""): (infinitive,) * n,
            ("present_simple", ""): tuple(spanish["present"].split()),
            ("past_simple", ""): tuple(spanish["past"].split()),
            ("past_participle", ""): (spanish["participle"],) * n,
            ("simple_future", "will"): tuple(spanish["future"].split()),
            ("simple_future", "going_to"): tuple(f"{form} a {infinitive}" for form in go),
        },
    )


VERBS: dict[str, Verb] = {lemma: _verb(lemma, entry) for lemma, entry in _TABLE["verbs"].items()}
"""By infinitive, twelve regular ones first."""
ROWS: tuple[Row, ...] = tuple(row for verb in VERBS.values() for row in verb.rows())
CELLS: tuple[Cell, ...] = tuple(dict.fromkeys(row.cell for row in ROWS))


def _frame(name: str, entry: dict[str, Any]) -> Frame:
    place = {language: entry[language] for language in PRONOUNS if language in entry}
    phrases = {tense: place or entry[tense] for tense in TENSES if place or tense in entry}
    return Frame(name, entry["noun"], entry.get("held_out", ""), phrases)


FRAMES: dict[str, Frame] = {name: _frame(name, entry) for name, entry in _TABLE["frames"].items()}
"""By name: four places, four times; of each four one is held out for validation and one for the test."""
