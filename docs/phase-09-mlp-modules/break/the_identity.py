"""What the break shows: two tasks for a small network with GELU, and a gradient check, as one line of JSON."""

import json

import numpy as np

from minitorch import Tensor, functional, manual_seed, nn, optim
from minitorch.testing import gradcheck


def fit(x: np.ndarray, y: np.ndarray) -> tuple[float, int]:
    """Loss and number of right answers after 300 steps of Adam."""
    manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 16), nn.GELU(), nn.Linear(16, 2))
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    loss, right = Tensor(0.0), 0
    for _ in range(300):
        optimizer.zero_grad()
        logits = model(Tensor(x))
        loss = functional.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        right = int((logits.data.argmax(axis=1) == y).sum())
    return round(float(loss.item()), 3), right


def main() -> None:
    """Parity of two signs, and the sign of a sum."""
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], np.float32)
    parity, right = fit(corners, np.array([0, 1, 1, 0]))
    points = np.random.default_rng(0).uniform(-1, 1, (100, 2)).astype(np.float32)
    linear, _ = fit(points, (points.sum(axis=1) > 0).astype(np.int64))
    x = Tensor(np.array([-0.7, 0.4, 1.2]), requires_grad=True)
    try:
        checked = gradcheck(functional.gelu, [x])
    except AssertionError:
        checked = False
    print(json.dumps({"parity": parity, "right": right, "linear": linear, "checked": checked}))


if __name__ == "__main__":
    main()
