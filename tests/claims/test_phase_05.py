"""What holds the causal sentences of phase 05's pages, each with its control beside it."""

import math

import numpy as np

from minigrad.calibration import (
    confidence_and_hits,
    expected_calibration_error,
    fit_softmax_regression,
    fit_temperature,
    nll_gradient,
    reliability,
)
from minigrad.probability import (
    cross_entropy_between,
    entropy,
    fit_categorical,
    kl_divergence,
    log_normalize,
    log_total,
    mean_nll,
)

TRUTH = np.array([0.4, 0.25, 0.2, 0.1, 0.05])
P = np.array([0.5, 0.3, 0.2])


def points(n, rng):
    """The clues of experiment 05-calibration."""
    y = rng.integers(5, size=n)
    return 1.8 * np.eye(5, 8)[y] + rng.standard_normal((n, 8)), y


def error_of(n, steps):
    """The calibration error on new points of a fit to the first n of one sample."""
    rng = np.random.default_rng(42)
    (x, y), (new, truth) = points(1000, rng), points(2000, rng)
    w, b = fit_softmax_regression(x[:n], y[:n], 5, lr=0.5, steps=steps)
    return expected_calibration_error(*confidence_and_hits(new @ w + b, truth))


def test_at_equal_steps_fewer_points_make_a_louder_model():
    errors = [error_of(n, 300) for n in (60, 200, 1000)]
    assert errors[0] > 1.5 * errors[1] > 2 * errors[2] and errors[0] > 0.15, errors


def test_at_200_points_more_steps_change_little():
    errors = [error_of(200, steps) for steps in (300, 1000)]
    assert abs(errors[1] - errors[0]) < 0.02, errors


def counted(n, repeats=1000):
    """Fits to n draws each, with the shares of their own draws and of as many others."""
    own, other = np.random.default_rng(0).multinomial(n, TRUTH, size=(2, repeats)) / n
    return np.array([fit_categorical(row) for row in own]), own, other


def ahead(shares, fits):
    """By how much each fit beats the truth on these shares, in nats."""
    truth = np.broadcast_to(TRUTH, fits.shape)
    return cross_entropy_between(shares, truth) - cross_entropy_between(shares, fits)


def test_on_average_a_fit_loses_on_new_draws_what_it_gains_on_its_own():
    fits, own, other = counted(1000)
    gain, loss = float(ahead(own, fits).mean()), -float(ahead(other, fits).mean())
    assert 0.9 < gain / 0.002 < 1.1 and 0.85 < loss / 0.002 < 1.15, (gain, loss)


def test_on_a_single_new_corpus_it_may_win():
    fits, own, other = counted(1000)
    share = float((ahead(other, fits) > 0).mean())
    assert 0.1 < share < 0.3 and (ahead(own, fits) >= 0).all(), share


def off(terms, delta):
    """How far a sum of terms is from the divergence, relatively."""
    return abs(float(np.sum(terms)) / (delta**2 / 2 * (1 / 0.5 + 1 / 0.3)) - 1)


def test_one_rounded_ratio_in_both_places_keeps_the_digits():
    for delta in (1e-6, 1e-9, 1e-12):
        q = P + np.array([delta, -delta, 0.0])
        r = q / P
        sums = [P * (r - 1 - np.log(r)), P * (r - 1 - np.log1p(r - 1))]
        assert np.array_equal(*sums) and off(sums[0], delta) < 1e-3, delta
        assert off([kl_divergence(P, q)], delta) < 1e-3, delta


def test_two_roundings_lose_them():
    delta = 1e-9
    q = P + np.array([delta, -delta, 0.0])
    assert off((q - P) - P * np.log(q / P), delta) > 0.1


def test_the_smallest_training_loss_leaves_no_temperature_to_find():
    rng = np.random.default_rng(42)
    x, y = points(200, rng)
    w, b = fit_softmax_regression(x, y, 5, lr=0.5, steps=1500)
    temperature = fit_temperature(x @ w + b, y)
    assert abs(temperature - 1) < 2e-3, temperature
    assert np.abs(nll_gradient(x @ w + b, y).sum(axis=0)).max() < 1e-4


def test_a_temperature_of_one_is_no_calibration_in_every_bin():
    rng = np.random.default_rng(42)
    x, y = points(200, rng)
    w, b = fit_softmax_regression(x, y, 5, lr=0.5, steps=1500)
    table = reliability(*confidence_and_hits(x @ w + b, y))
    filled = table.count >= 10
    gaps = np.abs(table.accuracy - table.confidence)[filled]
    assert gaps.max() > 0.05, gaps


def test_the_total_is_the_most_of_worth_and_entropy():
    z, rng = np.array([2.0, 1.0, 0.0, -1.0, 0.5]), np.random.default_rng(0)
    others = rng.dirichlet(np.ones(5), size=2000)
    best = np.exp(log_normalize(z))
    reached = float(best @ z + entropy(best))
    assert abs(reached - log_total(z)) < 1e-12, reached
    assert (others @ z + entropy(others)).max() < log_total(z)


def test_worth_alone_is_reached_at_one_corner():
    z = np.array([2.0, 1.0, 0.0, -1.0, 0.5])
    others = np.random.default_rng(0).dirichlet(np.ones(5), size=2000)
    assert (others @ z).max() < z.max() < log_total(z)


def test_in_one_step_every_gap_has_its_loss():
    for dtype in (np.float32, np.float64):
        row = np.array([[1500.0, 0.0]], dtype=dtype)
        assert abs(mean_nll(row, [1]) - 1500) < 1e-3


def test_through_the_probability_a_gap_ends_in_infinity():
    for dtype, gap in ((np.float32, 110.0), (np.float64, 800.0)):
        row = np.array([gap, 0.0], dtype=dtype)
        q = np.exp(row - gap) / np.exp(row - gap).sum()
        assert q[1] == 0 and math.isfinite(mean_nll(row[None], [1]))


def calibrated(n, rng):
    """Answers that are calibrated by construction, as on page 05."""
    confidence = rng.uniform(0.2, 1.0, size=n)
    return confidence, rng.random(n) < confidence


def test_few_calibrated_answers_have_a_high_error_and_more_bins_a_higher_one():
    rng = np.random.default_rng(0)
    errors = [
        np.mean([expected_calibration_error(*calibrated(n, rng), bins) for _ in range(100)])
        for n, bins in ((100, 10), (100, 40), (10_000, 10))
    ]
    assert errors[1] > 1.6 * errors[0] and errors[0] > 0.07 > 5 * errors[2], errors


def test_with_signs_the_same_gaps_cancel():
    rng = np.random.default_rng(0)
    signed = [np.mean(right - c) for c, right in (calibrated(100, rng) for _ in range(100))]
    assert abs(np.mean(signed)) < 0.015, np.mean(signed)
