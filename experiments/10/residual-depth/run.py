"""Fifty blocks: with and without a norm, with and without the identity beside it, and with the norm after the sum."""

from __future__ import annotations

import argparse
import json
import sys
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
from deep import BATCH, INPUTS, draw, make_task, train  # noqa: E402

BLOCKS, STEPS, LR, MOMENTUM = 50, 300, 1e-3, 0.9
# name: (norm, residual)
KINDS = {
    "plain": ("none", False),
    "norm": ("pre", False),
    "residual": ("none", True),
    "pre_norm_residual": ("pre", True),
    "post_norm_residual": ("post", True),
}


class Block(nn.Module):
    """Linear(d, 4d), GELU, Linear(4d, d) with weights of variance 1 / fan_in; a norm and an identity on request."""

    def __init__(self, norm: str, residual: bool, rng: np.random.Generator) -> None:
        super().__init__()
        d = INPUTS
        up, down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        for layer in (up, down):
            init.kaiming_normal_(layer.weight, activation="linear", rng=rng)
            assert layer.bias is not None
            init.constant_(layer.bias, 0)
        inside = nn.Sequential(
            *([nn.RMSNorm(d)] if norm == "pre" else []), up, nn.GELU("tanh"), down
        )
        self.body: nn.Module = nn.Residual(inside) if residual else inside
        self.after = nn.RMSNorm(d) if norm == "post" else None

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return y if self.after is None else self.after(y)


def network(norm: str, residual: bool, seed: int) -> nn.Sequential:
    """The blocks, a last norm where there are norms at all, and a head for two classes."""
    rng = np.random.default_rng([seed, 2])
    head = nn.Linear(INPUTS, 2)
    init.xavier_normal_(head.weight, rng=rng)
    assert head.bias is not None
    init.constant_(head.bias, 0)
    blocks = [Block(norm, residual, rng) for _ in range(BLOCKS)]
    return nn.Sequential(*blocks, *([nn.RMSNorm(INPUTS)] if norm == "pre" else []), head)


def gradients_by_block(model: nn.Sequential, x: np.ndarray, y: np.ndarray) -> list[float]:
    """The norm of each block's first weight's gradient, before any step."""
    from minitorch import functional

    with np.errstate(all="ignore"):
        functional.cross_entropy(model(Tensor(x)), y).backward()
    norms = []
    for block in list(model)[:BLOCKS]:
        weight = next(p for p in block.parameters() if p.ndim == 2)
        assert weight.grad is not None
        norms.append(float(np.linalg.norm(weight.grad.astype(np.float64))))
    return norms


def main() -> None:
    """Five trainings, two plots, one table."""
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
    losses, by_block, along = {}, {}, {}
    print(
        f"{'':20}{'first loss':>12}{'last 10':>10}{'held out':>10}{'block 1, first':>16}{'least':>10}"
    )
    for name, (norm, residual) in KINDS.items():
        model = network(norm, residual, options.seed)
        by_block[name] = gradients_by_block(model, task.x[:BATCH], task.y[:BATCH])
        model.zero_grad()
        optimizer = optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
        run = train(model, task, optimizer, STEPS, options.seed)
        losses[name], along[name] = run.losses, run.grad_norms
        end = f"nan at {run.nan_at}" if run.nan_at >= 0 else f"{run.last(10):.3f}"
        first, least = run.grad_norms[0], min(run.grad_norms)
        print(
            f"{name:20}{run.losses[0]:>12.4g}{end:>10}{run.held_out:>10.3f}{first:>16.1e}{least:>10.1e}"
        )
        metrics[f"{name}_nan_at"] = run.nan_at
        metrics[f"{name}_first_loss"] = run.losses[0]
        metrics[f"{name}_first_gradient"] = first
        metrics[f"{name}_least_gradient"] = least
        metrics[f"{name}_first_over_last_block"] = by_block[name][0] / by_block[name][-1]
        metrics[f"{name}_held_out"] = run.held_out
        if run.nan_at < 0:
            metrics[f"{name}_last_loss"] = run.last(10)
    draw({n: v for n, v in losses.items() if n != "residual"}, out / "losses.svg", "loss")
    draw(along, out / "gradients.svg", "gradient norm, block 1", log=True, smooth=1)
    text = json.dumps({"losses": losses, "gradients": along, "by_block": by_block})
    text = text.replace("Infinity", "null").replace("NaN", "null")
    (out / "runs.json").write_text(text + "\n", encoding="utf-8")
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"blocks": BLOCKS, "d": INPUTS, "steps": STEPS, "lr": LR, "momentum": MOMENTUM},
        metrics=metrics,
        artifacts=[out / "losses.svg", out / "gradients.svg", out / "runs.json"],
        started_at=started,
    )
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
