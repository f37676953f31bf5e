"""The fault: `bf16_patterns` drops the low 16 bits instead of rounding by them."""

import sys
from pathlib import Path

FAULT = '''

def bf16_patterns(x: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The upper half of each float32: the same exponent, seven bits of the mantissa."""
    if not isinstance(x, np.ndarray) or x.dtype != np.float32:
        raise TypeError(f"x must be an array of float32, got {getattr(x, 'dtype', type(x).__name__)}")
    kept = (x.view(np.uint32) >> 16).astype(np.uint16)
    return np.where(np.isnan(x), np.uint16(BF16.nan), kept)
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
