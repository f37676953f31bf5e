"""The intervals of phase 20 beside `statsmodels`, and its bootstrap beside scipy's, within Monte-Carlo error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar as theirs
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from minilm.intervals import holm, mcnemar, paired_bootstrap, wilson


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_wilson_is_that_of_statsmodels(confidence) -> None:
    for n in (1, 2, 7, 60, 1000):
        for hits in {0, 1, n // 3, n // 2, n - 1, n}:
            want = proportion_confint(hits, n, alpha=1 - confidence, method="wilson")
            assert wilson(hits, n, confidence) == pytest.approx(want, abs=1e-12)


def test_mcnemar_is_that_of_statsmodels() -> None:
    for lost in range(25):
        for gained in range(25):
            want = theirs([[10, lost], [gained, 10]], exact=True).pvalue
            assert mcnemar(lost, gained) == pytest.approx(float(want), abs=1e-12)


def test_holm_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 13, 50):
        ps = rng.random(n) ** 3
        want = multipletests(ps, method="holm")[1]
        assert holm(list(ps)) == pytest.approx(list(want), abs=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_paired_bootstrap_is_that_of_scipy_within_monte_carlo_error(seed) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.random(300) < 0.7, rng.random(300) < 0.75
    second[:200] = first[:200]
    a, b, resamples = first.astype(float), second.astype(float), 20_000
    got = paired_bootstrap(a, b, np.random.default_rng(seed), resamples)
    want = bootstrap(
        (a, b),
        lambda x, y, axis=-1: np.mean(y, axis=axis) - np.mean(x, axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed + 100),
    ).confidence_interval
    # A quantile q of m draws has the standard error sqrt(q (1 - q) / m) / density; both are drawn, and steps are 1 / n wide.
    spread = (b - a).std() / math.sqrt(len(a))
    density = math.exp(-(1.96**2) / 2) / math.sqrt(2 * math.pi) / spread
    error = math.sqrt(2 * 0.025 * 0.975 / resamples) / density
    assert got == pytest.approx((want.low, want.high), abs=4 * error + 1 / len(a))
