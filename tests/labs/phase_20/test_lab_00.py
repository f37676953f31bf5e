"""Lab 20.0: probes, tricks, and what leaks."""

from collections import Counter
from dataclasses import replace

from given.checking import expect_equal, expect_raises
from given.verbs import FRAMES
from minilm.corpus import bare, framed, parse
from minilm.errors import MinilmError
from minilm.probes import TRICKS, Probe, blank, check_probes, choices, leaks, pool, tempted

PAGE = "theory/00-what-is-asked.md"
TRICK = "theory/06-tricks.md"
ROWS = {example.id: example for example in bare()}


def probe(**changes):
    made = Probe("a", "choice", "go", "past_simple", "", "3sg", False, "he ", ("goed", "went", "goes", "go"), " last year", "went")  # fmt: skip
    return replace(made, **changes)


def test_a_sentence_is_cut_at_its_blank():
    year, town = FRAMES["year"], FRAMES["town"]
    for name, frame, wanted in (
        ("go.past_simple.3sg", year, ("he ", "went", " last year")),
        ("go.simple_future.going_to.1sg", year, ("I ", "am going to go", " next year")),
        ("go.infinitive.1sg", town, ("to ", "go", " in town")),
        ("go.past_participle.1sg", town, ("", "gone", " in town")),
        ("go.past_simple.3sg", None, ("he ", "went", "")),
    ):
        example = ROWS[name] if frame is None else framed(ROWS[name], frame)
        expect_equal(blank(example), wanted, what=f"blank of {example.text!r}", idea="Who reads from left to right knows what before he fills the blank, and what only afterwards?", page=PAGE)  # fmt: skip


def test_the_pool_begins_with_the_mistakes_and_repeats_nothing():
    got = pool(ROWS["go.past_simple.3sg"])
    expect_equal(got, ["goed", "gone", "go", "goes", "went", "will go", "is going to go", "to go", "will to go"], what="pool of he went", idea="What do learners say in its place? That first. Then every one-word form, and the futures of this person.", page=PAGE)  # fmt: skip
    got = pool(ROWS["go.past_participle.2sg"])
    expect_equal(got[:2], ["goed", "go"], what="the beginning of the pool of gone", idea="A participle has no subject in front.", page=PAGE)  # fmt: skip
    expect_equal(pool(ROWS["work.simple_future.going_to.1sg"])[:2], ["am go to work", "is going to work"], what="the beginning of the pool of I am going to work", idea="The corpus's mistakes, in its order.", page=PAGE)  # fmt: skip


def test_choices_have_one_right_candidate_and_frames_that_training_never_saw():
    got = choices()
    expect_equal(len(got), 520, what="how many choices", idea="Each different sentence once: three persons share an infinitive and a participle.", page=PAGE)  # fmt: skip
    for one in got:
        expect_equal(len(set(one.candidates)), 4, what=f"different candidates of {one.id}", idea="A confidence among three isn't one among four.", page=PAGE)  # fmt: skip
        right = [form for form in one.candidates if parse(one.text(form))]
        expect_equal(right, [one.expected], what=f"which candidates of {one.id} make a sentence of the domain", idea="In town he works and he worked. Which candidates mustn't be offered there?", page=PAGE)  # fmt: skip
    expect_equal(sorted({one.after for one in got}), [" every year", " in town", " last year", " next year"], what="what stands behind the blanks", idea="Frames that are held out for the test.", page=PAGE)  # fmt: skip
    expect_equal(dict(Counter(one.candidates.index(one.expected) for one in got)), dict.fromkeys(range(4), 130), what="where the right one stands", idea="Whoever always takes the first must be right in a quarter, and not in more.", page=PAGE)  # fmt: skip
    expect_equal([got[i].candidates.index(got[i].expected) for i in range(5)], [0, 1, 2, 3, 0], what="its place in the first five", idea="Around again.", page=PAGE)  # fmt: skip
    went = next(one for one in got if one.id == "choice/go.past_simple.3sg@year")
    expect_equal([form for form in went.candidates if form != "went"], ["goed", "gone", "go"], what="the wrong candidates of he ___ last year, go", idea="The first of the pool that are wrong.", page=PAGE)  # fmt: skip


def test_novelty_and_what_can_be_derived():
    got = {one.id: one for one in choices()}
    for name, wanted in (("see.past_simple.1sg", ("verb", False)), ("look.past_simple.1sg", ("verb", True)), ("see.present_simple.3sg", ("verb", True)), ("write.past_simple.1sg", ("frame", True)), ("go.past_simple.1sg", ("cell", False))):  # fmt: skip
        one = got[f"choice/{name}@year"]
        expect_equal((one.novelty, one.derivable), wanted, what=f"novelty of {name}, and whether it can be derived", idea="saw was in no training sentence. Could anybody know it?", page=PAGE)  # fmt: skip


