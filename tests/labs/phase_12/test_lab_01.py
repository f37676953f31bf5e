"""Lab 12.1: six mistakes."""

from collections import Counter

from given.checking import expect_equal
from given.verbs import FRAMES
from minilm.corpus import MISTAKES, bare, examples, framed, mistakes, parse

PAGE = "theory/02-six-mistakes.md"
NUMBERS = {
    "missing_third_person_s": 20,
    "overregularization_past": 48,
    "wrong_aux_will_with_to": 60,
    "wrong_aux_going_to_missing_ing": 60,
    "subject_verb_disagreement": 63,
    "bare_participle_missing_aux": 18,
}


def made(mistake, cell):
    """The wrong text that a cell of the table gives, or None."""
    return MISTAKES[mistake]({example.id: example for example in bare()}[cell])


def expect(mistake, **texts):
    for cell, text in texts.items():
        name = cell.replace("__", ".")
        expect_equal(made(mistake, name), text, what=f"{mistake} of {name}", idea="For which cells can this mistake be made at all, and what does it change?", page=PAGE)  # fmt: skip


def test_the_present_loses_its_ending_and_becomes_the_infinitive():
    expect("missing_third_person_s", work__present_simple__3sg="he work", watch__present_simple__3sg="he watch", study__present_simple__3sg="he study", have__present_simple__3sg="he have", be__present_simple__3sg="he be", do__present_simple__3sg="he do", go__present_simple__3sg="he go")  # fmt: skip


def test_only_the_present_of_he_has_an_ending_to_lose():
    expect("missing_third_person_s", work__present_simple__1sg=None, work__present_simple__2sg=None, work__past_simple__3sg=None, work__infinitive__3sg=None, work__past_participle__3sg=None, work__simple_future__will__3sg=None)  # fmt: skip


def test_irregular_pasts_and_participles_become_regular():
    expect("overregularization_past", go__past_simple__1sg="I goed", do__past_simple__3sg="he doed", eat__past_simple__2sg="you eated", write__past_simple__3sg="he writed", have__past_simple__1sg="I haved", come__past_simple__2sg="you comed", see__past_simple__3sg="he seed", be__past_simple__3sg="he beed")  # fmt: skip
    expect("overregularization_past", go__past_participle__1sg="goed", write__past_participle__2sg="writed", be__past_participle__3sg="beed", see__past_participle__1sg="seed", eat__past_participle__3sg="eated")  # fmt: skip


def test_a_regular_verb_cannot_be_made_regular():
    expect("overregularization_past", work__past_simple__3sg=None, like__past_participle__1sg=None, go__present_simple__3sg=None, go__infinitive__1sg=None, go__simple_future__will__1sg=None)  # fmt: skip


def test_will_takes_no_to():
    expect("wrong_aux_will_with_to", work__simple_future__will__3sg="he will to work", be__simple_future__will__1sg="I will to be", go__simple_future__will__2sg="you will to go", work__simple_future__going_to__3sg=None, work__present_simple__1sg=None, work__infinitive__1sg=None)  # fmt: skip


def test_going_loses_its_ing():
    expect("wrong_aux_going_to_missing_ing", work__simple_future__going_to__1sg="I am go to work", go__simple_future__going_to__3sg="he is go to go", be__simple_future__going_to__2sg="you are go to be", go__simple_future__will__3sg=None, go__present_simple__1sg=None)  # fmt: skip


def test_be_takes_the_form_of_another_person():
    expect("subject_verb_disagreement", work__simple_future__going_to__1sg="I is going to work", work__simple_future__going_to__2sg="you is going to work", work__simple_future__going_to__3sg="he are going to work", be__past_simple__1sg="I were", be__past_simple__2sg="you was", be__past_simple__3sg="he were", be__simple_future__going_to__1sg="I is going to be")  # fmt: skip
    expect("subject_verb_disagreement", be__present_simple__1sg=None, work__past_simple__3sg=None, have__present_simple__3sg=None, be__simple_future__will__1sg=None, be__past_participle__1sg=None, be__infinitive__1sg=None)  # fmt: skip


