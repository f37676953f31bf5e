"""The fault: `mean_nll` takes the logarithm of the softmax, instead of computing log-probabilities from the logits."""

import sys
from pathlib import Path

FAULT = '''

def mean_nll(logits: ArrayLike, targets: ArrayLike) -> float:
    """The same algebra: softmax first (with its maximum taken out), then -ln of the target's probability."""
    z = real_array(logits, "logits")
    y = class_indices(targets, z)
    weights = np.exp(z - z.max(axis=1, keepdims=True))
    q = weights / weights.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        return float(-np.log(q[np.arange(len(y)), y]).mean(dtype=np.float64)) + 0.0
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
