"""What the break shows: the gradient of a sum over rows, square and not, and a training with it, as one line of JSON."""

import json

import numpy as np

from minitorch.tensor import Tensor


def gradient(shape: tuple[int, int], keepdims: bool = False) -> np.ndarray | None:
    """d/dx of sum_i i * sum_j x_ij, or None if the engine refuses."""
    x = Tensor(np.zeros(shape), requires_grad=True)
    g = np.arange(1.0, shape[0] + 1)
    try:
        x.sum(axis=1, keepdims=keepdims).backward(g[:, None] if keepdims else g)
    except (ValueError, RuntimeError):
        return None
    return x.grad


def trained() -> list[float]:
    """First and last loss of a regression whose prediction is a sum over features: 16 rows, 16 features, 300 steps."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 16))
    target = x @ rng.standard_normal(16)
    w = Tensor(np.zeros(16), requires_grad=True)
    losses = []
    for _ in range(300):
        off = (Tensor(x) * w).sum(axis=1) - target
        loss = (off * off).mean()
        losses.append(loss.item())
        w.zero_grad()
        loss.backward()
        if w.grad is not None:
            w.data -= 0.1 * w.grad
    return [losses[0], losses[-1]]


def main() -> None:
    """Five facts about one sum."""
    first, last = trained()
    square, kept = gradient((3, 3)), gradient((3, 3), keepdims=True)
    seen = {
        "first_row_last": None if square is None else float(square[0, 2]),
        "norm": None if square is None else round(float(np.linalg.norm(square)), 3),
        "rectangle": "refused" if gradient((3, 4)) is None else "fine",
        "kept_first_row_last": None if kept is None else float(kept[0, 2]),
        "first_loss": round(first, 3),
        "last_loss": round(last, 3),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
