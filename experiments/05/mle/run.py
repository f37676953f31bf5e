"""What a finite corpus costs: distributions fitted to N draws, against the truth, on these draws and on new ones."""

from __future__ import annotations

import numpy as np

from given.drawing import BLUE, MUTED, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.probability import cross_entropy_between, entropy, fit_categorical, kl_divergence

TRUTH = np.array([0.4, 0.25, 0.2, 0.1, 0.05])  # how often each of the five tenses is used
SIZES = [10, 30, 100, 300, 1000, 3000, 10000]
REPEATS = 1000


def excesses(n: int, pseudocount: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """By how much the fitted distribution beats the truth on its own draws, and loses to it on new ones; nats."""
    counts = rng.multinomial(n, TRUTH, size=REPEATS)
    fitted = np.array([fit_categorical(row, pseudocount) for row in counts])
    truth = np.broadcast_to(TRUTH, fitted.shape)
    seen = counts / n
    ahead = cross_entropy_between(seen, truth) - cross_entropy_between(seen, fitted)
    return ahead, kl_divergence(truth, fitted)


def draw(means: dict[int, tuple[float, float]], run: Run) -> None:
    """Both mean excesses against N, and the line (V - 1) / 2N."""
    with run.plot("excess.svg", 7.2, 4.0) as figure:
        axes = figure.subplots()
        half = (len(TRUTH) - 1) / 2 / np.array(SIZES)
        axes.plot(SIZES, half, color=MUTED, linewidth=1, linestyle="--", label="(V - 1) / 2N")
        behind, ahead = [means[n][1] for n in SIZES], [means[n][0] for n in SIZES]
        axes.plot(SIZES, behind, "o", color=ORANGE, label="behind the truth on new draws")
        axes.plot(SIZES, ahead, "s", color=BLUE, label="ahead of it on its own", fillstyle="none")
        axes.set(xscale="log", yscale="log", xlabel="draws N", ylabel="difference of loss (nats)")
        axes.legend()


def main(run: Run) -> None:
    """Fits, measures, draws, records."""
    rng = np.random.default_rng(run.seed)

    means: dict[int, tuple[float, float]] = {}
    infinite: dict[int, int] = {}
    for n in SIZES:
        ahead, behind = excesses(n, 0.0, rng)
        infinite[n] = int(np.isinf(behind).sum())
        means[n] = float(ahead.mean()), float(behind[np.isfinite(behind)].mean())
    smoothed = {n: float(excesses(n, 0.5, rng)[1].mean()) for n in (10, 1000)}
    draw(means, run)
    half = (len(TRUTH) - 1) / 2 / 1000
    run.record(
        config={"truth": TRUTH.tolist(), "sizes": SIZES, "repeats": REPEATS},
        metrics={
            "entropy": float(entropy(TRUTH)),
            "ahead_1000": means[1000][0],
            "behind_1000": means[1000][1],
            "ahead_over_theory": means[1000][0] / half,
            "behind_over_theory": means[1000][1] / half,
            "infinite_10": infinite[10],
            "infinite_100": infinite[100],
            "smoothed_behind_10": smoothed[10],
            "smoothed_behind_1000": smoothed[1000],
        },
    )
    print(f"entropy of the truth {entropy(TRUTH):.4f} nats")
    for n in SIZES:
        print(
            f"N = {n:5}: {means[n][0]:.5f} ahead of the truth on its draws, {means[n][1]:.5f} behind on new ones"
            + (f", {infinite[n]} of {REPEATS} infinite" if infinite[n] else "")
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
