"""What the break shows: probabilities stored in bf16, and a weight that is pushed up and down, as one line of JSON."""

import json
import math
import random

import numpy as np

from minigrad.floats import bf16_patterns

FORMS, STEPS, PUSH = 600, 1000, 0.0001


def stored(x: np.ndarray) -> np.ndarray:
    """What is left of float32 numbers after a stay in bf16, as float32 again."""
    return (bf16_patterns(x).astype(np.uint32) << 16).view(np.float32)


def main() -> None:
    """600 probabilities once; a weight of 1 a thousand times, plus and minus in turn."""
    draw = random.Random(42)
    weights = [draw.uniform(1, 4) for _ in range(FORMS)]
    p = np.array([w / math.fsum(weights) for w in weights], np.float32)
    kept = stored(p)
    up = int((kept > p).sum())

    weight = np.ones(1, np.float32)
    for step in range(STEPS):
        weight = stored(weight + np.float32(PUSH if step % 2 else -PUSH))
    seen = {
        "sum": round(math.fsum(kept.tolist()), 4),
        "went_up": up,
        "went_down": int((kept < p).sum()),
        "weight": round(float(weight[0]), 4),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
