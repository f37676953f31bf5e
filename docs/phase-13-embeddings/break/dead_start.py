"""The fault: log_sigmoid is put together from operations that minitorch has, relu among them."""

import sys
from pathlib import Path

FAULT = '''

def log_sigmoid(x: Tensor) -> Tensor:  # noqa: F811
    """As above, from parts: -log(1 + exp(-x)), with the exponential of -|x| alone, so that it never overflows."""
    size = x.relu() + (-x).relu()
    return -((-x).relu() + ((-size).exp() + 1).log())
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
