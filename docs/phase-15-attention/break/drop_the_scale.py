"""The fault: scores as they come, in the lookup and in the node. Backward is right for it."""

import sys
from pathlib import Path

FAULT = '''

_sound_scores, _sound_attention = attention_scores, attention


def attention_scores(q: Tensor, k: Tensor) -> Tensor:
    """Scores without their scale."""
    return _sound_scores(q * math.sqrt(q.shape[-1]), k)


def attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False, mask: Any = None) -> Tensor:
    """Attention without the scale of its scores."""
    return _sound_attention(q * math.sqrt(q.shape[-1]), k, v, causal=causal, mask=mask)
'''


def main() -> None:
    """Appends the faulty functions to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
