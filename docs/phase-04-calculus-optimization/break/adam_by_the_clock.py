"""What the break shows: Adam's steps under a constant gradient, its end in the valley, and what still holds, as JSON."""

import json

import numpy as np

from minigrad.optim import adam_step, adamw_step, descend, rosenbrock_gradient

START, MINIMUM = np.array([-1.5, 2.0]), np.ones(2)


def main() -> None:
    """A gradient of 0.5 at rate 1 for 3,000 steps; then Rosenbrock's valley at rate 0.05 for 2,000."""
    push = descend(adam_step, lambda p: np.full_like(p, 0.5), np.zeros(1), 1.0, 3000)[:, 0]
    steps = push[:-1] - push[1:]
    path = descend(adam_step, rosenbrock_gradient, START, 0.05, 2000)
    decayed = descend(adamw_step, rosenbrock_gradient, START, 0.05, 2000, weight_decay=0.0)
    seen = {
        "step_1": round(float(steps[0]), 4),
        "step_2": round(float(steps[1]), 4),
        "step_12": round(float(steps[11]), 4),
        "step_100": round(float(steps[99]), 4),
        "step_3000": round(float(steps[2999]), 4),
        "distance": float(f"{np.linalg.norm(path[-1] - MINIMUM):.4g}"),
        "adamw_agrees": bool(np.array_equal(path, decayed)),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
