"""Lab 20.5: a summary, and a comparison that may find nothing."""

import json
import math
from dataclasses import replace

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.asking import Answer, ask
from minilm.doubles import oracle, over_confident, over_regularizing
from minilm.errors import MinilmError
from minilm.intervals import mcnemar, wilson
from minilm.probes import Probe, choices
from minilm.report import compare, decide, markdown, page, summary

PAGE = "theory/07-no-difference.md"
CORE = choices()
PASTS = [one for one in CORE if one.id.endswith("@year") and one.tense != "simple_future"]
BLANK = Probe("x", "choice", "go", "past_simple", "", "3sg", False, "he ", ("went", "goed"), "", "went")  # fmt: skip


def answers(hits, trick="", **changes):
    """One for each hit, of verbs of their own names, confidence 0.8."""
    return [
        Answer(replace(BLANK, id=f"{trick}{i}", trick=trick, **changes), "went" if hit else "goed", 0.8, (0.0, -1.0))
        for i, hit in enumerate(hits)
    ]  # fmt: skip


def test_the_figures_of_the_doubles_are_known():
    said = ask(over_regularizing(CORE), CORE)
    got = summary("rule", said)
    irregular = [one for one in CORE if not one.regular and one.tense in ("past_simple", "past_participle")]  # fmt: skip
    expect_equal(got["slices"]["regularity"]["regular"]["hits"], 312, what="regular probes that the over-regularizing double has right", idea="All.", page=PAGE)  # fmt: skip
    expect_equal(got["core"]["n"] - got["core"]["hits"], len(irregular), what="probes that it has wrong", idea="Pasts and participles of irregular verbs, and no others.", page=PAGE)  # fmt: skip
    expect_equal(list(got["slices"]), ["tense", "person", "regularity", "novelty"], what="how the core is cut", idea="As KEYS says.", page=PAGE)  # fmt: skip
    expect_equal(sorted(got["slices"]["person"]), ["1sg", "2sg", "3sg"], what="slices by person", idea="An infinitive has none.", page=PAGE)  # fmt: skip
    beyond = [one for one in CORE if not one.derivable]
    expect_equal(got["unknowable"], [len(beyond), sum(a.hit for a in said if not a.probe.derivable)], what="what nobody could know, and what of it was right", idea="It stays in the core, and is named.", page=PAGE)  # fmt: skip
    everything = summary("oracle", ask(oracle(CORE), CORE))
    expect_equal((everything["core"]["hits"], everything["unsayable"]), (520, 0), what="the oracle's", idea="All.", page=PAGE)  # fmt: skip


def test_the_calibration_of_the_over_confident_double():
    said = ask(over_confident(PASTS, 6, 10), PASTS)
    got = summary("sure", said)["calibration"]
    expect_equal(got["n"], 120, what="choices", idea="Those of the core.", page=PAGE)
    expect_close(got["ece"], 0.39, tol=1e-9, what="ECE of 60 % right with confidence 0.99", idea="One bin.", page=PAGE)  # fmt: skip
    expect_close(got["brier"], 0.6 * 0.0001 + 0.4 * 0.9801, tol=1e-9, what="Brier of it", idea="By hand.", page=PAGE)  # fmt: skip
    expect_true(got["null_mean"] < got["null_high"] < 0.05, what="its band", expected="far below 0.39", got=got, idea="Chance doesn't make this.", page=PAGE)  # fmt: skip


