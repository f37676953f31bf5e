"""Five schedules drawn, timed against noise, and the rate that a warm-up makes possible."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE, PURPLE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.optim import (
    Array,
    descend,
    momentum_step,
    rosenbrock_gradient,
    rosenbrock_hessian,
    sgd_step,
)
from minigrad.schedules import constant, cosine, step_decay, warmup_cosine, wsd

TOTAL, WARMUP, STABLE = 2000, 100, 1400
LR, CURVATURE, NOISE, RUNS = 0.5, np.array([1.0, 0.02]), 1.0, 2000
START, MINIMUM = np.array([-1.5, 2.0]), np.array([1.0, 1.0])
SCHEDULES: dict[str, Callable[[int], float]] = {
    "constant": lambda t: constant(t, LR),
    "step_decay": lambda t: step_decay(t, LR, 600, 0.1),
    "cosine": lambda t: cosine(t, LR, 0.0, TOTAL),
    "warmup_cosine": lambda t: warmup_cosine(t, LR, 0.0, WARMUP, TOTAL),
    "wsd": lambda t: wsd(t, LR, 0.0, WARMUP, STABLE, TOTAL),
}
COLORS = (BLUE, ORANGE, GREEN, RED, PURPLE)


def noisy(schedule: Callable[[int], float], seed: int) -> Array:
    """The mean loss after each step of 2,000 runs at once, on sum(c x^2) / 2 with noise in every gradient.

    Each run is a row of the parameters. All schedules meet the same noise.
    """
    rng = np.random.default_rng(seed)
    theta = np.ones((RUNS, len(CURVATURE))) * 3.0
    losses = [float(0.5 * (CURVATURE * theta**2).sum(axis=1).mean())]
    for t in range(1, TOTAL + 1):
        grads = CURVATURE * theta + NOISE * rng.standard_normal(theta.shape)
        theta, _ = sgd_step(theta, grads, {}, schedule(t))
        losses.append(float(0.5 * (CURVATURE * theta**2).sum(axis=1).mean()))
    return np.array(losses)


def highest_peak(warmup: int) -> float:
    """The largest rate, in steps of 1e-4, with which momentum ends within 0.01 of Rosenbrock's minimum."""
    best = 0.0
    for rate in (i / 10_000 for i in range(10, 46)):
        path = descend(
            momentum_step,
            rosenbrock_gradient,
            START,
            lambda t, rate=rate: wsd(t, rate, 0.0, warmup, 3000, 3000),  # type: ignore[misc]
            2999,
        )
        if np.linalg.norm(path[-1] - MINIMUM) < 0.01:
            best = rate
    return best


def draw(rates: dict[str, list[float]], losses: dict[str, Array], run: Run) -> None:
    """The five rates above, the five mean losses below."""
    with run.plot("schedules.svg", 7.2, 7) as figure:
        above, below = figure.subplots(2, 1, sharex=True)
        for name, color in zip(SCHEDULES, COLORS, strict=True):
            above.plot(rates[name], color=color, label=name)
            below.plot(losses[name], color=color, label=name)
        above.set(ylabel="learning rate")
        below.set(yscale="log", xlabel="step", ylabel=f"mean loss of {RUNS} runs")
        above.legend()


def main(run: Run) -> None:
    """Draws, measures, records."""
    rates = {name: [f(t) for t in range(TOTAL + 1)] for name, f in SCHEDULES.items()}
    losses = {name: noisy(f, run.seed) for name, f in SCHEDULES.items()}
    floor = float((0.5 * LR * NOISE**2 / (2 - LR * CURVATURE)).sum())
    peaks = {warmup: highest_peak(warmup) for warmup in (0, 50, 200)}
    tops = [float(np.linalg.eigvalsh(rosenbrock_hessian(p))[-1]) for p in (START, MINIMUM)]

    draw(rates, losses, run)
    final = {name: float(values[-1]) for name, values in losses.items()}
    run.save("final_losses.json", final)
    run.record(
        config={
            "lr_max": LR,
            "total_steps": TOTAL,
            "warmup_steps": WARMUP,
            "stable_until": STABLE,
            "curvature": CURVATURE.tolist(),
            "noise": NOISE,
            "runs": RUNS,
        },
        metrics={
            **{f"{name}_final_loss": value for name, value in final.items()},
            "noise_floor_formula": floor,
            "constant_over_formula": final["constant"] / floor,
            "peak_without_warmup": peaks[0],
            "peak_with_50": peaks[50],
            "peak_with_200": peaks[200],
            "stable_rate_at_start": 2 * 1.9 / tops[0],
            "stable_rate_at_minimum": 2 * 1.9 / tops[1],
        },
    )
    for name, value in final.items():
        print(f"{name:14} ends at a mean loss of {value:.4f}")
    print(f"formula for a constant rate: {floor:.4f}")
    for warmup, peak in peaks.items():
        print(f"warm-up {warmup:3}: momentum bears a rate of {peak:.4f}")
    print(
        f"2 (1 + beta) / curvature: {2 * 1.9 / tops[0]:.4f} at the start, {2 * 1.9 / tops[1]:.4f} at the end"
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
