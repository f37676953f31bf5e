"""What holds the causal sentences of phase 03's pages, each with its control beside it."""

import math
import runpy
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

from minigrad.linalg import (
    EPS,
    compress,
    condition_number,
    jacobi_rotation,
    l2_norm,
    relative_errors,
    svd,
)

VERBS = Path(__file__).parents[2] / "experiments/03/svd-compression/verbs.py"


def tables(styles, seed=42):
    """The rates and the counts of the experiment's table."""
    verbs = runpy.run_path(str(VERBS))
    rng = np.random.default_rng(seed)
    rates = verbs["rates"](rng, styles)
    return rates, rng.poisson(rates).astype(np.float64)


def test_with_three_styles_the_knee_is_at_three():
    errors = relative_errors(svd(tables(3)[1])[1])
    assert errors[1] > 0.1 and errors[2] > 0.05 and errors[3] < 0.02, errors[:5].tolist()


def test_with_all_verbs_alike_the_knee_is_at_one():
    errors = relative_errors(svd(tables(1)[1])[1])
    assert errors[1] < 0.02 and errors[1] < 2 * errors[3], errors[:5].tolist()


def off(a, rates):
    """The distance from the rates, relatively."""
    return l2_norm(a - rates) / l2_norm(rates)


def test_what_fell_away_was_mostly_noise():
    for seed in (42, 0, 1, 2, 3):
        rates, counts = tables(3, seed)
        left, right = compress(counts, 3)
        assert off(left @ right, rates) < off(counts, rates), seed


def test_with_two_terms_a_style_is_lost():
    for seed in (42, 0, 1, 2, 3):
        rates, counts = tables(3, seed)
        left, right = compress(counts, 2)
        assert off(left @ right, rates) > 3 * off(counts, rates), seed


NARROW = np.array([[1.0, 1.0], [1e-9, 0.0], [0.0, 1e-9]])


def test_the_rotations_keep_the_small_value():
    s = svd(NARROW)[1]
    assert abs(s[1] / 1e-9 - 1) < 1e-6, s.tolist()


def test_through_the_squares_it_is_gone():
    squared = np.linalg.eigvalsh(NARROW.T @ NARROW)
    assert abs(squared[0]) < 1e-15 and np.array_equal(NARROW.T @ NARROW, np.ones((2, 2)))


def least_squares():
    """A fit of a polynomial: the matrix, the right side, and the solution of all ones."""
    a = np.vander(np.linspace(0, 1, 20), 8)
    return a, a @ np.ones(8)


def test_the_condition_of_the_squares_is_the_square():
    a, b = least_squares()
    ratio = condition_number(a.T @ a) / condition_number(a) ** 2
    error = np.abs(np.linalg.solve(a.T @ a, a.T @ b) - 1).max()
    assert abs(ratio - 1) < 1e-3 and error > 1e-9, (ratio, error)


def test_without_the_squares_the_same_fit_keeps_its_digits():
    a, b = least_squares()
    u, s, vt = svd(a)
    assert np.abs(vt.T @ ((u.T @ b) / s) - 1).max() < 1e-10


def test_half_of_all_exponents_are_lost_by_squaring_and_none_by_scaling():
    for exponent in (-300, -200, -160, 160, 200, 300):
        x = np.array([3.0, 4.0]) * 10.0**exponent
        assert abs(l2_norm(x) / (5.0 * 10.0**exponent) - 1) < 1e-13, exponent


def test_by_definition_they_are():
    with np.errstate(over="ignore", under="ignore"):
        lengths = [
            float(np.sqrt(((np.array([3.0, 4.0]) * 10.0**e) ** 2).sum())) for e in (-200, 200)
        ]
    assert lengths == [0.0, np.inf]
    assert abs(float(np.sqrt((np.array([3e100, 4e100]) ** 2).sum())) / 5e100 - 1) < 1e-13


def gains(values, seed):
    """By which power each late sweep shrinks the largest cosine of a 20 by 15 matrix with these singular values."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((n, 15)))[0] for n in (20, 15))
    w, cosines = ((left * np.array(values, float)) @ right).T.copy(), []
    for _ in range(12):
        unit = w / np.linalg.norm(w, axis=1, keepdims=True)
        cosines.append(float(np.abs(unit @ unit.T - np.eye(15)).max()))
        for p, q in combinations(range(15), 2):
            alpha, beta, gamma = w[p] @ w[p], w[q] @ w[q], w[p] @ w[q]
            if abs(gamma) > EPS * 20 * math.sqrt(alpha * beta):
                c, s = jacobi_rotation(alpha, beta, gamma)
                w[p], w[q] = c * w[p] - s * w[q], s * w[p] + c * w[q]
    return [math.log(b) / math.log(a) for a, b in pairwise(cosines) if a < 0.02 and b > 1e-13]


def test_near_the_end_a_sweep_squares_the_largest_cosine():
    powers = [power for seed in range(6) for power in gains(range(15, 0, -1), seed)]
    assert len(powers) >= 6 and min(powers) > 2, powers


def test_with_equal_singular_values_some_sweeps_gain_less():
    powers = [power for seed in range(6) for power in gains(np.repeat([15, 12, 9, 6, 3], 3), seed)]
    assert min(powers) < 1.7, powers


def nearest(styles, seed):
    """The rank whose approximation of the counts lies nearest to the rates."""
    rates, counts = tables(styles, seed)
    return 1 + int(np.argmin([off(np.matmul(*compress(counts, k)), rates) for k in range(1, 16)]))


def test_three_terms_are_nearest_to_the_rates_whatever_the_seed():
    assert {nearest(3, seed) for seed in range(5)} == {3}


def test_with_all_verbs_alike_one_term_is_nearest():
    assert {nearest(1, seed) for seed in range(5)} == {1}
