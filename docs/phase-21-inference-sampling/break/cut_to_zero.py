"""The fault: what a filter cuts gets the logit 0."""

import sys
from pathlib import Path

FAULT = '''

def _to_zero(sound: Any) -> Any:
    """The same filter, with 0 in place of -inf."""

    def faulty(logits: ArrayLike, value: Any) -> Array:
        out = sound(logits, value)
        return np.where(out == -np.inf, 0.0, out)

    faulty.__name__ = sound.__name__
    return faulty


top_k, top_p, min_p, typical = map(_to_zero, (top_k, top_p, min_p, typical))
'''


def main() -> None:
    """Appends the faulty functions to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
