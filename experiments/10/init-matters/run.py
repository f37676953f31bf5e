"""The same network, data, optimizer and seed; four ways to draw the weights. Which of them learn?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from deep import draw, make_task, mlp, plain, train

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, optim
from minitorch.nn import init

DEPTH, WIDTH, STEPS, LR, MOMENTUM = 12, 128, 600, 1e-3, 0.9
SCHEMES: dict[str, Callable[[Tensor, np.random.Generator], object]] = {
    "uniform": lambda w, rng: init.uniform_(w, -0.5, 0.5, rng),
    "default": lambda w, rng: init.uniform_(w, -(w.shape[1] ** -0.5), w.shape[1] ** -0.5, rng),
    "xavier": lambda w, rng: init.xavier_normal_(w, rng=rng),
    "kaiming": lambda w, rng: init.kaiming_normal_(w, rng=rng),
}


def main(run: Run) -> None:
    """Four trainings, two plots, one table."""
    task = make_task(run.seed)
    runs = {}
    for name, fill in SCHEMES.items():
        model = mlp(DEPTH, WIDTH, fill, run.seed)
        optimizer = optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
        runs[name] = train(model, task, optimizer, STEPS, run.seed)
    print(f"{'':10}{'first loss':>12}{'last 50':>10}{'held out':>10}{'first gradient':>16}")
    metrics: dict[str, float] = {}
    for name, seen in runs.items():
        end = f"nan at {seen.nan_at}" if seen.nan_at >= 0 else f"{seen.last():.3f}"
        first = f"{seen.losses[0]:.4g}"
        print(f"{name:10}{first:>12}{end:>10}{seen.held_out:>10.3f}{seen.grad_norms[0]:>16.2e}")
        metrics[f"{name}_nan_at"] = seen.nan_at
        metrics[f"{name}_first_loss"] = seen.losses[0]
        metrics[f"{name}_first_gradient"] = seen.grad_norms[0]
        metrics[f"{name}_held_out"] = seen.held_out
        if seen.nan_at < 0:
            metrics[f"{name}_last_loss"] = seen.last()
    draw({n: r.losses for n, r in runs.items() if r.nan_at < 0}, run, "losses.svg", "loss")
    run.save("losses.json", {n: plain(r.losses) for n, r in runs.items()}, indent=None)
    run.record(
        config={"depth": DEPTH, "width": WIDTH, "steps": STEPS, "lr": LR, "momentum": MOMENTUM},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
