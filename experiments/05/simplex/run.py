"""Random distributions: where their entropies lie, whether the identities hold, how lopsided the divergence is."""

from __future__ import annotations

import math

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE, PURPLE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.probability import cross_entropy_between, entropy, kl_divergence

SIZES = [2, 5, 10, 100, 600]
DRAWS = 1000
COLORS = [RED, ORANGE, GREEN, BLUE, PURPLE]
UNIFORM, COIN = [0.2] * 5, [0.5, 0.5, 0.0, 0.0, 0.0]
POINT, SURE = [1.0, 0.0, 0.0, 0.0, 0.0], [0.6, 0.1, 0.1, 0.1, 0.1]


def expected_ratio(v: int) -> float:
    """The mean of H / ln V over the whole simplex: (1 + 1/2 + ... + 1/V - 1) / ln V."""
    return (sum(1 / k for k in range(1, v + 1)) - 1) / math.log(v)


def draw_ratios(ratios: dict[int, np.ndarray], run: Run) -> None:
    """A histogram of H / ln V for each V."""
    with run.plot("entropies.svg", 7.2, 4.0) as figure:
        axes = figure.subplots()
        edges = np.linspace(0, 1, 41)
        for v, color in zip(ratios, COLORS, strict=True):
            axes.hist(ratios[v], bins=edges, histtype="step", color=color, label=f"V = {v}")
        axes.set(yscale="log", xlabel="entropy as a share of ln V", ylabel="draws of 1000")
        axes.legend(loc="upper left")


def main(run: Run) -> None:
    """Draws, measures, records."""
    rng = np.random.default_rng(run.seed)

    ratios, above = {}, 0
    for v in SIZES:
        h = entropy(rng.dirichlet(np.ones(v), size=DRAWS))
        above += int((h > math.log(v) + 1e-12).sum())
        ratios[v] = h / math.log(v)
    p, q = rng.dirichlet(np.ones(5), size=DRAWS), rng.dirichlet(np.ones(5), size=DRAWS)
    apart, back = kl_divergence(p, q), kl_divergence(q, p)
    identity = np.abs(entropy(p) + apart - cross_entropy_between(p, q)).max()
    lopsided = np.maximum(apart, back) / np.minimum(apart, back)

    cases = {
        "a coin, believed even": (COIN, UNIFORM),
        "even, believed a coin": (UNIFORM, COIN),
        "certain, believed 0.6": (POINT, SURE),
        "0.6, believed certain": (SURE, POINT),
    }
    table = {
        name: {
            "H(p)": float(entropy(truth)),
            "D(p||q)": str(round(float(kl_divergence(truth, model)), 6)),
            "H(p,q)": str(round(float(cross_entropy_between(truth, model)), 6)),
        }
        for name, (truth, model) in cases.items()
    }
    run.save("asymmetry.json", table, indent=2)
    draw_ratios(ratios, run)
    metrics: dict[str, float | int | bool | str] = {}
    for v in SIZES:
        metrics[f"ratio_{v}"] = float(ratios[v].mean())
        metrics[f"expected_{v}"] = expected_ratio(v)
    metrics |= {
        "above_ln_v": above,
        "negative": int((apart < 0).sum()),
        "smallest_divergence": float(apart.min()),
        "identity_error": float(identity),
        "median_lopsidedness": float(np.median(lopsided)),
        "mean_off": max(abs(float(ratios[v].mean()) - expected_ratio(v)) for v in SIZES),
    }
    run.record(
        config={"sizes": SIZES, "draws": DRAWS, "prior": "Dirichlet(1, ..., 1)"},
        metrics=metrics,
    )
    for v in SIZES:
        print(
            f"V = {v:3}: mean H / ln V = {ratios[v].mean():.3f}, expected {expected_ratio(v):.3f}"
        )
    print(
        f"{DRAWS} pairs: {metrics['negative']} negative divergences, "
        f"identity off by at most {identity:.1e}, median lopsidedness {np.median(lopsided):.2f}"
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