def test_a_summary_keeps_the_core_the_tricks_and_the_unsayable_apart():
    core = answers([True, True, False])
    tricks = answers([False, False], trick="en_es_mismatch")
    mute = [Answer(replace(BLANK, id="mute"), "", 0.5, (), unsayable=True)]
    got = summary("m", [*core, *tricks, *mute])
    low, high = wilson(2, 3)
    expect_equal(got["core"], {"n": 3, "hits": 2, "low": low, "high": high}, what="the core", idea="Neither tricks nor what can't be said.", page=PAGE)  # fmt: skip
    expect_equal({name: (one["n"], one["hits"]) for name, one in got["tricks"].items()}, {"en_es_mismatch": (2, 0)}, what="the tricks", idea="Apart.", page=PAGE)  # fmt: skip
    expect_equal((got["name"], got["unsayable"], got["calibration"]["n"]), ("m", 1, 3), what="name, unsayable, choices", idea="Each counted once.", page=PAGE)  # fmt: skip
    written = [replace(one, probe=replace(one.probe, kind="generate"), confidence=math.nan) for one in core]  # fmt: skip
    expect_equal(summary("m", written)["calibration"], None, what="calibration of what a model wrote", idea="It has no confidence among candidates.", page=PAGE)  # fmt: skip
    expect_equal(json.dumps(summary("m", core)), json.dumps(summary("m", core)), what="the same answers twice", idea="Byte for byte.", page=PAGE)  # fmt: skip
    for bad, word in (([], "no answers"), ([core[0], core[0]], "two answers to 0")):
        with expect_raises(MinilmError, mentions=word, what=f"summary of {len(bad)} answers", idea="Each probe once.", page=PAGE):  # fmt: skip
            summary("m", bad)


def test_no_difference_is_an_answer():
    for p, lost, gained, alpha, wanted in ((0.2, 3, 8, 0.05, "no difference"), (0.05, 1, 8, 0.05, "no difference"), (0.01, 1, 12, 0.05, "better"), (0.01, 12, 1, 0.05, "worse"), (0.01, 12, 1, 0.001, "no difference"), (1.0, 0, 0, 0.05, "no difference")):  # fmt: skip
        expect_equal(decide(p, lost, gained, alpha), wanted, what=f"decide({p}, {lost}, {gained}, {alpha})", idea="Below alpha, or nothing.", page=PAGE)  # fmt: skip
    expect_equal(decide(0.04, 1, 8), "better", what="decide without alpha", idea="0.05.", page=PAGE)


def test_a_model_does_not_differ_from_itself():
    said = ask(oracle(CORE[:60]), CORE[:60])
    for name, one in compare(said, said).items():
        expect_equal((one.verdict, one.p, one.lost, one.gained, one.low, one.high), ("no difference", 1.0, 0, 0, 0.0, 0.0), what=f"a model against itself, {name}", idea="They differ nowhere.", page=PAGE)  # fmt: skip


def test_a_comparison_by_hand():
    first = answers([True] * 10 + [False] * 10)
    second = answers([True] * 9 + [False] + [True] * 8 + [False] * 2)
    got = compare(first, second)
    whole = got["all"]
    expect_equal((whole.n, whole.lost, whole.gained, whole.verdict), (20, 1, 8, "better"), what="the whole", idea="Lost: right in the first alone.", page=PAGE)  # fmt: skip
    expect_close(whole.p, mcnemar(1, 8), tol=1e-12, what="p of the whole", idea="It is one question: nothing to correct.", page=PAGE)  # fmt: skip
    expect_equal(sorted(set(got) - {"all"}), ["novelty frame", "person 3sg", "regularity irregular", "tense past_simple"], what="the slices", idea="Of each way to cut, each value that is there.", page=PAGE)  # fmt: skip
    expect_close(got["person 3sg"].p, 4 * mcnemar(1, 8), tol=1e-12, what="p of a slice, of four", idea="Four questions were asked. What does the smallest of four p mean?", page=PAGE)  # fmt: skip
    expect_equal(got["person 3sg"].verdict, "no difference", what="verdict of that slice", idea="By the corrected p.", page=PAGE)  # fmt: skip
    expect_close((whole.low, whole.high), (0.35, 0.35), tol=1e-12, what="interval where all probes are of one verb", idea="Whole verbs are drawn, and there is one.", page=PAGE)  # fmt: skip
    back = compare(second, first)["all"]
    expect_equal((back.lost, back.gained, back.verdict), (8, 1, "worse"), what="the other way around", idea="The second is what is judged.", page=PAGE)  # fmt: skip
    expect_equal(compare(first, second, alpha=0.01)["all"].verdict, "no difference", what="verdict at alpha 0.01", idea="0.039 isn't below it.", page=PAGE)  # fmt: skip


