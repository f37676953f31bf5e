"""The verb table is complete and right: its counts, every irregular form, and every regular one against its rule."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from given.verbs import CELLS, FRAMES, HELD_OUT, PERSONS, ROWS, SURFACES, TENSES, VERBS, Cell

# present, past, participle
ENGLISH = {
    "be": ("am are is", "was were was", "been"),
    "have": ("have have has", "had had had", "had"),
    "do": ("do do does", "did did did", "done"),
    "go": ("go go goes", "went went went", "gone"),
    "come": ("come come comes", "came came came", "come"),
    "see": ("see see sees", "saw saw saw", "seen"),
    "eat": ("eat eat eats", "ate ate ate", "eaten"),
    "write": ("write write writes", "wrote wrote wrote", "written"),
}
# infinitive, present, past, participle, future
SPANISH = {
    "play": (
        "jugar",
        "juego juegas juega",
        "jugué jugaste jugó",
        "jugado",
        "jugaré jugarás jugará",
    ),
    "start": (
        *("empezar", "empiezo empiezas empieza", "empecé empezaste empezó", "empezado"),
        "empezaré empezarás empezará",
    ),
    "want": (
        *("querer", "quiero quieres quiere", "quise quisiste quiso", "querido"),
        "querré querrás querrá",
    ),
    "be": ("ser", "soy eres es", "fui fuiste fue", "sido", "seré serás será"),
    "have": (
        *("tener", "tengo tienes tiene", "tuve tuviste tuvo", "tenido"),
        "tendré tendrás tendrá",
    ),
    "do": ("hacer", "hago haces hace", "hice hiciste hizo", "hecho", "haré harás hará"),
    "go": ("ir", "voy vas va", "fui fuiste fue", "ido", "iré irás irá"),
    "come": (
        *("venir", "vengo vienes viene", "vine viniste vino", "venido"),
        "vendré vendrás vendrá",
    ),
    "see": ("ver", "veo ves ve", "vi viste vio", "visto", "veré verás verá"),
    "write": (
        *("escribir", "escribo escribes escribe", "escribí escribiste escribió", "escrito"),
        "escribiré escribirás escribirá",
    ),
}
# present, past and participle after the stem of a regular verb
ENDINGS = {
    "ar": ("o as a", "é aste ó", "ado"),
    "er": ("o es e", "í iste ió", "ido"),
    "ir": ("o es e", "í iste ió", "ido"),
}


def english(name: str) -> tuple[str, ...]:
    """Present, past, participle as the table has them."""
    form = VERBS[name].english
    three = (" ".join(form(t, who) for who in PERSONS) for t in ("present_simple", "past_simple"))
    return (*three, form("past_participle", "1sg"))


def spanish(name: str) -> tuple[str, ...]:
    """Infinitive, present, past, participle, future as the table has them."""
    form = VERBS[name].spanish

    def three(tense: str) -> str:
        return " ".join(form(tense, who) for who in PERSONS)

    one = (form(tense, "2sg") for tense in ("infinitive", "past_participle"))
    infinitive, participle = one
    return (
        infinitive,
        three("present_simple"),
        three("past_simple"),
        participle,
        three("simple_future"),
    )


def english_by_rule(verb: str) -> tuple[str, ...]:
    y = verb.endswith("y") and verb[-2] not in "aeiou"
    hiss = verb.endswith(("ch", "sh", "s", "x", "z", "o"))
    third = f"{verb[:-1]}ies" if y else f"{verb}es" if hiss else f"{verb}s"
    past = f"{verb[:-1]}ied" if y else f"{verb}d" if verb.endswith("e") else f"{verb}ed"
    return f"{verb} {verb} {third}", " ".join([past] * 3), past


def spanish_by_rule(infinitive: str, turned: bool) -> tuple[str, ...]:
    stem = infinitive[:-2]
    endings = [part.split() for part in (*ENDINGS[infinitive[-2:]], "é ás á")]
    stems = (stem, stem, stem, infinitive)
    forms = [[s + e for e in part] for s, part in zip(stems, endings, strict=True)]
    if turned:
        forms = [[part[-1]] * len(part) for part in forms]
    present, past, participle, future = (" ".join(part) for part in forms)
    return infinitive, present, past, participle, future


def test_the_table_has_the_verbs_tenses_and_persons_of_the_domain() -> None:
    regular = [
        "work",
        "play",
        "walk",
        "talk",
        "listen",
        "watch",
        "study",
        "finish",
        "start",
        "look",
        "want",
        "like",
    ]
    assert list(VERBS) == [*regular, *ENGLISH]
    assert [name for name, verb in VERBS.items() if verb.regular] == regular
    assert " ".join(TENSES) == (
        "infinitive present_simple past_simple past_participle simple_future"
    )
    assert (PERSONS, SURFACES) == (("1sg", "2sg", "3sg"), ("will", "going_to"))
    assert HELD_OUT == ("look", "like", "see", "eat")


def test_there_are_300_cells_and_360_rows_and_a_fifth_is_held_out() -> None:
    assert len(CELLS) == len(set(CELLS)) == 300
    assert sum(cell.verb in HELD_OUT for cell in CELLS) == 60
    assert len({(row.cell, row.surface) for row in ROWS}) == len(ROWS) == 360
    surfaces = Counter((row.cell.tense, row.surface) for row in ROWS)
    assert len(surfaces) == 6
    assert set(surfaces.values()) == {60}
    assert {row.cell for row in ROWS} == set(CELLS)
    assert CELLS[0] == Cell("work", "infinitive", "1sg")


def test_the_rows_as_a_whole_are_what_was_counted_by_hand() -> None:
    texts = [text for row in ROWS for text in (row.english, row.spanish)]
    sizes = {
        language: [len(getattr(row, language).encode()) for row in ROWS]
        for language in ("english", "spanish")
    }
    assert (min(sizes["english"]), max(sizes["english"])) == (3, 23)
    assert (min(sizes["spanish"]), max(sizes["spanish"])) == (2, 18)
    assert sum(map(sum, sizes.values())) == 7063
    assert len({row.english for row in ROWS}) == 280
    assert {c for text in texts for c in text if ord(c) > 127} == set("áéíóú")
    assert len({c for text in texts for c in text}) == 32
    for text in texts:
        assert text == unicodedata.normalize("NFC", text).strip()
        assert text.replace("I ", "", 1).islower(), text


@pytest.mark.parametrize("name", list(ENGLISH))
def test_every_irregular_form_in_english(name: str) -> None:
    assert english(name) == ENGLISH[name]


@pytest.mark.parametrize("name", list(SPANISH))
def test_every_irregular_form_in_spanish(name: str) -> None:
    assert spanish(name) == SPANISH[name]


@pytest.mark.parametrize("name", list(VERBS))
def test_a_verb_is_called_regular_where_the_rules_give_all_its_forms(name: str) -> None:
    verb = VERBS[name]
    assert verb.regular == (english(name) == english_by_rule(name))
    by_rule = spanish_by_rule(verb.spanish_lemma, turned=name == "like")
    assert verb.spanish_regular == (spanish(name) == by_rule)
    assert verb.spanish_regular == (name not in SPANISH)


def test_the_simple_future_is_said_in_two_ways_in_both_languages() -> None:
    found = {(row.cell.verb, row.cell.person, row.surface): row[2:] for row in ROWS if row.surface}
    assert len(found) == 120
    for key, said in {
        ("work", "1sg", "will"): ("I will work", "yo trabajaré"),
        ("work", "1sg", "going_to"): ("I am going to work", "yo voy a trabajar"),
        ("go", "2sg", "going_to"): ("you are going to go", "tú vas a ir"),
        ("be", "3sg", "will"): ("he will be", "él será"),
        ("be", "3sg", "going_to"): ("he is going to be", "él va a ser"),
        ("like", "2sg", "will"): ("you will like", "te gustará"),
        ("like", "1sg", "going_to"): ("I am going to like", "me va a gustar"),
    }.items():
        assert found[key] == said


def test_infinitives_and_participles_have_no_subject_and_gustar_has_its_own() -> None:
    rows = {row.cell: row[2:] for row in ROWS if not row.surface}
    assert rows[Cell("work", "infinitive", "3sg")] == ("to work", "trabajar")
    assert rows[Cell("write", "past_participle", "2sg")] == ("written", "escrito")
    assert rows[Cell("study", "present_simple", "3sg")] == ("he studies", "él estudia")
    assert rows[Cell("be", "past_simple", "2sg")] == ("you were", "tú fuiste")
    assert [rows[Cell("like", "past_simple", who)][1] for who in PERSONS] == [
        "me gustó",
        "te gustó",
        "le gustó",
    ]


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        (("past", "1sg", "will"), KeyError),
        (("past_simple", "1pl", "will"), ValueError),
        (("simple_future", "1sg", "shall"), KeyError),
    ],
)
def test_what_the_domain_lacks_is_an_error(
    cell: tuple[str, str, str], error: type[Exception]
) -> None:
    for say in (VERBS["work"].english, VERBS["work"].spanish):
        with pytest.raises(error):
            say(*cell)


def test_a_place_goes_with_every_tense_and_a_time_with_three() -> None:
    assert list(FRAMES) == ["home", "park", "school", "town", "day", "week", "night", "year"]
    said = {
        name: [tense for tense in TENSES if f.phrase(tense, "en")] for name, f in FRAMES.items()
    }
    timed = ["present_simple", "past_simple", "simple_future"]
    assert list(said.values()) == [list(TENSES)] * 4 + [timed] * 4
    assert FRAMES["town"].phrase("infinitive", "es") == "en la ciudad"
    assert FRAMES["night"].phrase("simple_future", "en") == "tonight"
    assert FRAMES["night"].phrase("past_participle", "en") is None
    with pytest.raises(KeyError):
        FRAMES["town"].phrase("past", "en")
    with pytest.raises(KeyError):
        FRAMES["town"].phrase("infinitive", "fr")


def test_of_places_and_of_times_one_each_is_held_out_and_its_noun_is_its_own() -> None:
    assert [frame.held_out for frame in FRAMES.values()] == ["", "", "val", "test"] * 2
    for language in ("en", "es"):
        phrases = {
            frame.name: {frame.phrase(tense, language) or "" for tense in TENSES}
            for frame in FRAMES.values()
        }
        for frame in FRAMES.values():
            with_it = {
                name for name, some in phrases.items() if frame.nouns[language] in " ".join(some)
            }
            assert with_it == {frame.name}


@pytest.mark.parametrize("name", list(VERBS))
def test_a_conjugation_library_gives_the_same_spanish_forms(name: str) -> None:
    """What verbecc says is kept in a file; `just oracle spanish` asks it again."""
    kept = json.loads((Path(__file__).parent / "spanish_forms.json").read_text(encoding="utf-8"))
    verb = VERBS[name]
    for tense, said in kept["forms"][verb.spanish_lemma].items():
        if name == "like" or tense == "past_participle":  # what pleases is a third person
            said = said[-1:] * len(PERSONS)
        assert [verb.spanish(tense, person) for person in PERSONS] == said
