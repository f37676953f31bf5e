"""Fifty blocks: with and without a norm, with and without the identity beside it, and with the norm after the sum."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, nn, optim
from minitorch.nn import init

sys.path.insert(0, str(Path(__file__).parents[1] / "init-matters"))
from deep import BATCH, INPUTS, draw, make_task, plain, train

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


def main(run: Run) -> None:
    """Five trainings, two plots, one table."""
    task = make_task(run.seed)
    metrics: dict[str, float] = {}
    losses, by_block, along = {}, {}, {}
    print(
        f"{'':20}{'first loss':>12}{'last 10':>10}{'held out':>10}{'block 1, first':>16}{'least':>10}"
    )
    for name, (norm, residual) in KINDS.items():
        model = network(norm, residual, run.seed)
        by_block[name] = gradients_by_block(model, task.x[:BATCH], task.y[:BATCH])
        model.zero_grad()
        optimizer = optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
        seen = train(model, task, optimizer, STEPS, run.seed)
        losses[name], along[name] = seen.losses, seen.grad_norms
        end = f"nan at {seen.nan_at}" if seen.nan_at >= 0 else f"{seen.last(10):.3f}"
        first, least = seen.grad_norms[0], min(seen.grad_norms)
        print(
            f"{name:20}{seen.losses[0]:>12.4g}{end:>10}{seen.held_out:>10.3f}{first:>16.1e}{least:>10.1e}"
        )
        metrics[f"{name}_nan_at"] = seen.nan_at
        metrics[f"{name}_first_loss"] = seen.losses[0]
        metrics[f"{name}_first_gradient"] = first
        metrics[f"{name}_least_gradient"] = least
        metrics[f"{name}_first_over_last_block"] = by_block[name][0] / by_block[name][-1]
        metrics[f"{name}_held_out"] = seen.held_out
        if seen.nan_at < 0:
            metrics[f"{name}_last_loss"] = seen.last(10)
    draw({n: v for n, v in losses.items() if n != "residual"}, run, "losses.svg", "loss")
    draw(along, run, "gradients.svg", "gradient norm, block 1", log=True, smooth=1)
    series = {"losses": losses, "gradients": along, "by_block": by_block}
    kept = {key: {n: plain(v) for n, v in lines.items()} for key, lines in series.items()}
    run.save("runs.json", kept, indent=None)
    run.record(
        config={"blocks": BLOCKS, "d": INPUTS, "steps": STEPS, "lr": LR, "momentum": MOMENTUM},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
