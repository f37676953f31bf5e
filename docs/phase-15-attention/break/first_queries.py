"""The fault: a causal mask whose queries are the first positions of the keys, as PyTorch's flag has it."""

import sys
from pathlib import Path

FAULT = '''

def causal_mask(queries: int, keys: int | None = None) -> Array:
    """True where the key isn't later than the query; both begin at 0."""
    return np.tri(queries, queries if keys is None else keys, dtype=bool)
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
