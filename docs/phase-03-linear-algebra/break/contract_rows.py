"""The fault: `matmul_blocked` takes the k-th row of the first factor where it needs the k-th column."""

import sys
from pathlib import Path

FAULT = '''

def matmul_blocked(a: ArrayLike, b: ArrayLike, block: int = 256) -> Floats:
    """The sum over k of (row k of a) times (row k of b): a transposed."""
    left, right = real_array("a", a, 2), real_array("b", b, 2)
    c = np.zeros((left.shape[0], right.shape[1]))
    for i in range(0, c.shape[0], block):
        for j in range(0, c.shape[1], block):
            for k in range(left.shape[1]):
                c[i : i + block, j : j + block] += (
                    left[k, i : i + block, None] * right[k, j : j + block]
                )
    return c
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
