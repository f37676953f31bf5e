"""The fault: weights of the other layout are taken as they come."""

import sys
from pathlib import Path

FAULT = '''

def to_halves(weight: Array, n_heads: int) -> Array:
    """The rows as they come."""
    return weight.copy()


def to_pairs(weight: Array, n_heads: int) -> Array:
    """The rows as they come."""
    return weight.copy()
'''


def main() -> None:
    """Appends the faulty functions to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
