"""What the break shows: a decomposition that passes its own tests, and what is built on it, as one line of JSON."""

import json
import runpy

import numpy as np

from minigrad.linalg import compress, condition_number, svd


def main() -> None:
    """The table of verb counts, and diag(100, 1)."""
    verbs = runpy.run_path("experiments/03/svd-compression/verbs.py")
    table = verbs["counts"](np.random.default_rng(42))
    u, s, vt = svd(table)
    identity = np.eye(len(s))
    left, right = compress(table, 3)
    seen = {
        "product_right": bool(np.allclose((u * s) @ vt, table)),
        "orthonormal": bool(np.allclose(u.T @ u, identity) and np.allclose(vt @ vt.T, identity)),
        "values_right": bool(np.allclose(sorted(s), sorted(np.linalg.svd(table)[1]))),
        "error_of_rank_3": round(
            float(np.linalg.norm(table - left @ right) / np.linalg.norm(table)), 6
        ),
        "condition": round(condition_number(np.diag([100.0, 1.0])), 9),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
