"""Five optimizers race down Rosenbrock's valley, each at the rate that the same tuning on other starts found for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.optim import (
    Array,
    adam_step,
    adamw_step,
    descend,
    momentum_step,
    nesterov_step,
    rosenbrock,
    rosenbrock_gradient,
    rosenbrock_hessian,
    sgd_step,
)

START, MINIMUM = np.array([-1.5, 2.0]), np.array([1.0, 1.0])
N_STEPS, NEAR = 2000, 0.01
COARSE = [10 ** (k / 5) for k in range(-20, 1)]
FINE = [10 ** (j / 30) for j in range(-5, 6) if j]
Starts = list[tuple[float, float]]
TUNING_STARTS: Starts = [(-1.8, 0.5), (-1.0, 2.5), (0.0, -0.5), (0.5, 2.0), (1.8, 2.0)]
OTHER_STARTS = 20
RACERS: dict[str, tuple[Any, dict[str, float]]] = {
    "sgd": (sgd_step, {}),
    "momentum": (momentum_step, {}),
    "nesterov": (nesterov_step, {}),
    "adam": (adam_step, {}),
    "adamw": (adamw_step, {"weight_decay": 0.001}),
}
COLORS = (BLUE, ORANGE, GREEN, RED, PURPLE)


def path_of(name: str, lr: float, start: Array = START) -> Array:
    """(N_STEPS + 1, 2)."""
    step, options = RACERS[name]
    return descend(step, rosenbrock_gradient, start, lr, N_STEPS, **options)


def arrival(path: Array) -> int:
    """The first step from which the path stays within NEAR of the minimum; -1 if it doesn't, -2 if it got lost."""
    distance = np.linalg.norm(path - MINIMUM, axis=1)
    if np.isnan(distance[-1]):
        return -2
    outside = np.flatnonzero(distance >= NEAR)
    after = int(outside[-1]) + 1 if len(outside) else 0
    return after if after < len(path) else -1


def score(path: Array) -> tuple[int, float]:
    """Smaller is better: arrived (by step), still on the way (by final distance), lost."""
    step = arrival(path)
    if step >= 0:
        return 0, float(step)
    return (1, float(np.linalg.norm(path[-1] - MINIMUM))) if step == -1 else (2, 0.0)


def worst(name: str, lr: float, starts: Starts) -> tuple[int, float]:
    """The worst score over the tuning starts: a rate has to bear all of them."""
    return max(score(path_of(name, lr, np.array(start))) for start in starts)


def tune(name: str, starts: Starts) -> tuple[float, dict[float, tuple[int, float]]]:
    """The best of 31 rates, 21 from 1e-4 to 1 and 10 around the best of those; and the worst scores of the first 21."""
    coarse = {lr: worst(name, lr, starts) for lr in COARSE}
    center = min(COARSE, key=lambda lr: coarse[lr])
    tried = coarse | {lr: worst(name, lr, starts) for lr in (center * f for f in FINE)}
    return min(tried, key=lambda lr: tried[lr]), coarse


def draw(paths: dict[str, Array], rates: dict[str, float], run: Run) -> None:
    """Five trajectories on the same contours, and the five distances against the step."""
    x, y = np.linspace(-2, 2, 161), np.linspace(-1, 3, 161)
    heights = np.array([[rosenbrock(np.array([a, b])) for a in x] for b in y])
    with run.plot("race.svg", 10.5, 7, frame=True) as figure:
        panels = figure.subplots(2, 3).ravel()
        for axes, (name, path), color in zip(panels, paths.items(), COLORS, strict=False):
            axes.contour(
                x, y, heights, levels=np.logspace(-1, 3, 12), colors="#c5ccd3", linewidths=0.6
            )
            axes.plot(*path.T, "-", color=color, linewidth=1)
            axes.plot(*path[:60].T, "o", color=color, markersize=2)
            axes.plot(*MINIMUM, "*", color=INK, markersize=10)
            axes.set(xlim=(-2, 2), ylim=(-1, 3), title=f"{name}, lr {rates[name]:.3g}")
        for (name, path), color in zip(paths.items(), COLORS, strict=True):
            panels[5].plot(np.linalg.norm(path - MINIMUM, axis=1), color=color, label=name)
        panels[5].axhline(NEAR, color=MUTED, linestyle="--", linewidth=1)
        panels[5].set(yscale="log", xlabel="step", title="distance from the minimum")
        panels[5].legend()


