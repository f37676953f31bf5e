"""The fault: `topological_order` returns the values by their distance from the root, nearest last."""

import sys
from pathlib import Path

FAULT = '''

def topological_order(root: Value) -> list[Value]:
    """The values by distance from the root: found first, walked first."""
    found, seen = [root], {root}
    for node in found:
        for value in node._prev:
            if value not in seen:
                seen.add(value)
                found.append(value)
    return found[::-1]
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
