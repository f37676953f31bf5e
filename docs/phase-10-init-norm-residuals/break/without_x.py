"""What the break shows: fifty blocks for 150 steps, and how alike two inputs have become, as one line of JSON."""

import json
import math

import numpy as np

from minitorch import Tensor, functional, nn, no_grad, optim
from minitorch.nn import init

D, BLOCKS, STEPS = 64, 50, 150


def network() -> nn.Sequential:
    """Fifty residual blocks with weights of variance 1 / fan_in, a norm and a head."""
    rng = np.random.default_rng(0)
    blocks = [nn.ResidualBlock(D) for _ in range(BLOCKS)]
    model = nn.Sequential(*blocks, nn.RMSNorm(D), nn.Linear(D, 2))
    for p in model.parameters():
        if p.ndim == 2:
            init.kaiming_normal_(p, activation="linear", rng=rng)
        elif p.shape != (D,) or not np.all(p.data == 1):
            init.constant_(p, 0)
    return model


def main() -> None:
    """Trains on the sign of a sum and looks at the first gradient, the losses and the directions."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((4000, D)).astype(np.float32)
    y = (x[:, :10].sum(axis=1) >= 0).astype(np.int64)
    model = network()
    with no_grad():
        out = x[:64]
        for block in list(model)[:BLOCKS]:
            out = block(Tensor(out)).data
    unit = out / np.linalg.norm(out, axis=1, keepdims=True)
    cosines = np.abs(unit @ unit.T)[~np.eye(64, dtype=bool)]
    optimizer = optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    weight = next(p for p in model.parameters() if p.ndim == 2)
    losses, first = [], 0.0
    for step in range(STEPS):
        rows = rng.integers(0, len(x), 64)
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(Tensor(x[rows])), y[rows])
        loss.backward()
        if step == 0 and weight.grad is not None:
            first = float(np.linalg.norm(weight.grad))
        losses.append(loss.item())
        optimizer.step()
    seen = {
        "first_gradient": first,
        "last_loss": sum(losses[-10:]) / 10,
        "cosine": float(cosines.mean()),
        "finite": all(math.isfinite(v) for v in losses),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
