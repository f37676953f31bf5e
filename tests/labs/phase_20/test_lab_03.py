"""Lab 20.3: intervals, and differences on the same probes."""

import itertools
import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.intervals import holm, mcnemar, paired_bootstrap, slices, wilson

PAGE = "theory/04-how-sure.md"


def test_wilson_by_hand():
    for hits, n, wanted in ((48, 60, (0.682182, 0.881715)), (0, 10, (0.0, 0.277533)), (10, 10, (0.722467, 1.0)), (1, 1, (0.206549, 1.0))):  # fmt: skip
        expect_close(wilson(hits, n), wanted, tol=1e-5, what=f"wilson({hits}, {n})", idea="From which p is the observed share just 1.96 standard errors away? The error is p's own.", page=PAGE)  # fmt: skip
    expect_close(wilson(48, 60, 0.5), (0.76297, 0.832515), tol=1e-4, what="wilson(48, 60) at 50 %", idea="Less sure, narrower.", page=PAGE)  # fmt: skip
    expect_equal(wilson(0, 0), (0.0, 1.0), what="wilson(0, 0)", idea="What is known of no probe?", page=PAGE)  # fmt: skip
    low, high = wilson(100_000, 100_000)
    expect_true(low > 0.99 and high <= 1.0, what="wilson of 100,000 right", expected="below 1.0 or at it, never above", got=(low, high), idea="A share.", page=PAGE)  # fmt: skip


def test_the_ends_of_wilson_are_where_the_share_is_just_possible():
    for hits, n in ((7, 20), (1, 30), (29, 30)):
        for p in wilson(hits, n):
            away = abs(hits / n - p) / math.sqrt(p * (1 - p) / n)
            expect_close(away, 1.959964, tol=1e-5, what=f"standard errors from {hits}/{n} to {p}", idea="The definition: 1.96 of p's standard errors.", page=PAGE)  # fmt: skip


def test_what_wilson_refuses():
    for hits, n, confidence in ((-1, 3, 0.95), (4, 3, 0.95), (0, -1, 0.95), (1, 3, 1.0), (1, 3, 0.0)):  # fmt: skip
        with expect_raises(ValueError, mentions="wilson", what=f"wilson({hits}, {n}, {confidence})", idea="No share, or no level.", page=PAGE):  # fmt: skip
            wilson(hits, n, confidence)


def test_mcnemar_counts_coins():
    for lost, gained in itertools.product(range(5), range(5)):
        n = lost + gained
        odd = [flips for flips in itertools.product((0, 1), repeat=n) if abs(2 * sum(flips) - n) >= abs(lost - gained)]  # fmt: skip
        expect_close(mcnemar(lost, gained), len(odd) / 2**n, tol=1e-12, what=f"mcnemar({lost}, {gained})", idea="Throw a coin for each probe on which they differ. How many of all series are at least as uneven?", page=PAGE)  # fmt: skip
    expect_close(mcnemar(15, 3), 0.0075455, tol=1e-5, what="mcnemar(15, 3)", idea="Both tails.", page=PAGE)  # fmt: skip
    expect_close(mcnemar(6, 0), 0.03125, tol=1e-12, what="mcnemar(6, 0)", idea="The smallest that says anything at 5 %.", page=PAGE)  # fmt: skip
    expect_close(mcnemar(700, 700), 1.0, tol=1e-12, what="mcnemar(700, 700)", idea="2 to the 1400th is no float. An int, it is.", page=PAGE)  # fmt: skip
    for lost, gained in ((-1, 2), (2, -1)):
        with expect_raises(ValueError, mentions="mcnemar", what=f"mcnemar({lost}, {gained})", idea="Counts.", page=PAGE):  # fmt: skip
            mcnemar(lost, gained)


def test_the_bootstrap_keeps_pairs_together():
    rng = np.random.default_rng(1)
    hits = rng.random(400) < 0.6
    same = paired_bootstrap(hits, hits, np.random.default_rng(0), 500)
    expect_equal(same, (0.0, 0.0), what="interval of a model against itself", idea="On every probe drawn the two answers are the same.", page=PAGE)  # fmt: skip
    other = hits.copy()
    other[:40] = ~other[:40]
    low, high = paired_bootstrap(hits, other, np.random.default_rng(0), 4000)
    d = other.astype(float) - hits
    expect_close((low + high) / 2, d.mean(), tol=0.005, what="middle of the interval", idea="Second minus first.", page=PAGE)  # fmt: skip
    expect_close(high - low, 2 * 1.96 * d.std() / 20, tol=0.005, what="width of the interval", idea="Differences are drawn anew, 400 of them, not two lists apart.", page=PAGE)  # fmt: skip
    narrow = paired_bootstrap(hits, other, np.random.default_rng(0), 4000, confidence=0.5)
    expect_close(narrow[1] - narrow[0], 2 * 0.6745 * d.std() / 20, tol=0.006, what="width at 50 %", idea="The quantiles are those of the confidence.", page=PAGE)  # fmt: skip
    again = [[paired_bootstrap(hits, other, np.random.default_rng(seed), 3) for seed in range(5)] for _ in range(2)]  # fmt: skip
    expect_equal(again[0], again[1], what="the same with the same generator", idea="Nothing else is drawn from.", page=PAGE)  # fmt: skip


