"""Lab 05.2: maximum likelihood from counts, sums of probabilities kept as logarithms, the loss, and perplexity."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.probability import (
    cross_entropy_between,
    fit_categorical,
    log_normalize,
    log_total,
    mean_nll,
    perplexity,
)

LOSS = "theory/03-from-counts-to-the-loss.md"
LOGS = "theory/04-probabilities-as-logarithms.md"


def test_the_most_likely_distribution_is_the_counts():
    counts = np.array([7, 2, 0, 1])
    fitted = fit_categorical(counts)
    expect_close(
        fitted,
        [0.7, 0.2, 0.0, 0.1],
        tol=1e-12,
        what="fit_categorical of 7, 2, 0, 1",
        idea="Counts over their sum.",
        page=LOSS,
    )
    rng = np.random.default_rng(1)
    best = float(cross_entropy_between(fitted, fitted))
    others = [float(cross_entropy_between(fitted, q)) for q in rng.dirichlet(np.ones(4), size=50)]
    expect_true(
        min(others) > best,
        what="the mean surprise of 50 other distributions at these counts",
        expected=f"above {best:.4f}, that of the fitted one",
        got=f"a smallest of {min(others):.4f}",
        idea="H(p^, q) = H(p^) + D(p^ || q), and the divergence is 0 only at q = p^.",
        page=LOSS,
    )


def test_a_pseudocount_leaves_nothing_impossible():
    for counts, alpha, expected in [
        ([7, 2, 0, 1], 1, [8 / 14, 3 / 14, 1 / 14, 2 / 14]),
        ([0, 0], 0.5, [0.5, 0.5]),
        ([0.5, 1.5], 0, [0.25, 0.75]),
        ([1e308, 1e308], 0, [0.5, 0.5]),
    ]:
        expect_close(
            fit_categorical(counts, alpha),
            expected,
            tol=1e-12,
            what=f"fit_categorical of {counts} with pseudocount {alpha}",
            idea="Add it to every count, then divide by the new sum. (Divide by the largest first: 2e308 is inf.)",
            page=LOSS,
        )


def test_log_total_by_hand():
    for z, expected in [
        ([0.0, 0.0, 0.0], math.log(3)),
        ([1.0, 2.0, 3.0], 3.4076059644443806),
        ([math.log(0.2), math.log(0.3)], math.log(0.5)),
        ([7.0], 7.0),
    ]:
        expect_close(
            log_total(z),
            expected,
            tol=1e-12,
            what=f"log_total of {z}",
            idea="ln of the sum of e^z.",
            page=LOGS,
        )


def test_log_total_of_the_very_large_and_the_very_small():
    with np.errstate(all="raise", under="ignore"):
        for z, expected in [
            ([1000.0, 1001.0, 1002.0], 1002.4076059644444),
            ([-1000.0, -999.0, -998.0], -997.5923940355556),
            ([-1e5, 0.0], 0.0),
            ([1e300, -1e300], 1e300),
        ]:
            expect_close(
                log_total(z),
                expected,
                tol=1e-12,
                what=f"log_total of {z}",
                idea="Which number can you take out of the sum, so that one summand is 1 and none is more?",
                page=LOGS,
            )


def test_a_weight_of_zero_is_minus_infinity():
    inf = math.inf
    with np.errstate(all="raise", under="ignore"):
        for z, expected in [([-inf, 0.0], 0.0), ([-inf, -inf], -inf), ([-inf], -inf)]:
            expect_equal(
                float(log_total(z)),
                expected,
                what=f"log_total of {z}",
                idea="e^-inf is 0. A sum of zeros is 0, whose logarithm is -inf; -inf - (-inf) would be nan.",
                page=LOGS,
            )


def test_shifting_all_by_c_shifts_the_total_by_c():
    rng = np.random.default_rng(2)
    z = rng.normal(0, 5, size=(4, 6))
    for c in (-700.0, 0.5, 700.0):
        expect_close(
            log_total(z + c),
            log_total(z) + c,
            tol=1e-12,
            what=f"log_total(z + {c:g}) against log_total(z) + {c:g}",
            idea="ln(e^c s) = c + ln s.",
            page=LOGS,
        )
        expect_close(
            log_normalize(z + c),
            log_normalize(z),
            tol=1e-10,
            what=f"log_normalize(z + {c:g}) against log_normalize(z)",
            idea="The shift cancels: only differences of logits mean anything.",
            page=LOGS,
        )


def test_a_row_far_below_the_others_keeps_its_total():
    expect_close(
        log_total([[1000.0, 1000.0], [0.0, 0.0]]),
        [1000.0 + math.log(2), math.log(2)],
        tol=1e-12,
        what="log_total of a row of 1000s above a row of zeros",
        idea="Whose largest entry do you take out of the second row?",
        page=LOGS,
    )


def test_other_axes_of_length_one_stay():
    expect_equal(
        [np.shape(log_total(np.zeros((1, 3)))), np.shape(log_total(np.zeros((1, 3, 1)), axis=1))],
        [(1,), (1, 1)],
        what="the shapes of log_total of (1, 3) over the last axis, and of (1, 3, 1) over axis 1",
        idea="Which axis goes, and which ones only look as if they could?",
        page=LOGS,
    )


def test_axes_and_shapes():
    z = np.log(np.arange(1.0, 25.0)).reshape(2, 3, 4)
    for axis in (0, 1, 2, -1, -3):
        for keep in (False, True):
            expect_close(
                log_total(z, axis=axis, keepdims=keep),
                np.log(np.exp(z).sum(axis=axis, keepdims=keep)),
                tol=1e-12,
                what=f"log_total of shape (2, 3, 4) with axis={axis}, keepdims={keep}",
                idea="Take the maximum with keepdims=True, so that it lines up; drop the axis at the end.",
                page=LOGS,
            )
        expect_close(
            np.exp(log_normalize(z, axis=axis)).sum(axis=axis),
            np.ones(np.delete(np.array(z.shape), axis)),
            tol=1e-12,
            what=f"the sums of exp(log_normalize(z)) over axis {axis}",
            idea="Probabilities sum to 1 over the axis of the outcomes.",
            page=LOGS,
        )


def test_the_dtype_is_kept():
    z = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    for what, got, expected in [
        ("log_total of float32", log_total(z).dtype, np.dtype(np.float32)),
        ("log_normalize of float32", log_normalize(z).dtype, np.dtype(np.float32)),
        ("log_normalize of ints", log_normalize([1, 2]).dtype, np.dtype(np.float64)),
    ]:
        expect_equal(
            got,
            expected,
            what=f"dtype of {what}",
            idea="float32 stays, everything else becomes float64.",
            page=LOGS,
        )


def test_the_loss_on_ordinary_logits():
    logits = [[1.2, 4.7, 3.1, 0.5, 2.9]]
    expect_close(
        mean_nll(logits, [2]),
        1.9452821483198483,
        tol=1e-12,
        what=f"mean_nll of {logits} at target 2",
        idea="Which entry of the row's log-probabilities is the surprise?",
        page=LOGS,
    )
    expect_close(
        mean_nll([[0.0] * 5, [1.0, 1.0, 1.0, 1.0, 1.0]], [0, 4]),
        math.log(5),
        tol=1e-12,
        what="mean_nll of two rows that know nothing of five classes",
        idea="ln 5 each, and the mean over rows, not the sum.",
        page=LOSS,
    )


def test_the_loss_survives_probabilities_that_float32_cannot_hold():
    row = [10.0, 92.0, 30.0, -50.0, 40.0]
    for dtype in (np.float64, np.float32):
        expect_close(
            mean_nll(np.array([row], dtype=dtype), [3]),
            142.0,
            tol=1e-6,
            what=f"mean_nll of {row} at target 3, {np.dtype(dtype).name}",
            idea="The probability is e^-142 = 2e-62, which is 0 in float32, and -ln 0 is inf. "
            "Can you get there without the probability?",
            page=LOGS,
        )
    expect_equal(
        mean_nll([[0.0, -math.inf]], [1]),
        math.inf,
        what="mean_nll where the target's logit is -inf",
        idea="The model calls it impossible, and it happened.",
        page=LOGS,
    )
    expect_equal(
        str(mean_nll([[0.0, -math.inf]], [0])),
        "0.0",
        what="mean_nll of a certain and right answer, as text",
        idea="A plain float, and not -0.0: add 0.0.",
        page=LOGS,
    )


def test_the_mean_is_taken_in_float64():
    got = mean_nll(np.array([[2.0**24, 0.0], [1.0, 0.0]], dtype=np.float32), [1, 1])
    expect_true(
        abs(got - 8388608.6566) < 0.01,
        what="mean_nll of float32 rows whose losses are 16777216 and 1.3133",
        expected="8388608.6566 (within 0.01)",
        got=got,
        idea="Which is the next float32 after 16777216? In which type do you add?",
        page=LOGS,
    )


def test_rows_are_computed_in_their_own_dtype():
    got = mean_nll(np.array([[0.1, 0.7, -0.3]], dtype=np.float32), [0])
    expect_equal(
        float(np.float32(got)),
        got,
        what="mean_nll of one float32 row, rounded to float32",
        idea="The loss of one float32 row is a float32. Was it widened on the way?",
        page=LOGS,
    )


def test_the_loss_is_the_cross_entropy_from_what_was_seen():
    z = np.array([0.3, -1.0, 2.0, 0.0])
    seen = np.array([2, 2, 0, 3, 2, 1, 0, 2])
    counts = np.bincount(seen, minlength=4)
    expect_close(
        mean_nll(np.tile(z, (8, 1)), seen),
        float(cross_entropy_between(fit_categorical(counts), np.exp(log_normalize(z)))),
        tol=1e-12,
        what="mean_nll of one row of logits against eight targets",
        idea="The mean over data is the mean under the counted distribution: H(p^, q).",
        page=LOSS,
    )


def test_perplexity_counts_equally_likely_outcomes():
    for what, logs, expected in [
        ("three tokens at 1/600", np.full(3, -math.log(600)), 600.0),
        ("certain tokens", [0.0, 0.0], 1.0),
        ("probabilities 1/2 and 1/8", [math.log(0.5), math.log(0.125)], 4.0),
        ("an impossible token", [0.0, -math.inf], math.inf),
        ("e^-800 a token", [-800.0], math.inf),
    ]:
        expect_close(
            perplexity(logs),
            expected,
            tol=1e-12,
            what=f"perplexity of {what}",
            idea="exp of minus the mean log-probability: the geometric mean of 1/q.",
            page=LOSS,
        )


def test_a_perplexity_is_at_least_one():
    expect_equal(
        perplexity([1e-7, 0.0]),
        1.0,
        what="perplexity of log-probabilities that rounding has put above 0",
        idea="1e-6 of rounding is let pass. Can fewer than one outcome be equally likely?",
        page=LOSS,
    )


def test_bad_logits_and_targets_are_refused():
    nan, inf = math.nan, math.inf
    good = [[0.0, 1.0], [1.0, 0.0]]
    for what, call, kinds, word in [
        ("log_total of nan", lambda: log_total([0.0, nan]), ValueError, "nan"),
        ("log_total of +inf", lambda: log_total([0.0, inf]), ValueError, "inf"),
        ("log_total of nothing", lambda: log_total([]), ValueError, "shape (0,)"),
        ("log_total of text", lambda: log_total(["1"]), TypeError, "z must"),
        ("log_total along axis 2 of 1", lambda: log_total([1.0], axis=2), ValueError, "axis"),
        ("log_normalize of only -inf", lambda: log_normalize([-inf, -inf]), ValueError, "-inf"),
        ("mean_nll of one row", lambda: mean_nll([0.0, 1.0], [0]), ValueError, "(2,)"),
        ("mean_nll, too few targets", lambda: mean_nll(good, [0]), ValueError, "targets"),
        ("mean_nll, target 2 of 2", lambda: mean_nll(good, [0, 2]), ValueError, "2"),
        ("mean_nll, target -1", lambda: mean_nll(good, [0, -1]), ValueError, "-1"),
        ("mean_nll, target 0.0", lambda: mean_nll(good, [0.0, 1.0]), TypeError, "targets"),
        ("mean_nll of no rows", lambda: mean_nll(np.zeros((0, 2)), []), ValueError, "(0, 2)"),
        ("perplexity of p instead of ln p", lambda: perplexity([0.5]), ValueError, "0.5"),
        ("perplexity of nothing", lambda: perplexity([]), ValueError, "log_probs"),
        ("counts of nothing", lambda: fit_categorical([0, 0]), ValueError, "0"),
        ("a negative count", lambda: fit_categorical([1, -1]), ValueError, "counts"),
        ("an infinite count", lambda: fit_categorical([1.0, inf]), ValueError, "counts"),
        ("a table of counts", lambda: fit_categorical([[1, 2]]), ValueError, "counts"),
        ("pseudocount -1", lambda: fit_categorical([1, 2], -1), ValueError, "pseudocount"),
    ]:
        with expect_raises(
            kinds,
            what=what,
            idea="Refuse what has no answer, and name the argument and what came. "
            "`_scores` and `class_indices` are given.",
            page=LOGS,
            mentions=word,
        ):
            call()
