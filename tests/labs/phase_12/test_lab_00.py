"""Lab 12.0: from cells to sentences, and back."""

from given.checking import expect_equal, expect_raises, expect_true
from given.verbs import FRAMES, ROWS, TENSES, VERBS
from minilm import corpus
from minilm.corpus import Example, Reading, bare, framed, name_of, parse
from minilm.errors import MinilmError

ROW, FRAME = "theory/00-why-enumerate.md", "theory/01-rows-frames-and-a-parser.md"


def of(some):
    """Examples by their ids."""
    return {example.id: example for example in some}


def test_an_id_says_what_the_example_is():
    for parts, name in (
        (("go", "past_simple", "", "3sg"), "go.past_simple.3sg"),
        (("go", "simple_future", "will", "3sg"), "go.simple_future.will.3sg"),
        (("go", "past_simple", "", "1sg", "town"), "go.past_simple.1sg@town"),
        (("go", "past_simple", "", "3sg", "", "m"), "go.past_simple.3sg!m"),
        (
            ("go", "simple_future", "going_to", "2sg", "year", "m"),
            "go.simple_future.going_to.2sg@year!m",
        ),
    ):
        expect_equal(name_of(*parts), name, what=f"the id of {parts}", idea="Which parts are there, and which sign stands in front of each? Nothing stands for a part that is empty.", page=FRAME)  # fmt: skip


def test_there_is_one_example_for_each_row_in_their_order():
    got = bare()
    expect_equal(len(got), 360, what="how many examples there are without a frame", idea="Twenty verbs, three persons: how many surfaces?", page=ROW)  # fmt: skip
    expect_equal([(e.text, e.spanish) for e in got], [(row.english, row.spanish) for row in ROWS], what="English and Spanish, in order", idea="The table has both already, one row beside the other.", page=ROW)  # fmt: skip
    expect_equal([(e.verb, e.tense, e.person, e.surface) for e in got], [(*row.cell, row.surface) for row in ROWS], what="verb, tense, person and surface, in order", idea="Which of them does the text alone not tell?", page=ROW)  # fmt: skip
    expect_equal(len({e.id for e in got}), 360, what="how many different ids there are", idea="to work stands there three times. What tells the three apart?", page=FRAME)  # fmt: skip


def test_an_example_knows_its_verb_and_nothing_that_it_has_not():
    by = of(bare())
    expect_equal(by["play.simple_future.going_to.2sg"], Example("play.simple_future.going_to.2sg", "you are going to play", "tú vas a jugar", "play", "jugar", "simple_future", "going_to", "2sg", True, False), what="the example of play, with going to, for you", idea="Regular in English isn't regular in Spanish. Frame, mistake and correct form stay empty.", page=ROW)  # fmt: skip
    expect_equal([by["eat.past_simple.1sg"].regular, by["eat.past_simple.1sg"].spanish_regular], [False, True], what="whether eat and comer are regular", idea="Two languages, two answers.", page=ROW)  # fmt: skip


def test_a_frame_stands_behind_both_languages():
    by = of(bare())
    got = framed(by["work.present_simple.3sg"], FRAMES["town"])
    expect_equal((got.id, got.text, got.spanish, got.frame, got.correct_form), ("work.present_simple.3sg@town", "he works in town", "él trabaja en la ciudad", "town", ""), what="he works, in town", idea="One phrase a language, one space; the id says where it stands.", page=FRAME)  # fmt: skip
    got = framed(by["go.simple_future.will.1sg"], FRAMES["night"])
    expect_equal((got.id, got.text, got.spanish), ("go.simple_future.will.1sg@night", "I will go tonight", "yo iré esta noche"), what="I will go, at night", idea="Which time goes with which tense? The frame knows.", page=FRAME)  # fmt: skip
    expect_equal(by["go.simple_future.will.1sg"].frame, "", what="the frame of the example that was framed", idea="It makes a new example. What should become of the old one?", page=FRAME)  # fmt: skip


def test_a_mistake_keeps_its_correct_form_in_the_frame():
    wrong = Example("go.past_simple.3sg!overregularization_past", "he goed", "él fue", "go", "ir", "past_simple", "", "3sg", False, False, "", "overregularization_past", "he went")  # fmt: skip
    got = framed(wrong, FRAMES["week"])
    expect_equal((got.id, got.text, got.spanish, got.correct_form, got.mistake), ("go.past_simple.3sg@week!overregularization_past", "he goed last week", "él fue la semana pasada", "he went last week", "overregularization_past"), what="he goed, last week", idea="What would the tutor be taught if the correction lost the week?", page=FRAME)  # fmt: skip


