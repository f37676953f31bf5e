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
    raise NotImplementedError("Lab 09.4 - train")


if __name__ == "__main__":
    history, right = train(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"loss {history[0]:.3f} -> {history[-1]:.3f}, right {right:.3f}")
