"""The networks of 10-init-matters again, with a norm before each ReLU: what a norm repairs, and what it costs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, nn, optim
from minitorch.nn import init

sys.path.insert(0, str(Path(__file__).parents[1] / "init-matters"))
from deep import draw, make_task, mlp, plain, train

DEPTH, WIDTH, STEPS, LR, MOMENTUM = 12, 128, 600, 1e-3, 0.9
SCHEMES: dict[str, Callable[[Tensor, np.random.Generator], object]] = {
    "uniform": lambda w, rng: init.uniform_(w, -0.5, 0.5, rng),
    "default": lambda w, rng: init.uniform_(w, -(w.shape[1] ** -0.5), w.shape[1] ** -0.5, rng),
    "kaiming": lambda w, rng: init.kaiming_normal_(w, rng=rng),
}
NORMS: dict[str, Callable[[int], nn.Module] | None] = {
    "none": None,
    "layer": nn.LayerNorm,
    "rms": nn.RMSNorm,
    "batch": nn.BatchNorm1d,
}


def main(run: Run) -> None:
    """Twelve trainings and their table."""
    task = make_task(run.seed)
    metrics: dict[str, float] = {}
    losses: dict[str, list[float]] = {}
    print(f"{'weights':10}{'norm':8}{'first loss':>12}{'last 50':>10}{'held out':>10}")
    for scheme, fill in SCHEMES.items():
        for name, norm in NORMS.items():
            model = mlp(DEPTH, WIDTH, fill, run.seed, norm)
            optimizer = optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
            seen = train(model, task, optimizer, STEPS, run.seed)
            end = f"nan at {seen.nan_at}" if seen.nan_at >= 0 else f"{seen.last():.3f}"
            print(f"{scheme:10}{name:8}{seen.losses[0]:>12.4g}{end:>10}{seen.held_out:>10.3f}")
            key = f"{scheme}_{name}"
            losses[key] = seen.losses
            metrics[f"{key}_nan_at"] = seen.nan_at
            metrics[f"{key}_held_out"] = seen.held_out
            if seen.nan_at < 0:
                metrics[f"{key}_last_loss"] = seen.last()
    draw({n: losses[f"default_{n}"] for n in NORMS}, run, "losses.svg", "loss")
    run.save("losses.json", {n: plain(v) for n, v in losses.items()}, indent=None)
    run.record(
        config={"depth": DEPTH, "width": WIDTH, "steps": STEPS, "lr": LR, "momentum": MOMENTUM},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
