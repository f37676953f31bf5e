"""Lab 05.4: confidence against accuracy, bin by bin and as one number, and the temperature that mends it."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.calibration import (
    confidence_and_hits,
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from minigrad.probability import log_normalize, mean_nll

TRUST = "theory/05-can-you-believe-it.md"


def draw(n, seed, scale=1.0):
    """Logits, and targets drawn from their softmax: calibrated by construction where scale is 1."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1.5, size=(n, 5))
    q = np.exp(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))
    y = (q.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, 4)
    return z * scale, y


def test_confidence_and_hits_by_hand():
    logits = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.25, 0.5, 0.25]])
    confidence, hits = confidence_and_hits(logits + np.array([[0.0], [3.0], [-900.0]]), [0, 1, 1])
    expect_close(
        confidence,
        [0.5, 0.8, 0.5],
        tol=1e-12,
        what="the confidence of three rows",
        idea="The largest softmax probability of the row; a shift of the row changes nothing.",
        page=TRUST,
    )
    expect_equal(
        [bool(hit) for hit in hits],
        [True, False, True],
        what="which of the three rows are right",
        idea="Right means that the likeliest class is the target, whatever its probability.",
        page=TRUST,
    )


def test_ties_go_to_the_first():
    _, hits = confidence_and_hits([[1.0, 1.0], [1.0, 1.0]], [0, 1])
    expect_equal(
        [bool(hit) for hit in hits],
        [True, False],
        what="hits where both logits are equal, for targets 0 and 1",
        idea="One answer a row: argmax takes the first.",
        page=TRUST,
    )


def test_bins_by_hand():
    confidence = [0.55, 0.6, 0.95, 0.91, 0.99, 0.2]
    correct = [True, False, True, True, False, False]
    table = reliability(confidence, correct)
    expect_equal(
        [int(n) for n in table.count],
        [0, 1, 0, 0, 0, 2, 0, 0, 0, 3],
        what="how many of six predictions fall into each of ten bins",
        idea="Bin m holds (m/10, (m+1)/10]: 0.6 belongs with 0.55, and 0.2 to bin 1.",
        page=TRUST,
    )
    nan = math.nan
    expect_close(
        table.confidence,
        np.array([nan, 0.2, nan, nan, nan, 0.575, nan, nan, nan, 0.95]),
        tol=1e-12,
        what="mean confidence in each bin",
        idea="The mean of what is in the bin, not the bin's middle; nan where nothing is.",
        page=TRUST,
    )
    expect_close(
        table.accuracy,
        np.array([nan, 0.0, nan, nan, nan, 0.5, nan, nan, nan, 2 / 3]),
        tol=1e-12,
        what="accuracy in each bin",
        idea="The share of the bin that was right; nan where nothing is.",
        page=TRUST,
    )


def test_a_confidence_on_an_edge_falls_to_the_left():
    for bins in (1, 3, 7, 10, 15, 100):
        for m in range(bins + 1):
            got = reliability([m / bins], [True], bins).count
            expect_equal(
                int(np.argmax(got)),
                max(m - 1, 0),
                what=f"the bin of a confidence of {m}/{bins} among {bins}",
                idea="Compare with the edges m/M themselves: 0.07 * 100 is 7.000000000000001 in floats. "
                "np.searchsorted(edges, c, side='left') does it; 0 goes into the first bin.",
                page=TRUST,
            )


def test_empty_bins_warn_of_nothing():
    with np.errstate(all="raise"):
        reliability([0.9], [True])
        got = expected_calibration_error([0.9], [True])
    expect_close(
        got,
        0.1,
        tol=1e-12,
        what="expected_calibration_error of one right answer at 0.9",
        idea="One bin counts, nine are empty and add nothing.",
        page=TRUST,
    )


def test_calibration_errors_by_hand():
    for what, confidence, correct, expected in [
        ("ten answers at 0.8, eight right", [0.8] * 10, [1] * 8 + [0] * 2, 0.0),
        ("ten answers at 1.0, five right", [1.0] * 10, [1] * 5 + [0] * 5, 0.5),
        ("ten answers at 0.6, all right", [0.6] * 10, [1] * 10, 0.4),
        ("three at 1.0 all wrong, one at 0.5 right", [1.0] * 3 + [0.5], [0, 0, 0, 1], 0.875),
    ]:
        expect_close(
            expected_calibration_error(confidence, correct),
            expected,
            tol=1e-12,
            what=f"expected_calibration_error of {what}",
            idea="Each bin's |accuracy - confidence|, weighted by how many predictions it holds.",
            page=TRUST,
        )


def test_too_sure_and_too_modest_do_not_cancel():
    confidence = [0.9] * 10 + [0.5] * 10
    correct = [1] * 5 + [0] * 5 + [1] * 9 + [0]
    expect_close(
        expected_calibration_error(confidence, correct),
        0.4,
        tol=1e-12,
        what="expected_calibration_error of 0.9 that is right half the time and 0.5 that is right nine times in ten",
        idea="The size of the gap is taken in each bin, before the mean over bins.",
        page=TRUST,
    )


def test_the_error_knows_its_bins():
    confidence = [0.9] * 10 + [0.5] * 10
    correct = [1] * 5 + [0] * 5 + [1] * 9 + [0]
    expect_close(
        expected_calibration_error(confidence, correct, bins=1),
        0.0,
        tol=1e-12,
        what="expected_calibration_error of the same twenty answers with one bin",
        idea="One bin holds them all: what is its gap?",
        page=TRUST,
    )


