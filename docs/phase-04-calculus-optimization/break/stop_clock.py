"""The fault: `adam_step` corrects with the right t and hands back a counter that says 0."""

import sys
from pathlib import Path

FAULT = '''

_counts = adam_step


def adam_step(params, grads, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """m, v: running means of g and g^2; theta - lr m_hat / (sqrt(v_hat) + eps)."""
    new_params, new_state = _counts(params, grads, state, lr, beta1, beta2, eps)
    return new_params, {**new_state, "t": 0}
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
