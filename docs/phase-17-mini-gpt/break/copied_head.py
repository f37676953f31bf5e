"""The fault: the head is a copy of the table, made anew at each call."""

import sys
from pathlib import Path

FAULT = '''

def _copied_logits(self: GPT, x: Tensor) -> Tensor:
    """Logits by a copy of the table."""
    if self.final_norm is not None:
        x = self.final_norm(x)
    weight = self.embed.weight if self.config.tied else self.head.weight
    return F.linear(x, Tensor(weight.numpy()))


GPT.logits = _copied_logits
'''


def main() -> None:
    """Appends the faulty method to the file named on the command line."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
