"""What the break shows: a text attended at once, and position by position with keys that are kept, as JSON."""

import json

import numpy as np

from minitorch import Tensor
from minitorch.attention import attention
from minitorch.positions import rope

T = 8


def stepwise(x: np.ndarray) -> np.ndarray:
    """Each new position asks alone; its key was turned when it came, and is kept."""
    kept: list[np.ndarray] = []
    rows = []
    for t in range(T):
        new = rope(Tensor(x[t : t + 1]), [t])
        kept.append(new.data[0])
        rows.append(attention(new, Tensor(np.stack(kept)), Tensor(x[: t + 1])).data[0])
    return np.stack(rows)


def main() -> None:
    """Three answers; the fault changes two of them."""
    x = np.random.default_rng(0).standard_normal((T, 16))
    angles = np.arange(T)[:, None] * 10_000.0 ** (-np.arange(0, 16, 2) / 16)
    pairs = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(1j * angles)
    fits = np.exp((pairs @ pairs.conj().T).real / 4) * np.tri(T)
    right = fits / fits.sum(1, keepdims=True) @ x
    turned = rope(Tensor(x))
    at_once = attention(turned, turned, Tensor(x), causal=True).data
    swapped = x[[1, 0, *range(2, T)]]
    seen = {
        "at_once_right": bool(np.abs(at_once - right).max() < 1e-9),
        "steps_right": int((np.abs(stepwise(x) - right).max(1) < 1e-9).sum()),
        "order_is_seen": bool(np.abs(stepwise(x)[-1] - stepwise(swapped)[-1]).max() > 1e-9),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
