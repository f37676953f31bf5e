"""The fault: what is held out is ordered by Python's own hash of the text, not by its SHA-256."""

import sys
from pathlib import Path

FAULT = '''

def held_out_groups(seed: int = 42) -> dict[tuple[str, str], str]:  # noqa: F811
    """As above, but for the digest."""
    groups = {}
    for tense in TENSES:
        for regular in (True, False):
            candidates = [
                name
                for name, verb in VERBS.items()
                if verb.regular == regular and name not in HELD_OUT
            ]
            candidates.sort(key=lambda name: hash(f"{seed}/{tense}/{name}"))
            groups[candidates[0], tense] = "val"
            groups[candidates[1], tense] = "test"
    return groups
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
