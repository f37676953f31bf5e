"""What the break shows: the largest share of a row at two lengths, and the gradients that queries of 64 numbers get, as JSON."""

import json

import numpy as np

from minitorch import Tensor
from minitorch.attention import attention


def rows(d: int) -> tuple[np.ndarray, np.ndarray]:
    """The shares of normal queries among 16 normal keys, and the length of the gradient that each query gets."""
    rng = np.random.default_rng(d)
    q, k = (Tensor(rng.standard_normal((100, 16, d)), requires_grad=True) for _ in "qk")
    values = Tensor(np.broadcast_to(np.eye(16), (100, 16, 16)))
    shares = attention(q, k, values)
    shares.backward(rng.standard_normal(shares.shape))
    gradient = np.zeros((1, 1)) if q.grad is None else q.grad
    return shares.data, np.linalg.norm(gradient, axis=-1)


def main() -> None:
    """Five numbers: the fault changes four of them."""
    short, _ = rows(2)
    long, gradients = rows(64)
    seen = {
        "largest_2": float(short.max(-1).mean()),
        "largest_64": float(long.max(-1).mean()),
        "mean_gradient": float(gradients.mean()),
        "hardly_any": float((gradients < gradients.max() / 20).mean()),
        "sums_to_one": bool(np.abs(long.sum(-1) - 1).max() < 1e-9),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
