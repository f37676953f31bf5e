"""Lab 20.4: confidence, and what chance alone makes of it."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.calibration import expected_calibration_error
from minilm.confidence import believed, brier, cross_fitted, null_band

PAGE = "theory/05-can-it-be-believed.md"


def test_the_band_of_a_calibrated_model_is_not_zero():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.25, 1.0, 60)
    band = null_band(sure, np.random.default_rng(1), draws=800)
    found = [expected_calibration_error(sure, rng.random(60) < sure) for _ in range(2000)]
    expect_close(band.mean, np.mean(found), tol=0.006, what="mean ECE of 60 calibrated confidences", idea="Each answer is right with the probability that its confidence names. Draw, and take the ECE; again and again.", page=PAGE)  # fmt: skip
    expect_close(band.high, np.quantile(found, 0.95), tol=0.012, what="what 95 of 100 stay below", idea="A quantile of what was drawn.", page=PAGE)  # fmt: skip
    many = null_band(rng.uniform(0.25, 1.0, 6000), np.random.default_rng(1), draws=100)
    expect_true(many.mean < band.mean / 5, what="mean ECE of 6,000", expected="far less than that of 60", got=many.mean, idea="What is due to few probes gets less with more.", page=PAGE)  # fmt: skip


def test_the_band_of_certainty_is_zero():
    for value in (0.0, 1.0):
        band = null_band([value] * 20, np.random.default_rng(0), draws=20)
        expect_close((band.mean, band.high), (0.0, 0.0), tol=1e-12, what=f"band of twenty confidences of {value}", idea="Nothing is left to chance.", page=PAGE)  # fmt: skip


def test_bins_and_level_are_used():
    sure = np.random.default_rng(0).uniform(0.3, 1.0, 80)
    one = null_band(sure, np.random.default_rng(1), bins=1, draws=400)
    many = null_band(sure, np.random.default_rng(1), bins=40, draws=400)
    expect_true(many.mean > 2 * one.mean, what="band with 40 bins against 1", expected="much higher", got=(many.mean, one.mean), idea="Two probes in a bin can't have their share right.", page=PAGE)  # fmt: skip
    half = null_band(sure, np.random.default_rng(1), draws=400, level=0.5)
    full = null_band(sure, np.random.default_rng(1), draws=400)
    expect_true(half.high < full.high and half.mean == full.mean, what="level 0.5 against 0.95", expected="a lower end, the same mean", got=(half, full), idea="The level is that of the quantile.", page=PAGE)  # fmt: skip
    expect_equal(full, null_band(sure, np.random.default_rng(1), draws=400), what="the same with the same generator", idea="Nothing else is drawn from.", page=PAGE)  # fmt: skip
    for options in ({"draws": 0}, {"level": 0.0}, {"level": 1.0}):
        with expect_raises(ValueError, mentions="null_band", what=f"null_band with {options}", idea="Nothing to take a quantile of.", page=PAGE):  # fmt: skip
            null_band(sure, np.random.default_rng(0), **options)
    with expect_raises(
        ValueError, what="null_band of a confidence of 1.2", idea="A share.", page=PAGE
    ):
        null_band([1.2], np.random.default_rng(0))


def test_brier_by_hand():
    for sure, right, wanted in (([1.0, 0.0], [True, False], 0.0), ([0.5] * 4, [True, False, True, False], 0.25), ([0.9, 0.6], [True, False], (0.01 + 0.36) / 2), ([1.0], [False], 1.0)):  # fmt: skip
        expect_close(brier(sure, right), wanted, tol=1e-12, what=f"brier of {sure} and {right}", idea="How far from 1 where it was right, from 0 where it wasn't, squared.", page=PAGE)  # fmt: skip
    with expect_raises(ValueError, what="brier of two confidences and one answer", idea="Pairs.", page=PAGE):  # fmt: skip
        brier([0.5, 0.5], [True])


def test_a_temperature_changes_confidence_and_no_choice():
    values = np.log([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    sure, chosen = believed(values)
    expect_close(sure, np.array([0.7, 0.8]), tol=1e-12, what="confidence at temperature 1", idea="The share of the chosen one.", page=PAGE)  # fmt: skip
    expect_equal(chosen.tolist(), [0, 2], what="what is chosen", idea="The largest.", page=PAGE)
    cool, same = believed(values, 2.0)
    expect_close(cool[0], math.sqrt(0.7) / (math.sqrt(0.7) + math.sqrt(0.2) + math.sqrt(0.1)), tol=1e-12, what="confidence at temperature 2", idea="Half the logarithm is the root.", page=PAGE)  # fmt: skip
    expect_equal(same.tolist(), [0, 2], what="what is chosen at temperature 2", idea="Dividing all keeps their order.", page=PAGE)  # fmt: skip
    close, first = believed([[-1.0 - 5e-10, -1.0]], 1e-6)
    expect_equal(first.tolist(), [0], what="what is chosen of two that are equal, at temperature 1e-6", idea="It is chosen before it is divided.", page=PAGE)  # fmt: skip
    expect_close(close[0], 0.499875, tol=1e-5, what="its confidence", idea="That of the chosen one.", page=PAGE)  # fmt: skip
    for bad in (0.0, -1.0, math.inf, math.nan):
        with expect_raises(ValueError, mentions=str(bad), what=f"believed at temperature {bad}", idea="Nothing is divided by this.", page=PAGE):  # fmt: skip
            believed(values, bad)


def overconfident(n, t, seed):
    """Values whose right place was drawn from softmax(values / t)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 4)) * 4
    p = np.exp(z / t)
    p /= p.sum(axis=1, keepdims=True)
    return z, np.array([rng.choice(4, p=row) for row in p])


def test_each_half_is_believed_at_the_others_temperature():
    z, right = overconfident(3000, 3.0, 0)
    z[1::2] *= 2
    sure, (even, odd) = cross_fitted(z, right)
    expect_close((even, odd), (3.0, 6.0), tol=0.12, what="temperatures of rows 0, 2, 4, ... and of 1, 3, 5, ...", idea="Which half was fitted, which was measured?", page=PAGE)  # fmt: skip
    expect_equal(sure.shape, (3000,), what="shape of the confidences", idea="One for each row, in its place.", page=PAGE)  # fmt: skip
    expect_close(sure[:4:2], believed(z[:4:2], odd)[0], tol=1e-12, what="confidence of the even rows", idea="At the temperature that the odd rows gave.", page=PAGE)  # fmt: skip
    expect_close(sure[1:4:2], believed(z[1:4:2], even)[0], tol=1e-12, what="confidence of the odd rows", idea="And the other way around.", page=PAGE)  # fmt: skip


def test_a_temperature_mends_the_confidence():
    z, right = overconfident(2000, 3.0, 1)
    before, chosen = believed(z)
    after, _ = cross_fitted(z, right)
    hit = chosen == right
    expect_true(expected_calibration_error(before, hit) > 0.2, what="ECE before", expected="above 0.2", got=expected_calibration_error(before, hit), idea="Three times too steep.", page=PAGE)  # fmt: skip
    expect_true(expected_calibration_error(after, hit) < 0.05, what="ECE after", expected="below 0.05", got=expected_calibration_error(after, hit), idea="One number, fitted elsewhere.", page=PAGE)  # fmt: skip


def test_where_all_is_right_there_is_no_temperature():
    with expect_raises(ValueError, mentions="temperature", what="cross_fitted where all is right", idea="Colder is better, without end.", page=PAGE):  # fmt: skip
        cross_fitted([[1.0, 0.0]] * 6, [0] * 6)
