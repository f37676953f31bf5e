"""What the break shows: the loss on ordinary and on extreme logits, in both float sizes, as one line of JSON."""

import json
import math

import numpy as np

from minigrad.probability import mean_nll

ORDINARY = [1.2, 4.7, 3.1, 0.5, 2.9]
EXTREME = [10.0, 92.0, 30.0, -50.0, 40.0]


def shown(loss: float) -> float | str:
    """A number that JSON can hold."""
    return round(loss, 6) if math.isfinite(loss) else str(loss)


def main() -> None:
    """One ordinary row, one extreme row, a batch of 100 in which one is extreme, and the gap at which it breaks."""
    batch = np.array([ORDINARY] * 99 + [EXTREME], dtype=np.float32)
    targets = [2] * 99 + [3]
    gap = 0
    while gap < 200 and math.isfinite(
        mean_nll(np.array([[gap + 1.0, 0.0]], dtype=np.float32), [1])
    ):
        gap += 1
    seen = {
        "ordinary": shown(mean_nll([ORDINARY], [2])),
        "extreme_64": shown(mean_nll([EXTREME], [3])),
        "extreme_32": shown(mean_nll(np.array([EXTREME], dtype=np.float32), [3])),
        "batch_32": shown(mean_nll(batch, targets)),
        "largest_gap_32": gap,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
