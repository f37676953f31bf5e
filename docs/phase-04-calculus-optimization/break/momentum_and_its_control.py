"""What the break shows: momentum in Rosenbrock's valley at four rates, and the best that plain SGD can do, as JSON."""

import json

import numpy as np

from minigrad.optim import descend, momentum_step, rosenbrock_gradient, sgd_step

START, MINIMUM, N_STEPS = np.array([-1.5, 2.0]), np.ones(2), 2000


def distance(step, lr: float) -> float:
    """From the minimum after 2,000 steps; NaN for a lost path."""
    return float(
        np.linalg.norm(descend(step, rosenbrock_gradient, START, lr, N_STEPS)[-1] - MINIMUM)
    )


def main() -> None:
    """At 0.001, just below the largest stable rate of SGD (0.0019968), at ten times 0.001, and SGD at 21 rates."""
    at = {lr: distance(momentum_step, lr) for lr in (0.001, 0.0019, 0.00199, 0.01)}
    sgd = [distance(sgd_step, i / 10_000) for i in range(1, 22)]
    path = descend(momentum_step, rosenbrock_gradient, START, 0.001, N_STEPS)
    plain = descend(sgd_step, rosenbrock_gradient, START, 0.001, N_STEPS)
    seen = {
        "at_0.001": float(f"{at[0.001]:.4g}"),
        "at_0.0019": float(f"{at[0.0019]:.4g}"),
        "at_0.00199": float(f"{at[0.00199]:.4g}"),
        "lost_at_0.01": bool(np.isnan(at[0.01])),
        "best_sgd_of_21_rates": float(f"{np.nanmin(sgd):.4g}"),
        "is_sgd": bool(np.array_equal(path, plain)),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
