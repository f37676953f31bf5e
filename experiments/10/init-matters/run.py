"""The same network, data, optimizer and seed; four ways to draw the weights. Which of them learn?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from deep import draw, make_task, mlp, train

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, optim
from minitorch.nn import init

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
DEPTH, WIDTH, STEPS, LR, MOMENTUM = 12, 128, 600, 1e-3, 0.9
SCHEMES: dict[str, Callable[[Tensor, np.random.Generator], object]] = {
    "uniform": lambda w, rng: init.uniform_(w, -0.5, 0.5, rng),
    "default": lambda w, rng: init.uniform_(w, -(w.shape[1] ** -0.5), w.shape[1] ** -0.5, rng),
    "xavier": lambda w, rng: init.xavier_normal_(w, rng=rng),
    "kaiming": lambda w, rng: init.kaiming_normal_(w, rng=rng),
}


def main() -> None:
    """Four trainings, two plots, one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)
    seed_everything(options.seed)

    task = make_task(options.seed)
    runs = {}
    for name, fill in SCHEMES.items():
        model = mlp(DEPTH, WIDTH, fill, options.seed)
        optimizer = optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
        runs[name] = train(model, task, optimizer, STEPS, options.seed)
    print(f"{'':10}{'first loss':>12}{'last 50':>10}{'held out':>10}{'first gradient':>16}")
    metrics: dict[str, float] = {}
    for name, run in runs.items():
        end = f"nan at {run.nan_at}" if run.nan_at >= 0 else f"{run.last():.3f}"
        first = f"{run.losses[0]:.4g}"
        print(f"{name:10}{first:>12}{end:>10}{run.held_out:>10.3f}{run.grad_norms[0]:>16.2e}")
        metrics[f"{name}_nan_at"] = run.nan_at
        metrics[f"{name}_first_loss"] = run.losses[0]
        metrics[f"{name}_first_gradient"] = run.grad_norms[0]
        metrics[f"{name}_held_out"] = run.held_out
        if run.nan_at < 0:
            metrics[f"{name}_last_loss"] = run.last()
    draw({n: r.losses for n, r in runs.items() if r.nan_at < 0}, out / "losses.svg", "loss")
    losses = {name: run.losses for name, run in runs.items()}
    text = json.dumps(losses).replace("Infinity", "null").replace("NaN", "null")
    (out / "losses.json").write_text(text + "\n", encoding="utf-8")
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"depth": DEPTH, "width": WIDTH, "steps": STEPS, "lr": LR, "momentum": MOMENTUM},
        metrics=metrics,
        artifacts=[out / "losses.svg", out / "losses.json"],
        started_at=started,
    )
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