def test_a_calibrated_model_has_a_small_error():
    z, y = draw(20000, 0)
    honest = expected_calibration_error(*confidence_and_hits(z, y))
    loud = expected_calibration_error(*confidence_and_hits(3 * z, y))
    expect_true(
        honest < 0.02 < 0.2 < loud,
        what="the error of logits from which the targets were drawn, and of the same logits times 3",
        expected="below 0.02, and above 0.2",
        got=f"{honest:.4f} and {loud:.4f}",
        idea="If targets follow softmax(z), the confidence is right by construction.",
        page=TRUST,
    )


def test_the_temperature_undoes_a_scale():
    z, y = draw(2000, 1)
    plain = fit_temperature(z, y)
    expect_true(
        0.9 < plain < 1.1,
        what="the temperature of logits from which the targets were drawn",
        expected="near 1",
        got=plain,
        idea="Nothing to mend.",
        page=TRUST,
    )
    for k in (0.2, 3.0):
        expect_close(
            fit_temperature(k * z, y),
            k * plain,
            tol=1e-8,
            what=f"the temperature of the same logits times {k:g}",
            idea="softmax(k z / (k T)) is softmax(z / T): the temperature scales with the logits.",
            page=TRUST,
        )


def test_the_temperature_has_the_smallest_loss():
    z, y = draw(500, 2, scale=2.5)
    best = fit_temperature(z, y)
    losses = [mean_nll(z / (best * factor), y) for factor in (0.97, 1.0, 1.03)]
    expect_true(
        losses[1] < losses[0] and losses[1] < losses[2],
        what="the loss at 0.97 T, T and 1.03 T",
        expected="smallest in the middle",
        got=losses,
        idea="In 1/T the loss is convex. What is its slope, and where is it 0?",
        page=TRUST,
    )
    beta = np.exp(log_normalize(z / best))
    expect_close(
        float((beta * z).sum(axis=1).mean()),
        float(z[np.arange(500), y].mean()),
        tol=1e-8,
        what="at T, the mean logit that the model expects, against the mean logit of the targets",
        idea="That is what slope 0 says. Bisect until the floats run out.",
        page=TRUST,
    )


def test_answers_stay_the_same_and_confidence_comes_down():
    z, y = draw(500, 3, scale=4.0)
    temperature = fit_temperature(z, y)
    before, hits = confidence_and_hits(z, y)
    after, same = confidence_and_hits(z / temperature, y)
    expect_true(
        bool((hits == same).all()) and float(after.mean()) < float(before.mean()),
        what="answers and mean confidence before and after dividing by T",
        expected="the same answers, less confidence",
        got=f"{int((hits != same).sum())} changed, {before.mean():.3f} to {after.mean():.3f}",
        idea="Dividing all logits of a row by one positive number keeps their order.",
        page=TRUST,
    )


def test_a_temperature_that_does_not_exist_is_refused():
    z, y = draw(200, 4)
    for what, logits, targets, options, word in [
        ("a set with every answer right", z, z.argmax(axis=1), {}, "temperature"),
        ("logits that know nothing", np.zeros((4, 3)), [0, 1, 2, 0], {}, "temperature"),
        ("logits that are wrong on purpose", -3 * z, y, {}, "temperature"),
        ("a range that misses it", 10 * z, y, {"low": 0.5, "high": 2.0}, "0.5"),
        ("a range from 0", z, y, {"low": 0.0}, "low"),
        ("a range upside down", z, y, {"low": 2.0, "high": 1.0}, "low"),
        ("a range without end", z, y, {"high": math.inf}, "high"),
        ("logits with inf", np.array([[0.0, math.inf]]), [0], {}, "logits"),
        ("targets of another length", z, y[:-1], {}, "targets"),
    ]:
        with expect_raises(
            ValueError,
            what=f"fit_temperature of {what}",
            idea="If the slope doesn't change its sign inside the range, there is no smallest loss in it. Say so.",
            page=TRUST,
            mentions=word,
        ):
            fit_temperature(logits, targets, **options)


def test_bad_predictions_are_refused():
    for what, confidence, correct, bins, kind, word in [
        ("a confidence of 1.2", [1.2], [True], 10, ValueError, "1.2"),
        ("a confidence of nan", [math.nan], [True], 10, ValueError, "nan"),
        ("no predictions", [], np.zeros(0, dtype=bool), 10, ValueError, "empty"),
        ("two rows of different length", [0.5, 0.5], [True], 10, ValueError, "(2,)"),
        ("a table", [[0.5]], [[True]], 10, ValueError, "(1, 1)"),
        ("a hit of 2", [0.5], [2], 10, ValueError, "correct"),
        ("a hit of 0.5", [0.5], [0.5], 10, TypeError, "correct"),
        ("confidence as text", ["0.5"], [True], 10, TypeError, "confidence"),
        ("no bins", [0.5], [True], 0, ValueError, "bins"),
        ("10.0 bins", [0.5], [True], 10.0, TypeError, "bins"),
    ]:
        for f in (reliability, expected_calibration_error):
            with expect_raises(
                kind,
                what=f"{f.__name__} of {what}",
                idea="`predictions` is given and reads both arguments.",
                page=TRUST,
                mentions=word,
            ):
                f(confidence, correct, bins)