def test_each_trick_tempts_where_it_can():
    for trick, name, wanted in (
        ("over_regularization", "go.past_simple.3sg", "goed"),
        ("over_regularization", "write.past_participle.1sg", "writed"),
        ("over_regularization", "work.past_simple.3sg", None),
        ("wrong_person_agreement", "study.present_simple.3sg", "study"),
        ("wrong_person_agreement", "study.present_simple.1sg", None),
        ("wrong_tense_marker", "go.past_simple.3sg", "goes"),
        ("wrong_tense_marker", "go.past_simple.1sg", "go"),
        ("wrong_tense_marker", "go.present_simple.1sg", None),
        ("wrong_tense_marker", "go.past_participle.1sg", None),
        ("auxiliary_mismatch", "go.simple_future.will.2sg", "will to go"),
        ("auxiliary_mismatch", "go.simple_future.going_to.2sg", "are go to go"),
        ("auxiliary_mismatch", "be.past_simple.2sg", None),
        ("en_es_mismatch", "go.past_simple.1sg", "fui"),
        ("en_es_mismatch", "work.past_simple.1sg", None),
        ("en_es_mismatch", "work.present_simple.3sg", "trabaja"),
        ("en_es_mismatch", "work.simple_future.will.1sg", None),
        ("en_es_mismatch", "work.past_participle.1sg", None),
    ):  # fmt: skip
        expect_equal(tempted(ROWS[name], trick), wanted, what=f"{trick} at {ROWS[name].text!r}", idea="What would tempt here, and is it wrong here at all? trabajé has a letter that the model doesn't have.", page=TRICK)  # fmt: skip
    for trick in (TRICKS[-1], "", "irony"):
        with expect_raises(ValueError, mentions=repr(trick), what=f"tempted with {trick!r}", idea="Five tricks tempt with a form.", page=TRICK):  # fmt: skip
            tempted(ROWS["go.past_simple.1sg"], trick)


def test_what_was_in_training_leaks():
    got = leaks([probe()], ["He went  last year"])
    expect_equal(got, {"a": "text"}, what="leaks of he went last year, seen in capitals and with two blanks", idea="One form for texts that are read as the same.", page=PAGE)  # fmt: skip
    expect_equal(leaks([probe()], ["I work last year", "he went"]), {"a": "after"}, what="leaks where another sentence ends in last year", idea="What stands behind the blank isn't new then.", page=PAGE)  # fmt: skip
    expect_equal(leaks([probe()], ["he goed last years", "he went"]), {}, what="leaks of nothing", idea="Only an ending counts.", page=PAGE)  # fmt: skip
    expect_equal(leaks([probe()], ["he goed>he went last year"]), {"a": "text"}, what="leaks from a row with question and answer", idea="A model reads both.", page=PAGE)  # fmt: skip
    judged = probe(kind="classify", candidates=("goed", "went"), expected="incorrect")
    expect_equal(leaks([judged], ["he goed last year"]), {"a": "text"}, what="leaks of a classify probe", idea="Which sentence does it ask about?", page=PAGE)  # fmt: skip
    asked = probe(kind="generate", prompt="he goed last year>", candidates=(), after="", expected="he went last year")  # fmt: skip
    expect_equal(leaks([asked], iter(["he went last year"])), {"a": "text"}, what="leaks of a generate probe", idea="The answer is what mustn't be known.", page=PAGE)  # fmt: skip
    expect_equal(leaks([replace(asked, expected="he goes")], ["he went"]), {}, what="leaks of a probe with nothing behind its blank", idea="Every text ends in nothing.", page=PAGE)  # fmt: skip
    corrected = probe(prompt="he goed last year>he ")
    expect_equal(leaks([corrected], ["he went last year"]), {"a": "text"}, what="leaks of a choice that is asked behind >", idea="Question and answer are two sentences there as well.", page=PAGE)  # fmt: skip


def test_probes_that_measure_something_else_are_refused():
    for changes, word in (
        ({"kind": "guess"}, "guess"),
        ({"verb": "swim"}, "swim"),
        ({"tense": "perfect"}, "perfect"),
        ({"trick": "irony"}, "irony"),
        ({"candidates": ("went", "goed", "goed")}, "twice"),
        ({"expected": "gone"}, "gone"),
        ({"candidates": ("went", "goed", "walked")}, "walked"),
        ({"kind": "classify", "expected": "went"}, "went"),
    ):
        with expect_raises(MinilmError, mentions="a: ", what=f"check_probes with {changes}", idea="The message begins with the probe's id.", page=PAGE):  # fmt: skip
            check_probes([probe(**changes)])
        with expect_raises(MinilmError, mentions=word, what=f"check_probes with {changes}", idea="And says what is wrong.", page=PAGE):  # fmt: skip
            check_probes([probe(**changes)])
    with expect_raises(MinilmError, mentions="twice", what="the same id twice", idea="An answer is kept under its id.", page=PAGE):  # fmt: skip
        check_probes([probe(trick=TRICKS[0]), probe(trick=TRICKS[0])])
    with expect_raises(MinilmError, mentions="a: text", what="a probe whose sentence was in training", idea="It would ask what was learned by heart.", page=PAGE):  # fmt: skip
        check_probes([probe()], ["he went last year"])
    check_probes([probe(trick=TRICKS[0], candidates=("goed", "went"))])


def test_each_slice_has_enough_probes():
    got = choices()
    check_probes(got)
    some = [one for one in got if one.person != "3sg"]
    with expect_raises(MinilmError, mentions="person 3sg", what="a core without 3sg", idea="Can a share of no probes be told?", page=PAGE):  # fmt: skip
        check_probes(some)
    regular = [one for one in got if one.regular] + [one for one in got if not one.regular][:29]
    with expect_raises(MinilmError, what="a core of 29 irregular probes", idea="Of nine probes an interval says nothing.", page=PAGE):  # fmt: skip
        check_probes(regular)
    tricks = [replace(one, trick=TRICKS[0]) for one in got[:50]]
    check_probes(tricks)