def test_the_direction_is_second_minus_first():
    got = paired_bootstrap([0, 0, 0, 0], [1, 1, 1, 1], np.random.default_rng(0), 10)
    expect_equal(got, (1.0, 1.0), what="interval where the second alone is right", idea="Better is positive.", page=PAGE)  # fmt: skip


def test_whole_groups_are_drawn():
    first, second = np.zeros(100), np.repeat([1.0, 0.0], 50)
    groups = ["a"] * 50 + ["b"] * 50
    got = paired_bootstrap(first, second, np.random.default_rng(0), 2000, groups=groups)
    expect_equal(got, (0.0, 1.0), what="interval where one verb of two is all of the gain", idea="Two verbs are drawn of two. How often is it the same one twice?", page=PAGE)  # fmt: skip
    uneven = paired_bootstrap([0, 0, 0, 0], [1, 1, 1, 0], np.random.default_rng(0), 3000, groups=[3, 3, 3, 4])  # fmt: skip
    expect_equal(uneven, (0.0, 1.0), what="interval of groups of 3 and 1", idea="The mean is over the probes that were drawn.", page=PAGE)  # fmt: skip
    middle = [paired_bootstrap([0, 0, 0, 0], [1, 1, 1, 0], np.random.default_rng(s), 1, groups=[3, 3, 3, 4])[0] for s in range(60)]  # fmt: skip
    expect_equal(sorted(set(middle)), [0.0, 0.75, 1.0], what="means that can come of them", idea="Both groups: three of four probes. It isn't the mean of the groups' means, 0.5.", page=PAGE)  # fmt: skip


def test_what_the_bootstrap_refuses():
    rng = np.random.default_rng(0)
    for first, second, options in (([], [], {}), ([1], [1, 0], {}), ([1, 0], [1, 0], {"resamples": 0}), ([1, 0], [1, 0], {"confidence": 1}), ([1, 0], [1, 0], {"groups": ["a"]}), ([[1]], [[1]], {})):  # fmt: skip
        with expect_raises(ValueError, mentions="paired_bootstrap", what=f"paired_bootstrap of {first}, {second}, {options}", idea="The same probes, at least one.", page=PAGE):  # fmt: skip
            paired_bootstrap(first, second, rng, **options)


def test_holm_by_hand():
    for ps, wanted in (([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]), ([0.6, 0.9], [1.0, 1.0]), ([0.02], [0.02]), ([], []), ([0.02, 0.02], [0.04, 0.04]), ([0.3, 0.001, 0.02], [0.3, 0.003, 0.04])):  # fmt: skip
        expect_close(holm(ps), wanted, tol=1e-12, what=f"holm({ps})", idea="The smallest pays for all, the next for one fewer; and none comes out below a smaller one.", page=PAGE)  # fmt: skip
    for bad in (-0.1, 1.1, math.nan):
        with expect_raises(ValueError, mentions=str(bad), what=f"holm with {bad}", idea="No probability.", page=PAGE):  # fmt: skip
            holm([0.1, bad])


def test_slices_with_the_worst_first():
    items = [("past", True), ("past", False), ("present", True), ("", False), ("future", True)]
    got = slices(iter(items), lambda item: item[0], lambda item: item[1])
    expect_equal(list(got), ["past", "future", "present"], what="order of the slices", idea="The worst first, equal ones by name; what belongs nowhere isn't one.", page=PAGE)  # fmt: skip
    expect_equal((got["past"].n, got["past"].hits, got["past"].accuracy), (2, 1, 0.5), what="the slice past", idea="Two probes, one right.", page=PAGE)  # fmt: skip
    expect_close((got["past"].low, got["past"].high), wilson(1, 2), tol=1e-12, what="its interval", idea="Wilson's.", page=PAGE)  # fmt: skip
    expect_equal(slices([], str, bool), {}, what="slices of nothing", idea="None.", page=PAGE)
