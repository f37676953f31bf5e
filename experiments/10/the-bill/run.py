"""What one training step of fifty blocks costs: bytes that stay, bytes that wait for backward, operations of products."""

from __future__ import annotations

import math

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, functional, nn, optim
from minitorch.nn.costs import activation_bytes, backward_flops, forward_flops, resident_bytes

BLOCKS, D, BATCHES = 50, 64, (16, 64, 256)


class ComposedNorm(nn.RMSNorm):
    """RMSNorm of single operations."""

    def forward(self, x: Tensor) -> Tensor:
        return x / ((x * x).mean(axis=-1, keepdims=True) + self.eps).sqrt() * self.weight


class ComposedGELU(nn.Module):
    """GELU's tanh form of single operations."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 0.5 * (((x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)).tanh() + 1)


def network(seed: int, composed: bool = False) -> nn.Sequential:
    """Fifty blocks, a last norm, a head for two classes; with fused norms and activations, or composed ones."""
    rng = np.random.default_rng(seed)
    norm = ComposedNorm if composed else nn.RMSNorm
    blocks = [
        nn.Residual(
            nn.Sequential(
                norm(D),
                nn.Linear(D, 4 * D, rng=rng),
                ComposedGELU() if composed else nn.GELU("tanh"),
                nn.Linear(4 * D, D, rng=rng),
            )
        )
        for _ in range(BLOCKS)
    ]
    return nn.Sequential(*blocks, norm(D), nn.Linear(D, 2, rng=rng))


def loss_of(model: nn.Module, rows: int, seed: int) -> Tensor:
    """The loss of so many random rows, with its graph."""
    rng = np.random.default_rng([seed, rows])
    x = rng.standard_normal((rows, D)).astype(np.float32)
    return functional.cross_entropy(model(Tensor(x)), rng.integers(0, 2, rows))


def draw(waiting: dict[int, int], staying: dict[str, int], run: Run) -> None:
    """What stays in parts, as a bar; what waits, over the batch."""
    with run.plot("bytes.svg", 7.2, 3.6) as figure:
        axes = figure.subplots()
        bottom = 0.0
        for (name, size), color in zip(staying.items(), (BLUE, GREEN, ORANGE), strict=True):
            axes.bar(["stays"], size / 1e6, bottom=bottom, color=color, label=name)
            bottom += size / 1e6
        for rows, size in waiting.items():
            axes.bar([f"waits, {rows} rows"], size / 1e6, color="gray")
        axes.set(ylabel="MB")
        axes.legend()


def main(run: Run) -> None:
    """Three accounts of one network, and what waits if nothing is fused."""
    model = network(run.seed)
    optimizer = optim.AdamW(model.parameters())
    waiting = {rows: activation_bytes(loss_of(model, rows, run.seed)) for rows in BATCHES}
    loss = loss_of(model, 64, run.seed)
    forward, backward = forward_flops(loss), backward_flops(loss)
    loss.backward()
    optimizer.step()
    staying = resident_bytes(model, optimizer)
    parameters, stays = staying["parameters"], sum(staying.values())
    composed = activation_bytes(loss_of(network(run.seed, composed=True), 64, run.seed))
    a_row = (waiting[256] - waiting[16]) / 240
    metrics = {
        "parameter_bytes": parameters,
        "stays_over_parameters": stays / parameters,
        "waits_64": waiting[64],
        "share_that_waits": waiting[64] / (waiting[64] + stays),
        "even_batch": stays / a_row,
        "composed_over_fused": composed / waiting[64],
        "forward_flops": forward,
        "backward_over_forward": backward / forward,
        "six_per_parameter_over_counted": 6 * (parameters / 4) * 64 / (forward + backward),
    }
    for name, value in metrics.items():
        print(f"{name:32}{value:>16,.3f}")
    draw(waiting, staying, run)
    run.save("bytes.json", {"waiting": waiting, "staying": staying, "composed": composed})
    run.record(config={"blocks": BLOCKS, "d": D, "batches": list(BATCHES)}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
