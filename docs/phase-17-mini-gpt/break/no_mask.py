"""The fault: attention isn't causal any more; a mask that is given still holds."""

import sys
from pathlib import Path


def main() -> None:
    """Appends to the file named on the command line a patch of what `attention` is there."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


FAULT = '''

_sound_attention = attention


def attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False, mask: Any = None) -> Tensor:
    """Attention to all positions, whatever was asked for."""
    return _sound_attention(q, k, v, mask=mask)
'''

if __name__ == "__main__":
    main()
