"""What the break shows: a text attended at once and position by position, and who leaks, as JSON."""

import json

import numpy as np

from minitorch import Tensor
from minitorch.attention import attention, causal_mask, leak

T = 8


def attend(x: np.ndarray) -> Tensor:
    """Attention of x to itself, at once."""
    t = Tensor(x)
    return attention(t, t, t, causal=True)


def main() -> None:
    """Four numbers; the fault changes two of them."""
    x, other = np.random.default_rng(0).standard_normal((2, T, 16))
    definition = np.zeros_like(x)
    for t in range(T):
        fits = np.exp(x[t] @ x[: t + 1].T / 4)
        definition[t] = fits @ x[: t + 1] / fits.sum()
    steps = [
        attention(Tensor(x[t : t + 1]), Tensor(x[: t + 1]), Tensor(x[: t + 1]), causal=True).data[0]
        for t in range(T)
    ]
    seen = {
        "at_once_right": bool(np.abs(attend(x).data - definition).max() < 1e-9),
        "leaks": leak(attend, x, other) is not None,
        "steps_right": int((np.abs(np.array(steps) - definition).max(-1) < 1e-9).sum()),
        "seen_by_the_last": int(causal_mask(1, T).sum()),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