def test_a_participle_takes_the_place_of_the_past_where_that_is_wrong():
    expect("bare_participle_missing_aux", go__past_simple__3sg="he gone", be__past_simple__1sg="I been", do__past_simple__2sg="you done", see__past_simple__1sg="I seen", eat__past_simple__3sg="he eaten", write__past_simple__2sg="you written")  # fmt: skip
    expect("bare_participle_missing_aux", work__past_simple__3sg=None, have__past_simple__1sg=None, come__past_simple__1sg=None, come__past_simple__3sg=None, go__past_participle__3sg=None, go__present_simple__1sg=None)  # fmt: skip


def test_each_kind_is_made_as_often_as_it_can_be():
    got = Counter(wrong.mistake for right in bare() for wrong in mistakes(right))
    expect_equal(dict(got), NUMBERS, what="how many mistakes there are of each kind, without frames", idea="Count by hand for one verb: which of its eighteen rows take this mistake?", page=PAGE)  # fmt: skip


def test_what_is_wrong_reads_as_nothing_and_its_correction_as_what_was_meant():
    for right in bare():
        for wrong in mistakes(right):
            expect_equal(parse(wrong.text), [], what=f"the readings of {wrong.text!r} ({wrong.mistake})", idea="A mistake that makes another right sentence teaches the tutor to correct what isn't wrong.", page=PAGE)  # fmt: skip
            expect_equal((wrong.correct_form, wrong.spanish, wrong.tense), (right.text, right.spanish, right.tense), what=f"correction, Spanish and tense of {wrong.id}", idea="It means what it was made of.", page=PAGE)  # fmt: skip


def test_no_text_has_two_corrections():
    found = {}
    for right in bare():
        for wrong in mistakes(right):
            found.setdefault(wrong.text, set()).add((wrong.mistake, wrong.correct_form))
    expect_equal([text for text, some in found.items() if len(some) > 1], [], what="texts with two labels or two corrections", idea="he come could be he comes or he came. Which of the two mistakes must leave it to the other?", page=PAGE)  # fmt: skip
    expect_equal(len(found), 253, what="how many different wrong texts there are", idea="Participles have no subject, so three persons make one text.", page=PAGE)  # fmt: skip


def test_an_example_is_not_changed_by_what_is_made_of_it():
    right = next(e for e in bare() if e.id == "go.past_simple.3sg")
    wrong = mistakes(right)
    expect_equal((right.text, right.mistake, [e.id for e in wrong]), ("he went", "", ["go.past_simple.3sg!overregularization_past", "go.past_simple.3sg!bare_participle_missing_aux"]), what="he went afterwards, and the ids of its mistakes", idea="New examples, in the order of MISTAKES.", page=PAGE)  # fmt: skip


def test_the_whole_corpus_has_every_mistake_in_every_frame():
    got = examples()
    expect_equal((len(got), len({e.id for e in got})), (5085, 5085), what="how many examples, and how many ids", idea="2,760 right ones, and the mistakes of 360 cells in nine surroundings, where the tense allows it.", page=PAGE)  # fmt: skip
    wrong = [e for e in got if e.mistake and e.frame]
    expect_equal({e.id: e.text for e in wrong}["do.past_simple.1sg@week!overregularization_past"], "I doed last week", what="I doed, last week", idea="First the mistake, then the frame.", page=PAGE)  # fmt: skip
    again = [framed(e, FRAMES["home"]) for e in mistakes(next(e for e in bare() if e.verb == "be" and e.tense == "past_simple"))]  # fmt: skip
    expect_equal([e.text for e in again], ["I beed at home", "I were at home", "I been at home"], what="what is wrong with I was at home", idea="Three of the six go with it.", page=PAGE)  # fmt: skip
