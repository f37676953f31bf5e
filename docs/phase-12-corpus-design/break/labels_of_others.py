"""The fault: the names of the mistakes are shuffled among the wrong examples."""

import sys
from pathlib import Path

FAULT = '''

_in_order = examples


def examples() -> list[Example]:  # noqa: F811
    """As above, with the labels read from a file of their own, which somebody has shuffled."""
    import random

    every = _in_order()
    labels = [example.mistake for example in every if example.mistake]
    random.Random(0).shuffle(labels)
    return [
        replace(example, mistake=labels.pop()) if example.mistake else example for example in every
    ]
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
