"""The fault: one generator for the whole program."""

import sys
from pathlib import Path

FAULT = '''

_sound_draw = draw
_of_all = np.random.default_rng(0)


def draw(logits: ArrayLike, rngs: Sequence[np.random.Generator]) -> Array:
    """Whoever comes takes the next number."""
    return _sound_draw(logits, [_of_all] * len(rngs))
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
