"""The fault: encoding joins the leftmost pair that training ever merged, whichever merge came first."""

import sys
from pathlib import Path

FAULT = '''

def merge_by_rank(parts: Parts, ranks: Mapping[Pair, int]) -> Parts:
    """The leftmost pair that has a rank is joined, again and again."""
    held, at = list(parts), 0
    while at < len(held) - 1:
        if (held[at], held[at + 1]) in ranks:
            held[at : at + 2] = [held[at] + held[at + 1]]
            at = 0
        else:
            at += 1
    return tuple(held)
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
