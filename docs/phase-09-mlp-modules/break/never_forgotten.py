"""What the break shows: a line fitted to 32 points by SGD and by Adam, as one line of JSON."""

import json

import numpy as np

from minitorch import Tensor, functional, nn, optim


def losses(make: type[optim.Optimizer]) -> list[float]:
    """The loss before each of 200 steps, from weights of 0."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((32, 1)).astype(np.float32)
    y = 2 * x + 1 + 0.1 * rng.standard_normal((32, 1)).astype(np.float32)
    model = nn.Linear(1, 1)
    model.load_state_dict({"weight": np.zeros((1, 1)), "bias": np.zeros(1)})
    optimizer = make(model.parameters(), lr=0.05)  # type: ignore[call-arg]
    seen = []
    for _ in range(200):
        optimizer.zero_grad()
        loss = functional.mse_loss(model(Tensor(x)), y)
        loss.backward()
        optimizer.step()
        seen.append(float(loss.item()))
    return seen


def main() -> None:
    """Early and late losses of both."""
    sgd, adam = losses(optim.SGD), losses(optim.Adam)
    seen = {
        "first": round(sgd[0], 2),
        "sgd_after_5": round(sgd[5], 2),
        "sgd_worst_after_20": round(max(sgd[20:]), 2),
        "sgd_last": round(sgd[-1], 3),
        "adam_last": round(adam[-1], 3),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