def main(run: Run) -> None:
    """Tunes, races, tries the tuned rates elsewhere, records."""
    rng = np.random.default_rng(run.seed)
    others = rng.uniform([-2.0, -1.0], [2.0, 3.0], size=(OTHER_STARTS, 2))

    top = float(np.linalg.eigvalsh(rosenbrock_hessian(MINIMUM))[-1])
    metrics: dict[str, float | int | bool | str] = {
        "curvature_at_minimum": top,
        "sgd_stable_rate": 2 / top,
        "momentum_stable_rate": 2 * 1.9 / top,
        "nesterov_stable_rate": 2 * 1.9 / 2.8 / top,
    }
    rates, paths, table = {}, {}, {}
    for name in RACERS:
        rates[name], coarse = tune(name, TUNING_STARTS)
        paths[name] = path_of(name, rates[name])
        elsewhere = [arrival(path_of(name, rates[name], start)) for start in others]
        table[name] = {
            "lr": rates[name],
            "arrival": arrival(paths[name]),
            "final_distance": float(np.linalg.norm(paths[name][-1] - MINIMUM)),
            "coarse_rates_that_bear_all_starts": sum(s[0] < 2 for s in coarse.values()),
            "other_starts_arrived": sum(a >= 0 for a in elsewhere),
            "other_starts_lost": elsewhere.count(-2),
        }
        metrics |= {f"{name}_{key}": value for key, value in table[name].items()}
    spoilt, _ = tune("momentum", [(-1.5, 2.0)])
    elsewhere = [arrival(path_of("momentum", spoilt, start)) for start in others]
    metrics |= {
        "spoilt_momentum_lr": spoilt,
        "spoilt_momentum_arrival": arrival(path_of("momentum", spoilt)),
        "spoilt_momentum_other_starts_arrived": sum(a >= 0 for a in elsewhere),
        "spoilt_momentum_other_starts_lost": elsewhere.count(-2),
    }
    plain = descend(adam_step, rosenbrock_gradient, START, rates["adam"], N_STEPS)
    same = descend(adamw_step, rosenbrock_gradient, START, rates["adam"], N_STEPS, weight_decay=0.0)
    metrics["adamw_without_decay_is_adam"] = bool(np.array_equal(plain, same))

    draw(paths, rates, run)
    np.savez(run.file("trajectories.npz"), **paths)  # type: ignore[arg-type]
    run.save("final_distances.json", table)
    run.record(
        config={
            "start": START.tolist(),
            "n_steps": N_STEPS,
            "near": NEAR,
            "tuning": f"{len(COARSE)} + {len(FINE)} learning rates each, judged by the worst of "
            f"{len(TUNING_STARTS)} other starts; nothing else tuned",
            "tuning_starts": TUNING_STARTS,
            "other_starts": OTHER_STARTS,
            "beta": 0.9,
            "beta1": 0.9,
            "beta2": 0.999,
            "weight_decay": 0.001,
        },
        metrics=metrics,
    )
    print(
        f"{'':9} {'lr':>9} {'arrives':>8} {'distance':>9}  usable rates  {OTHER_STARTS} other starts"
    )
    for name, row in table.items():
        print(
            f"{name:9} {row['lr']:9.4g} {row['arrival']:8d} {row['final_distance']:9.1e}  "
            f"{row['coarse_rates_that_bear_all_starts']:5d} of {len(COARSE)}  "
            f"{row['other_starts_arrived']:3d} arrive, {row['other_starts_lost']} lost"
        )
    print(
        f"momentum tuned for this one start: lr {spoilt:.4g}, "
        f"arrives at {metrics['spoilt_momentum_arrival']}, "
        f"elsewhere {metrics['spoilt_momentum_other_starts_lost']} lost"
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