def test_what_may_be_one_verbs_is_no_difference():
    others = ("be", "have", "do", "see", "eat", "work", "play", "walk", "talk")
    alike = [one for verb in others for one in answers([True] * 3, verb=verb)]
    first = [*answers([False] * 6), *alike]
    second = [*answers([True] * 6), *alike]
    got = compare(first, second)["all"]
    expect_true(got.p < 0.05, what="p of six gained and none lost", expected="0.031", got=got.p, idea="p knows nothing of verbs.", page=PAGE)  # fmt: skip
    expect_equal((got.low, got.verdict), (0.0, "no difference"), what="a gain that is one verb's alone, of ten", idea="What is the difference in a draw that doesn't have this verb?", page=PAGE)  # fmt: skip
    back = compare(second, first)["all"]
    expect_equal((back.high, back.verdict), (0.0, "no difference"), what="the other way around", idea="0 may be either end.", page=PAGE)  # fmt: skip
    spread = [one for verb in others for one in answers([False, True, True], verb=verb)]
    known = [one for verb in others for one in answers([True, True, True], verb=verb)]
    expect_equal(compare(spread, known)["all"].verdict, "better", what="nine gained, one of each verb", idea="Every draw has some of it.", page=PAGE)  # fmt: skip


def test_verbs_are_drawn_with_the_seed():
    first, second = ask(oracle(CORE), CORE), ask(over_regularizing(CORE), CORE)
    told = [[compare(first, second, seed) for seed in (0, 1)] for _ in range(2)]
    expect_equal(told[0] == told[1], True, what="whether the same seeds twice give the same in all parts", idea="Nothing else is drawn from.", page=PAGE)  # fmt: skip
    got = [told[0][0]["all"]]
    expect_true(got[0].low < -0.12 and got[0].high > -0.08, what="interval with whole verbs drawn", expected="wide: eight of twenty verbs are all of the loss", got=(got[0].low, got[0].high), idea="How many verbs are there, and how many probes?", page=PAGE)  # fmt: skip


def test_what_either_cannot_say_is_left_out():
    first, second = answers([True, True, False]), answers([True, False, False])
    first[0] = replace(first[0], predicted="", unsayable=True)
    second[1] = replace(second[1], unsayable=True)
    got = compare(first, second)["all"]
    expect_equal((got.n, got.lost, got.gained), (1, 0, 0), what="three probes, of which each can't say one", idea="The same probes for both.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, mentions="no probe", what="nothing left", idea="Then nothing can be said.", page=PAGE):  # fmt: skip
        compare(first[:1], second[:1])


def test_other_probes_are_refused():
    some = answers([True, True])
    for other, word in ((list(reversed(some)), "1"), (some[:1], "a length"), (answers([True, True], verb="be"), "0")):  # fmt: skip
        with expect_raises(MinilmError, mentions=word, what="a comparison of answers to other probes", idea="Which one differs first?", page=PAGE):  # fmt: skip
            compare(some, other)


def test_the_report_says_what_the_summary_has():
    got = summary("a <b> model", ask(over_regularizing(CORE), CORE))
    text = markdown(got)
    for piece in ("| all | 520 | 464 | 89 % | 86 to 92 % |", "| past_simple | 120 | 72 | 60 % | 51 to 68 % |", "34 probes of the core"):  # fmt: skip
        expect_true(piece in text, what=f"{piece!r} in the report", expected="there", got="not there", idea="The summary's figures.", page=PAGE)  # fmt: skip
    expect_true(text.index("past_simple") < text.index("present_simple"), what="the order by tense", expected="the worst first", got="another", idea="What is worst is read first.", page=PAGE)  # fmt: skip
    made = page(got, [(0.9, 0.7, 12), (np.nan, np.nan, 0)])
    expect_true("a &lt;b&gt; model" in made and "<script" not in made and "http" not in made, what="the page", expected="no scripts, no other hosts, names escaped", got=made[:200], idea="One file.", page=PAGE)  # fmt: skip