def test_a_tense_without_time_takes_no_time():
    by = of(bare())
    for name in ("work.infinitive.1sg", "work.past_participle.2sg"):
        expect_equal(framed(by[name], FRAMES["day"]), None, what=f"{name} in a time", idea="When is to work?", page=FRAME)  # fmt: skip
        expect_true(framed(by[name], FRAMES["park"]) is not None, what=f"{name} in a place", expected="an example", got=None, idea="A place needs no time.", page=FRAME)  # fmt: skip


def test_one_frame_is_enough():
    once = framed(of(bare())["work.infinitive.1sg"], FRAMES["home"])
    for mention in ("work.infinitive.1sg@home",):
        with expect_raises(MinilmError, mentions=mention, what="a frame around a frame", idea="Two frames at once were two new things. Refuse, and say which example it is.", page=FRAME):  # fmt: skip
            framed(once, FRAMES["park"])


def test_the_parser_reads_every_right_sentence_as_its_cell_and_nothing_else():
    plain = bare()
    every = plain + [e for f in FRAMES.values() for b in plain if (e := framed(b, f)) is not None]
    expect_equal(len(every), 2760, what="how many right examples there are, framed or not", idea="Four places go with 360 rows, four times with 240.", page=FRAME)  # fmt: skip
    for e in every:
        alone = e.tense in ("infinitive", "past_participle")
        wanted = [Reading(e.verb, e.tense, e.surface, "" if alone else e.person, e.frame)]
        expect_equal(parse(e.text), wanted, what=f"the readings of {e.text!r}", idea="Who speaks, what is behind the subject, what is left at the end?", page=FRAME)  # fmt: skip


WRONG = (
    *("he work", "I works", "you was", "I is going to work", "he are going to work", "he goed"),
    *("he will to work", "he will works", "I am go to work", "I am going work", "he gone"),
    *("goed", "works", "am", "to works", "to", "will work", "he", "I", "", " ", "él trabaja"),
    *("He works", "i work", "she works", "he  works", "he works ", " he works", "he works."),
    *("he works last week", "he worked every week", "I will go yesterday", "to go next week"),
    *("he works home", "he works in", "he works in town in town", "in town", "work in town."),
    *("he works in town every week", "worked last week", "he works\n", "he will", "will"),
    *("I are going to work", "he will going to work", "to to work", "I am to work"),
)


def test_what_is_not_a_sentence_of_the_domain_has_no_reading():
    for text in WRONG:
        expect_equal(parse(text), [], what=f"the readings of {text!r}", idea="Every word must be accounted for, and each must go with the others.", page=FRAME)  # fmt: skip


def test_a_tense_decides_whether_its_time_fits():
    expect_equal(parse("he came last year"), [Reading("come", "past_simple", "", "3sg", "year")], what="the readings of he came last year", idea="Both say past.", page=FRAME)  # fmt: skip
    expect_equal(parse("come at home"), [Reading("come", "past_participle", "", "", "home")], what="the readings of come at home", idea="Without a subject it is a participle.", page=FRAME)  # fmt: skip


def test_the_parser_does_not_ask_the_generator(monkeypatch):
    def asked(*_):
        raise AssertionError("the parser asked the generator")

    for name in ("bare", "framed", "examples", "ROWS"):
        monkeypatch.setattr(corpus, name, asked)
    try:
        got = parse("you are going to eat some day")
    except NotImplementedError:
        raise
    except Exception as error:
        got = repr(error)
    expect_equal(got, [Reading("eat", "simple_future", "going_to", "2sg", "day")], what="the readings of a sentence while the generator is out of order", idea="A parser that looks a text up in what was generated agrees with every mistake of the generator.", page=FRAME)  # fmt: skip


def test_every_verb_is_read_in_every_tense():
    got = {(r.verb, r.tense) for e in bare() for r in parse(e.text)}
    expect_equal(len(got), len(VERBS) * len(TENSES), what="how many pairs of verb and tense the parser finds", idea="Twenty times five.", page=FRAME)  # fmt: skip
