"""Phase 03's algebra on drawn input: norms, products, the SVD, low rank, and shapes of einsums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from minigrad.einsum import broadcast_shape, einsum_flops, einsum_shape
from minigrad.linalg import (
    EPS,
    compress,
    condition_number,
    l1_norm,
    l2_norm,
    linf_norm,
    matmul_blocked,
    matmul_naive,
    numerical_rank,
    operator_norm,
    relative_errors,
    svd,
)

Floats = NDArray[np.float64]
NORMS = pytest.mark.parametrize("norm", [l1_norm, l2_norm, linf_norm])
SLOPPY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NUMBERS = st.floats(-1e100, 1e100, allow_subnormal=False)
VECTORS = st.integers(0, 12).flatmap(lambda n: arrays(np.float64, (2, n), elements=NUMBERS))


@st.composite
def matrices(draw: st.DrawFn, most: int = 7) -> Floats:
    """Any shape up to `most`, tall or wide; often of low rank, with zero or equal columns, or badly scaled."""
    m, n = draw(st.integers(1, most)), draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rank = draw(st.integers(0, min(m, n)))
    a = np.asarray(rng.standard_normal((m, rank)) @ rng.standard_normal((rank, n)))
    if draw(st.booleans()):
        a = np.round(a)
    if draw(st.booleans()):
        a = a * 10.0 ** rng.integers(-8, 9, n)
    if draw(st.booleans()):
        a[:, draw(st.integers(0, n - 1))] = 0.0
    if draw(st.booleans()):
        a[:, draw(st.integers(0, n - 1))] = a[:, 0]
    return a * 10.0 ** draw(st.integers(-150, 150))


@NORMS
@given(VECTORS)
def test_a_detour_is_never_shorter(norm, xy):
    x, y = xy
    assert norm(x + y) <= (norm(x) + norm(y)) * (1 + 1e-13)


@NORMS
@given(VECTORS, NUMBERS)
def test_a_norm_scales_with_its_vector(norm, xy, factor):
    x = xy[0]
    assume(not 0 < abs(factor) < 1e-100)
    assert math.isclose(norm(factor * x), abs(factor) * norm(x), rel_tol=1e-12, abs_tol=1e-280)


@given(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e150, 1e150)))
def test_the_norms_stand_in_their_chain(x):
    one, two, most, slack = l1_norm(x), l2_norm(x), linf_norm(x), 1 + 1e-12
    assert most <= two * slack
    assert two <= one * slack
    assert one <= math.sqrt(x.size) * two * slack
    assert two <= math.sqrt(x.size) * most * slack


@given(VECTORS, st.integers(-300, 150))
def test_l2_survives_every_scale(xy, exponent):
    x = np.clip(xy[0], -1, 1)
    assume(l2_norm(x) > 1e-5)
    scale = 10.0**exponent
    assert math.isclose(l2_norm(x * scale), float(np.linalg.norm(x)) * scale, rel_tol=1e-9)


@SLOPPY
@given(matrices())
def test_an_svd_gives_its_matrix_back(a):
    u, s, vt = svd(a)
    size = float(np.abs(a).max()) or 1.0
    assert u.shape == (a.shape[0], min(a.shape))
    assert vt.shape == (min(a.shape), a.shape[1])
    np.testing.assert_allclose((u * (s / size)) @ vt, a / size, atol=1e-13)


@SLOPPY
@given(matrices())
def test_both_factors_are_orthonormal_whatever_the_rank(a):
    u, s, vt = svd(a)
    identity = np.eye(min(a.shape))
    np.testing.assert_allclose(u.T @ u, identity, atol=1e-13)
    np.testing.assert_allclose(vt @ vt.T, identity, atol=1e-13)
    assert (s >= 0).all()
    assert (np.diff(s) <= 0).all()


@SLOPPY
@given(matrices())
def test_singular_values_are_lapacks_and_the_transposes(a):
    size = float(np.abs(a).max()) or 1.0
    s = svd(a)[1] / size
    np.testing.assert_allclose(s, np.linalg.svd(a / size, compute_uv=False), atol=1e-13)
    np.testing.assert_allclose(s, svd(a.T)[1] / size, atol=1e-13)


@SLOPPY
@given(matrices(), st.integers(0, 2**32 - 1))
def test_rotating_a_matrix_leaves_its_singular_values(a, seed):
    q = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(a), len(a))))[0]
    size = float(np.abs(a).max()) or 1.0
    np.testing.assert_allclose(svd(q @ (a / size))[1], svd(a / size)[1], atol=1e-13)


@SLOPPY
@given(matrices())
def test_the_frobenius_norm_is_that_of_the_singular_values(a):
    assert math.isclose(l2_norm(a), l2_norm(svd(a)[1]), rel_tol=1e-12)


@SLOPPY
@given(matrices(), st.data())
def test_the_error_of_a_rank_is_what_it_left_out(a, data):
    k = data.draw(st.integers(1, min(a.shape)))
    a = a / (float(np.abs(a).max()) or 1.0)
    left, right = compress(a, k)
    s = svd(a)[1]
    assert math.isclose(l2_norm(a - left @ right), l2_norm(s[k:]), rel_tol=1e-9, abs_tol=1e-12)
    assert numerical_rank(left @ right, 1e-10) <= k
    errors = relative_errors(s)
    assert (np.diff(errors) <= 0).all()
    assert errors[-1] == 0


@SLOPPY
@given(matrices(5), matrices(5))
def test_operator_norms_are_submultiplicative(a, b):
    k = min(a.shape[1], b.shape[0])
    a, b = a[:, :k] / (linf_norm(a) or 1.0), b[:k] / (linf_norm(b) or 1.0)
    for p in (1, 2, math.inf):
        assert operator_norm(a @ b, p) <= operator_norm(a, p) * operator_norm(b, p) + 1e-12


@SLOPPY
@given(matrices())
def test_a_condition_number_is_at_least_one_and_ignores_scale(a):
    kappa = condition_number(a)
    assert kappa >= 1
    assert condition_number(a * 2.0**20) == pytest.approx(kappa, rel=1e-9)


@SLOPPY
@given(st.tuples(*[st.integers(0, 6)] * 3), st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_products_agree_within_the_rounding_bound(sizes, seed, block):
    m, k, n = sizes
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((m, k)) * 1e3, rng.standard_normal((k, n))
    bound = 2 * k * EPS * (np.abs(a) @ np.abs(b)) + 1e-300
    for c in (matmul_naive(a, b), matmul_blocked(a, b, block)):
        assert c.shape == (m, n)
        assert (np.abs(c - a @ b) <= bound).all()


@given(st.lists(array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3), max_size=4))
def test_broadcasting_is_numpys(shapes):
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ValueError, match="don't broadcast"):
            broadcast_shape(*shapes)
    else:
        assert broadcast_shape(*shapes) == expected


@st.composite
def einsums(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """A random einsum over five letters whose sizes are all different, with or without an arrow."""
    sizes = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 1}
    terms = draw(st.lists(st.text("abcde", max_size=3), min_size=1, max_size=3))
    spec = ",".join(terms)
    if draw(st.booleans()):
        used = sorted(set("".join(terms)))
        spec += "->" + "".join(draw(st.permutations(used))[: draw(st.integers(0, len(used)))])
    return spec, [tuple(sizes[c] for c in term) for term in terms]


@given(einsums())
def test_shapes_are_numpys_for_every_einsum(case):
    spec, shapes = case
    operands = [np.broadcast_to(1.0, shape) for shape in shapes]
    assert einsum_shape(spec, *shapes) == np.einsum(spec, *operands).shape


@given(einsums())
def test_an_einsum_of_ones_counts_its_own_terms(case):
    spec, shapes = case
    result = np.einsum(spec, *[np.broadcast_to(1.0, shape) for shape in shapes])
    points = float(result.sum())  # each result is its number of terms
    assert einsum_flops(spec, *shapes) == len(shapes) * points - result.size
