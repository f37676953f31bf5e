"""What the break shows: rms_norm on ordinary rows, on nothing, on nearly nothing, and the gradient there, as JSON."""

import json

import numpy as np

from minitorch import Tensor, functional


def main() -> None:
    """Five numbers; the fault changes three of them."""
    x = np.random.default_rng(0).standard_normal((1000, 64))
    weight = Tensor(np.ones(64))
    definition = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-6)
    ordinary = functional.rms_norm(Tensor(x), weight).data
    zero = Tensor(np.zeros((1, 64)), requires_grad=True)
    out = functional.rms_norm(zero, weight)
    out.backward(np.full((1, 64), 1.0))
    gradient = np.abs(zero.grad).max() if zero.grad is not None else 0.0
    tiny = functional.rms_norm(Tensor(np.full((1, 64), 1e-5)), weight).data
    seen = {
        "ordinary_off": float(np.abs(ordinary - definition).max()),
        "zeros": float(np.abs(out.data).max()),
        "tiny": float(tiny[0, 0]),
        "gradient_at_zero": float(gradient),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
