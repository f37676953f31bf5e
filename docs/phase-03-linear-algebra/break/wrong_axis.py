"""What the break shows: five products that look right, and one that doesn't run, as one line of JSON."""

import json
import math

import numpy as np

from minigrad.linalg import matmul_blocked


def main() -> None:
    """Compares `matmul_blocked` with NumPy's product."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 5)), rng.standard_normal((5, 4))
    gram = a.T @ a
    c, s = math.cos(0.3), math.sin(0.3)
    rotation, points = np.array([[c, -s], [s, c]]), rng.standard_normal((2, 50))
    turned = matmul_blocked(rotation, points)
    try:
        matmul_blocked(rng.standard_normal((3, 5)), b)
        rectangle = "product"
    except ValueError:
        rectangle = "ValueError"
    seen = {
        "corner": matmul_blocked([[1, 2], [3, 4]], [[5, 6], [7, 8]])[0, 0],
        "symmetric_right": bool(np.allclose(matmul_blocked(gram, b), gram @ b)),
        "lengths_right": bool(
            np.allclose(np.linalg.norm(turned, axis=0), np.linalg.norm(points, axis=0))
        ),
        "directions_right": bool(np.allclose(turned, rotation @ points)),
        "largest_error": round(float(np.abs(matmul_blocked(a, b) - a @ b).max()), 3),
        "rectangle": rectangle,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
