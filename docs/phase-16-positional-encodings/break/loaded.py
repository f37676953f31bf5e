"""What the break shows: scores of weights from the other layout, beside those of the model that they come from, as JSON."""

import json

import numpy as np

from minitorch import Tensor
from minitorch.positions import frequencies, rope, to_halves, to_pairs

T, D = 8, 64


def of_halves(x: np.ndarray) -> np.ndarray:
    """The rotation where pair i is features i and i + d/2."""
    angles = np.tile(np.arange(T)[:, None] * frequencies(D), 2)
    half = np.concatenate([-x[:, D // 2 :], x[:, : D // 2]], axis=-1)
    return x * np.cos(angles) + half * np.sin(angles)


def main() -> None:
    """Three answers; the fault changes one of them."""
    rng = np.random.default_rng(0)
    x, q, k = rng.standard_normal((T, 32)), *rng.standard_normal((2, D, 32))
    theirs = of_halves(x @ q.T) @ of_halves(x @ k.T).T

    def ours(first: int) -> np.ndarray:
        at = np.arange(first, first + T)
        queries, keys = (rope(Tensor(x @ to_pairs(w, 1).T), at).data for w in (q, k))
        return np.asarray(queries @ keys.T)

    near = np.abs(ours(0) - theirs) < 1e-9 * np.abs(theirs).max()
    seen = {
        "round_trip": bool(np.array_equal(to_pairs(to_halves(q, 1), 1), q)),
        "depends_on_distance": bool(np.abs(ours(0) - ours(1000)).max() < 1e-9),
        "pairs_right": int((near & np.tri(T, dtype=bool)).sum()),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
