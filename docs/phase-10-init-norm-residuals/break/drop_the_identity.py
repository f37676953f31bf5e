"""The fault: a residual block returns its branch alone."""

import sys
from pathlib import Path

FAULT = '''

def _branch_alone(self: Residual, x: Tensor) -> Tensor:
    """What is left of a residual after a careless edit."""
    out: Tensor = self.f(x)
    return out


Residual.forward = _branch_alone  # type: ignore[method-assign]
'''


def main() -> None:
    """Appends the faulty method to the file named on the command line; the later assignment wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
