"""The fault: GELU is the identity, with the identity's gradient."""

import sys
from pathlib import Path

FAULT = '''

def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """x."""
    return record(x._data.copy(), "gelu", (x,), lambda g: (g,))
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
