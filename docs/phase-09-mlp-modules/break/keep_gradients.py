"""The fault: zero_grad forgets nothing."""

import sys
from pathlib import Path

FAULT = '''

def _forget_nothing(self: Optimizer) -> None:
    """What is left of zero_grad behind a condition that never holds."""


Optimizer.zero_grad = _forget_nothing  # type: ignore[method-assign]
'''


def main() -> None:
    """Appends the faulty method to the file named on the command line; the later assignment wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
