"""A PyTorch script in minitorch: a network tells the inside of a ring from the outside.

usage: port_drill.py [SEED]. The original is in the page of lab 09.4.
"""

from __future__ import annotations

import sys

import numpy as np

from minitorch import Tensor, manual_seed, nn, no_grad, optim
from minitorch import functional as F


def ring(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """n points in the square from -1 to 1, float32 (n, 2), and whether each is within 0.6 of the middle, int64 (n,)."""
    x = np.random.default_rng(seed).uniform(-1, 1, (n, 2)).astype(np.float32)
    return x, (np.linalg.norm(x, axis=1) < 0.6).astype(np.int64)


def train(seed: int = 0, steps: int = 300) -> tuple[list[float], float]:
    """The loss before each step, and the accuracy on 500 new points."""
    # lab 09.4
    manual_seed(seed)
    x, y = ring(400, seed)
    model = nn.Sequential(
        nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2)
    )
    optimizer = optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(Tensor(x)), y)
        loss.backward()
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    new_x, new_y = ring(500, seed + 1)
    with no_grad():
        guesses = model(Tensor(new_x)).data.argmax(axis=1)
    return losses, float((guesses == new_y).mean())
    # end lab


if __name__ == "__main__":
    history, right = train(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"loss {history[0]:.3f} -> {history[-1]:.3f}, right {right:.3f}")
