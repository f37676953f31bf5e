"""The fault: each token becomes text by itself, and the texts are joined."""

import sys
from pathlib import Path

FAULT = '''

def _one_by_one(self: Tokenizer, ids: Iterable[int]) -> str:
    """Each token's text, joined."""
    return "".join((self.token(at) or b"").decode("utf-8", errors="replace") for at in ids)


Tokenizer.decode = _one_by_one  # type: ignore[method-assign]
'''


def main() -> None:
    """Appends the faulty method to the file named on the command line."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
