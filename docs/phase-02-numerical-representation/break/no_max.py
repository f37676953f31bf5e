"""What the break shows: softmax of five float32 rows, and the first logit that breaks each dtype, as one line of JSON."""

import json

import numpy as np

from minigrad.numerics import softmax

DTYPES = {"fp16": np.float16, "fp32": np.float32, "fp64": np.float64}


def first_nan(dtype: type) -> int:
    """The smallest k up to 1,000 for which softmax([k, 0]) holds a NaN; 0 if there is none."""
    return next((k for k in range(1001) if np.isnan(softmax(np.array([k, 0], dtype))).any()), 0)


def main() -> None:
    """Runs the rows of the page."""
    with np.errstate(all="ignore"):
        small = softmax(np.array([1.2, 4.7, 3.1, 0.5, 2.9], np.float32))
        medium = softmax(np.array([10, 50, 30, 20, 40], np.float32))
        large = softmax(np.array([10, 92, 30, 95, 40], np.float32))
        low = softmax(np.array([-200, -201, -202], np.float32))
        barely = softmax(np.array([-100, -110, -120], np.float32))
        walls = {name: first_nan(dtype) for name, dtype in DTYPES.items()}
    print("large:", large.tolist())
    seen = {
        "small_sum": round(float(small.sum()), 4),
        "medium_sum": round(float(medium.sum()), 4),
        "large_nans": int(np.isnan(large).sum()),
        "large_zeros": int((large == 0).sum()),
        "low_nans": int(np.isnan(low).sum()),
        "barely_nans": int(np.isnan(barely).sum()),
        "barely_zeros": int((barely == 0).sum()),
        **{f"first_nan_{name}": k for name, k in walls.items()},
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
