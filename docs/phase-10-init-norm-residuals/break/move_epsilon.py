"""The fault: RMSNorm adds epsilon to the root instead of under it."""

import sys
from pathlib import Path

FAULT = '''

def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """weight x / (sqrt(mean(x^2)) + eps)."""
    a, w = x._data, weight._data
    r = 1 / (np.sqrt((a * a).mean(axis=-1, keepdims=True)) + eps)
    n = a * r

    def backward(g: Array) -> tuple[Array, Array]:
        h = g * w
        by_x = r * (h - n * (h * n).mean(axis=-1, keepdims=True))
        return by_x, (g * n).sum(axis=tuple(range(n.ndim - 1)))

    return record(n * w, "rms_norm", (x, weight), backward)
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
