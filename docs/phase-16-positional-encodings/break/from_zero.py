"""The fault: every row of positions begins at 0, whatever positions are given."""

import sys
from pathlib import Path

FAULT = '''

_sound_rope = rope


def rope(x: Tensor, positions: Any = None, w: Array | None = None) -> Tensor:
    """Turned as if the first row stood at 0."""
    return _sound_rope(x, None, w)
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
