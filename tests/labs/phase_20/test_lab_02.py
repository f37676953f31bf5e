"""Lab 20.2: verdicts, and what a model writes itself."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minilm.doubles import Listed, uniform
from minilm.errors import MinilmError
from minilm.scoring import fit_threshold, generate, margin, verdict

PAGE = "theory/03-right-wrong-or-unsure.md"


def test_the_margin_is_to_the_best_of_the_others():
    for values, wanted in (([-1.0, -4.0, -3.0], 2.0), ([-5.0, -4.0, -3.0], -2.0), ([-1.0, -math.inf], math.inf), ([-math.inf, -2.0], -math.inf), ([-math.inf, -math.inf], 0.0)):  # fmt: skip
        expect_equal(margin(values), wanted, what=f"margin of {values}", idea="The form against its strongest rival. And if both are impossible?", page=PAGE)  # fmt: skip


def test_a_verdict_has_three_answers():
    for gap, threshold, wanted in ((2.0, 1.0, "correct"), (-2.0, 1.0, "incorrect"), (0.5, 1.0, "ambiguous"), (1.0, 1.0, "ambiguous"), (-1.0, 1.0, "ambiguous"), (0.0, 0.0, "ambiguous"), (1e-9, 0.0, "correct"), (-math.inf, 3.0, "incorrect")):  # fmt: skip
        expect_equal(verdict(gap, threshold), wanted, what=f"verdict of {gap} with threshold {threshold}", idea="Above, below, or neither.", page=PAGE)  # fmt: skip
    for threshold in (-0.1, math.nan):
        with expect_raises(ValueError, mentions=str(threshold), what=f"verdict with threshold {threshold}", idea="Then one gap would have two verdicts, or none.", page=PAGE):  # fmt: skip
            verdict(1.0, threshold)


def test_the_threshold_is_the_smallest_of_the_best():
    gaps = [3.0, -2.0, 0.5, -0.4, 1.0]
    wanted = ["correct", "incorrect", "ambiguous", "ambiguous", "correct"]
    expect_equal(fit_threshold(gaps, wanted), 0.5, what="threshold for 3, -2, 0.5 and -0.4 (ambiguous), 1", idea="Which thresholds have all five right? The smallest.", page=PAGE)  # fmt: skip
    expect_equal(fit_threshold([1.0, -1.0], ["correct", "incorrect"]), 0.0, what="threshold where the sign says it all", idea="The smallest of the best.", page=PAGE)  # fmt: skip
    expect_equal(fit_threshold([1.0, -1.0], ["incorrect", "correct"]), 0.0, what="threshold where all are wrong", idea="None is right with any.", page=PAGE)  # fmt: skip
    expect_equal(fit_threshold([-2.0, 5.0], ["ambiguous", "correct"]), 2.0, what="threshold for -2 (ambiguous) and 5", idea="The gap's size counts.", page=PAGE)  # fmt: skip
    expect_equal(fit_threshold([math.inf, 1.0], ["ambiguous", "correct"]), 0.0, what="threshold with an infinite gap", idea="An infinite threshold would never decide.", page=PAGE)  # fmt: skip
    expect_equal(fit_threshold([math.inf], ["ambiguous"]), 0.0, what="threshold for an infinite gap alone, ambiguous", idea="An infinite threshold would never decide.", page=PAGE)  # fmt: skip
    for gaps, verdicts in (([], []), ([1.0], [])):
        with expect_raises(ValueError, mentions="fit_threshold", what=f"fit_threshold of {gaps} and {verdicts}", idea="Each gap has its verdict.", page=PAGE):  # fmt: skip
            fit_threshold(gaps, verdicts)


def test_generation_goes_on_to_the_end():
    model = Listed({"he goed>he went": 0.6, "he goed>he went on": 0.3, "he goed>I": 0.1})
    expect_equal(generate(model, "he goed>"), "he went", what="what is written behind he goed>", idea="The likeliest, again and again; the end is one of the choices.", page=PAGE)  # fmt: skip
    expect_equal(generate(model, "he goed>he went"), "", what="what is written behind a text that is complete", idea="The end comes at once.", page=PAGE)  # fmt: skip
    expect_equal(generate(model, "he goed>", limit=4), "he w", what="what is written in four tokens", idea="No more than limit.", page=PAGE)  # fmt: skip
    expect_equal(generate(uniform(), "he", limit=2), "  ", what="what the uniform model writes", idea="Of equals the first.", page=PAGE)  # fmt: skip
    expect_equal(generate(Listed({"él fue": 1.0}), "", limit=9), "él fue", what="what is written from nothing, with an accent", idea="Bytes first, then letters.", page=PAGE)  # fmt: skip


def test_generation_refuses_a_model_that_has_lost_its_mind():
    for value in (math.nan, -math.inf):

        class Broken(Listed):
            bad = value

            def following(self, ids):
                return np.full(len(self.letters) + 1, self.bad) if len(ids) > 1 else super().following(ids)  # fmt: skip

        with expect_raises(MinilmError, mentions="'he'", what=f"generation where all are {value}", idea="After which text was it?", page=PAGE):  # fmt: skip
            generate(Broken({"he went": 1.0}), "h")
    for limit in (0, -1):
        with expect_raises(ValueError, mentions=str(limit), what=f"generate with limit {limit}", idea="At least one token.", page=PAGE):  # fmt: skip
            generate(uniform(), "he", limit)


def test_one_nan_among_numbers_is_refused_too():
    class Broken(Listed):
        def following(self, ids):
            row = super().following(ids)
            row[3] = math.nan
            return row

    with expect_raises(MinilmError, mentions="he", what="generation with one NaN in a row", idea="An argmax of NaN says anything.", page=PAGE):  # fmt: skip
        generate(Broken({"he went": 1.0}), "he")


def test_threshold_and_margin_together():
    gap = margin([math.log(0.4), math.log(0.35), math.log(0.25)])
    expect_close(gap, math.log(0.4 / 0.35), tol=1e-12, what="margin of shares .4, .35, .25", idea="A difference of logarithms is a ratio.", page=PAGE)  # fmt: skip
    expect_equal(verdict(gap, 0.2), "ambiguous", what="its verdict with threshold 0.2", idea="Hardly likelier than its rival.", page=PAGE)  # fmt: skip
