"""What the break shows: a row bias on a 3 x 4 and a 3 x 3 matrix, and on 200 random square ones, as one line of JSON."""

import json

import numpy as np

from minigrad.vectorized import add_row_bias


def main() -> None:
    """Adds biases, counts the matrices in which a row's winning column has changed."""
    bias = np.array([100, 200, 300])
    try:
        add_row_bias(np.zeros((3, 4)), bias)
        rectangular = "fine"
    except ValueError as error:
        rectangular = type(error).__name__
    square = add_row_bias(np.arange(1, 10).reshape(3, 3), bias)
    rng = np.random.default_rng(42)
    moved = 0
    for _ in range(200):
        logits, biases = rng.normal(size=(5, 5)), rng.normal(size=5)
        after = add_row_bias(logits, biases).argmax(axis=1)
        moved += bool((after != logits.argmax(axis=1)).any())
    print(square)
    seen = {
        "rectangular": rectangular,
        "second_row": " ".join(map(str, square[1])),
        "moved_winners": moved,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
