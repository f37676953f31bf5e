"""What the break shows: draws counted, and one request alone, once more, and beside another, as JSON."""

import json

import numpy as np

from minilm.generate import Request, generate
from minilm.sample import draw

V, LENGTH = 16, 12


def model(rows: list[list[int]]) -> np.ndarray:
    """Logits that depend on the row alone."""
    return np.stack([np.random.default_rng([len(row), *row]).normal(size=V) for row in rows])


def written(*requests: Request) -> list[int]:
    """What the last request gets."""
    pieces = [bytes([97 + token]) for token in range(V)]
    return generate(model, requests, pieces, context_len=64)[-1].ids


def main() -> None:
    """Four answers; the fault changes three of them."""
    p = np.array([0.5, 0.25, 0.125, 0.125])
    rng = np.random.default_rng(1)
    tokens = [int(draw(np.log(p)[None], [rng])[0]) for _ in range(4000)]
    mine, other = Request([3], LENGTH, seed=7), Request([5, 1], LENGTH, seed=8)
    alone, again, beside = written(mine), written(mine), written(other, mine)
    same = [a == b for a, b in zip(alone, beside, strict=True)]
    seen = {
        "frequencies_right": bool(np.abs(np.bincount(tokens) / 4000 - p).max() < 0.03),
        "same_again": alone == again,
        "same_beside": alone == beside,
        "first_same": same.index(False) if False in same else LENGTH,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
