"""What the break shows: five runs of eight workers, their streams and their error bar, as one line of JSON."""

import json
import math

import numpy as np

from labkit.generators import worker_rngs

RUNS, WORKERS, TRIALS = 5, 8, 100


def main() -> None:
    """Counts the different streams, then compares the claimed error of a mean with the true one."""
    words = [[int(r.integers(2**62)) for r in worker_rngs(42 + k, WORKERS)] for k in range(RUNS)]
    claims, means = [], []
    for trial in range(TRIALS):
        base = 1000 * trial
        runs = np.array(
            [
                np.mean([r.standard_normal(100).mean() for r in worker_rngs(base + k, WORKERS)])
                for k in range(RUNS)
            ]
        )
        claims.append(runs.var(ddof=1) / RUNS)
        means.append(runs.mean())
    claimed, true = math.sqrt(np.mean(claims)), math.sqrt(np.mean(np.square(means)))
    print(f"claimed error {claimed:.4f}, true error {true:.4f}")
    seen = {
        "streams": len({word for run in words for word in run}),
        "doubles_in_one_run": sum(len(run) - len(set(run)) for run in words),
        "too_small_by": round(true / claimed, 6),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
