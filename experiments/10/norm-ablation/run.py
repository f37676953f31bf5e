"""The networks of 10-init-matters again, with a norm before each ReLU: what a norm repairs, and what it costs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, nn, optim
from minitorch.nn import init

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
sys.path.insert(0, str(HERE.parent / "init-matters"))
from deep import draw, make_task, mlp, train  # noqa: E402

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


def main() -> None:
    """Twelve trainings and their table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)
    seed_everything(options.seed)

    task = make_task(options.seed)
    metrics: dict[str, float] = {}
    losses: dict[str, list[float]] = {}
    print(f"{'weights':10}{'norm':8}{'first loss':>12}{'last 50':>10}{'held out':>10}")
    for scheme, fill in SCHEMES.items():
        for name, norm in NORMS.items():
            model = mlp(DEPTH, WIDTH, fill, options.seed, norm)
            optimizer = optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
            run = train(model, task, optimizer, STEPS, options.seed)
            end = f"nan at {run.nan_at}" if run.nan_at >= 0 else f"{run.last():.3f}"
            print(f"{scheme:10}{name:8}{run.losses[0]:>12.4g}{end:>10}{run.held_out:>10.3f}")
            key = f"{scheme}_{name}"
            losses[key] = run.losses
            metrics[f"{key}_nan_at"] = run.nan_at
            metrics[f"{key}_held_out"] = run.held_out
            if run.nan_at < 0:
                metrics[f"{key}_last_loss"] = run.last()
    draw({n: losses[f"default_{n}"] for n in NORMS}, out / "losses.svg", "loss")
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
