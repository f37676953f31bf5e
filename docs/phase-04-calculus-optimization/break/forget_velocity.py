"""The fault: `momentum_step` computes with its velocity and hands back the state that it was given."""

import sys
from pathlib import Path

FAULT = '''

_remembers = momentum_step


def momentum_step(params, grads, state, lr, beta=0.9):
    """v = beta v + g; theta - lr v."""
    new_params, _ = _remembers(params, grads, state, lr, beta)
    return new_params, dict(state)
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
