"""Laws of entropy, divergence, log-sum-exp and calibration, on whatever hypothesis can think of."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from minigrad.calibration import (
    confidence_and_hits,
    expected_calibration_error,
    fit_temperature,
    nll_gradient,
    reliability,
)
from minigrad.probability import (
    Floats,
    conditional_entropy,
    cross_entropy_between,
    entropy,
    fit_categorical,
    kl_divergence,
    log_normalize,
    log_total,
    mean_nll,
    mutual_information,
    perplexity,
)

WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-6, 1.0), st.floats(1e-300, 1e-6))


def _distributions(n: int) -> st.SearchStrategy[Floats]:
    rows = arrays(np.float64, n, elements=WEIGHTS).filter(lambda w: bool(w.sum() > 1e-3))
    return rows.map(lambda w: w / w.sum())


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Two distributions over the same outcomes, 1 to 12 of them, zeros and tiny entries included."""
    n = draw(st.integers(1, 12))
    return draw(_distributions(n)), draw(_distributions(n))


@st.composite
def joints(draw: st.DrawFn) -> Floats:
    """A table of probabilities, up to 5 by 5."""
    a, b = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    return draw(_distributions(a * b)).reshape(a, b)


@st.composite
def classified(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Logits of shape (B, V) on a grid of sixteenths, so that scaling by a power of 2 is exact, and targets."""
    b, v = draw(st.integers(1, 20)), draw(st.integers(2, 6))
    z = draw(arrays(np.int64, (b, v), elements=st.integers(-160, 160))) / 16
    return z, draw(arrays(np.int64, b, elements=st.integers(0, v - 1)))


PREDICTIONS = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=st.floats(0, 1)),
        arrays(np.bool_, n),
        st.integers(1, 20),
    )
)


@given(pairs())
def test_entropy_lies_between_0_and_ln_v(pair: tuple[Floats, Floats]) -> None:
    p, _ = pair
    assert 0 <= entropy(p) <= math.log(len(p)) + 1e-12
    assert math.copysign(1, entropy(p)) == 1


@given(st.integers(1, 600))
def test_entropy_reaches_both_bounds(v: int) -> None:
    assert math.isclose(entropy(np.full(v, 1 / v)), math.log(v), abs_tol=1e-12)
    assert entropy(np.eye(v)[0]) == 0


@given(pairs(), st.randoms(use_true_random=False))
def test_entropy_ignores_the_names_of_outcomes(pair: tuple[Floats, Floats], r: object) -> None:
    p, _ = pair
    order = list(range(len(p)))
    r.shuffle(order)  # type: ignore[attr-defined]
    assert math.isclose(entropy(p), entropy(p[order]), abs_tol=1e-12)


@given(pairs(), st.floats(0, 1))
def test_mixing_never_lowers_entropy_below_the_mixed_entropies(
    pair: tuple[Floats, Floats], share: float
) -> None:
    p, q = pair
    mixed = entropy(share * p + (1 - share) * q)
    assert mixed >= share * entropy(p) + (1 - share) * entropy(q) - 1e-12


@given(pairs())
def test_divergence_is_never_negative_and_0_only_for_equals(pair: tuple[Floats, Floats]) -> None:
    p, q = pair
    apart = float(kl_divergence(p, q))
    assert apart >= 0
    assert kl_divergence(p, p) == 0
    # Pinsker: D >= (sum |p - q|)^2 / 2, so what is apart has a divergence above 0.
    assert apart >= np.abs(p - q).sum() ** 2 / 2 * (1 - 1e-9) - 1e-30
    if np.abs(p - q).max() > 1e-9:
        assert apart > 0


@given(pairs())
def test_divergence_is_infinite_exactly_where_the_impossible_happens(
    pair: tuple[Floats, Floats],
) -> None:
    p, q = pair
    assert math.isinf(kl_divergence(p, q)) == bool(((p > 0) & (q == 0)).any())


@given(pairs())
def test_cross_entropy_is_entropy_plus_divergence(pair: tuple[Floats, Floats]) -> None:
    p, q = pair
    crossed, parts = float(cross_entropy_between(p, q)), float(entropy(p) + kl_divergence(p, q))
    assert crossed == parts == math.inf or math.isclose(
        crossed, parts, rel_tol=1e-10, abs_tol=1e-10
    )


@given(joints())
def test_chain_rule_and_information(joint: Floats) -> None:
    whole = float(entropy(joint.reshape(-1)))
    h_x, h_y = float(entropy(joint.sum(axis=1))), float(entropy(joint.sum(axis=0)))
    assert math.isclose(h_x + conditional_entropy(joint), whole, abs_tol=1e-10)
    assert math.isclose(h_y + conditional_entropy(joint.T), whole, abs_tol=1e-10)
    shared = mutual_information(joint)
    assert math.isclose(shared, h_x + h_y - whole, abs_tol=1e-10)
    assert -1e-12 <= shared <= min(h_x, h_y) + 1e-10
    assert conditional_entropy(joint) <= h_y + 1e-10


@given(joints())
def test_processing_never_adds_information(joint: Floats) -> None:
    assume(joint.shape[1] >= 2)
    merged = np.column_stack([joint[:, 0] + joint[:, 1], joint[:, 2:]])
    assert mutual_information(merged) <= mutual_information(joint) + 1e-10


@given(
    arrays(np.int64, st.integers(1, 8), elements=st.integers(0, 50)).filter(
        lambda n: bool(n.any())
    ),
    st.data(),
)
def test_counts_are_the_most_likely_distribution(counts: Floats, data: st.DataObject) -> None:
    fitted = fit_categorical(counts)
    assert math.isclose(fitted.sum(), 1, abs_tol=1e-12)
    other = data.draw(_distributions(len(counts)))
    assert cross_entropy_between(fitted, other) >= cross_entropy_between(fitted, fitted) - 1e-12


LOGITS = arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 8)),
    elements=st.floats(-1e4, 1e4),
)


@given(LOGITS, st.floats(-1e4, 1e4))
def test_log_total_shifts_and_is_bounded(z: Floats, c: float) -> None:
    total = log_total(z)
    top = z.max(axis=1)
    assert (total >= top).all() and (total <= top + math.log(z.shape[1]) + 1e-9).all()
    np.testing.assert_allclose(log_total(z + c), total + c, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(log_normalize(z + c), log_normalize(z), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.exp(log_normalize(z)).sum(axis=1), 1, atol=1e-10)


@given(LOGITS)
def test_log_total_in_two_portions(z: Floats) -> None:
    assume(z.shape[1] >= 2)
    halves = np.stack([log_total(z[:, :1]), log_total(z[:, 1:])])
    np.testing.assert_allclose(log_total(halves, axis=0), log_total(z), rtol=1e-12, atol=1e-12)


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(
    _distributions(n), arrays(np.float64, n, elements=st.floats(-50, 50))
)))  # fmt: skip
def test_log_total_is_the_largest_mean_plus_entropy(case: tuple[Floats, Floats]) -> None:
    p, z = case
    gap = float(log_total(z)) - float(p @ z + entropy(p))
    q = np.exp(log_normalize(z))
    assert math.isclose(gap, float(kl_divergence(p, q)), rel_tol=1e-9, abs_tol=1e-9)


@given(classified())
def test_loss_perplexity_and_gradient_agree(case: tuple[Floats, Floats]) -> None:
    z, y = case
    loss = mean_nll(z, y)
    assert loss >= 0
    rows = np.arange(len(y))
    assert math.isclose(perplexity(log_normalize(z)[rows, y]), math.exp(loss), rel_tol=1e-12)
    gradient = nll_gradient(z, y)
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-12)
    assert (gradient[rows, y] <= 0).all()
    # Convex: the tangent lies below the curve.
    assert mean_nll(z * 0.5, y) >= loss + (gradient * (z * 0.5 - z)).sum() - 1e-9


@given(PREDICTIONS)
def test_calibration_error_lies_between_the_overall_gap_and_1(
    case: tuple[Floats, Floats, int],
) -> None:
    confidence, correct, bins = case
    error = expected_calibration_error(confidence, correct, bins)
    assert abs(confidence.mean() - correct.mean()) - 1e-12 <= error <= 1
    whole = expected_calibration_error(confidence, correct, 1)
    assert math.isclose(whole, abs(confidence.mean() - correct.mean()), abs_tol=1e-12)


@given(PREDICTIONS)
def test_bins_hold_every_prediction_within_their_edges(case: tuple[Floats, Floats, int]) -> None:
    confidence, correct, bins = case
    table = reliability(confidence, correct, bins)
    assert table.count.sum() == len(confidence)
    seen = table.count > 0
    low, high = np.arange(bins) / bins, np.arange(1, bins + 1) / bins
    assert (table.confidence[seen] >= low[seen] - 1e-12).all()
    assert (table.confidence[seen] <= high[seen] + 1e-12).all()
    assert np.isnan(table.accuracy[~seen]).all()


@given(classified(), st.integers(-6, 6))
def test_temperature_keeps_every_answer(case: tuple[Floats, Floats], power: int) -> None:
    z, y = case
    confidence, hits = confidence_and_hits(z, y)
    tempered, same = confidence_and_hits(z / 2.0**power, y)
    assert (hits == same).all()
    assert (tempered >= 1 / z.shape[1] - 1e-12).all()
    if power >= 0:
        assert (tempered <= confidence + 1e-12).all()


@settings(max_examples=50)
@given(classified(), st.integers(-2, 2))
def test_temperature_follows_the_scale_of_the_logits_and_never_raises_the_loss(
    case: tuple[Floats, Floats], power: int
) -> None:
    z, y = case
    try:
        temperature = fit_temperature(z, y, 0.01, 1000.0)
    except ValueError as error:
        assert "no temperature" in str(error)
        return
    assume(0.05 < temperature < 200)
    assert mean_nll(z / temperature, y) <= mean_nll(z, y) + 1e-12
    scaled = fit_temperature(z * 2.0**power, y, 0.01, 1000.0)
    assert math.isclose(scaled, temperature * 2.0**power, rel_tol=1e-6)
