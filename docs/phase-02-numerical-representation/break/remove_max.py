"""The fault: `softmax` without the shift, one line of algebra that changes nothing on paper."""

import sys
from pathlib import Path

FAULT = '''

def softmax(x: ArrayLike) -> Floats:
    """exp(x_i) / sum_j exp(x_j) over the last axis, as the formula says."""
    powers = np.exp(_logits(x))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
