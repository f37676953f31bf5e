"""The fault: `expected_calibration_error` adds the bins' gaps with their signs, and takes the size of the sum."""

import sys
from pathlib import Path

FAULT = '''

def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 10) -> float:
    """The size of the mean gap, instead of the mean of the gaps' sizes."""
    table = reliability(confidence, correct, bins)
    seen = table.count > 0
    gap = table.accuracy[seen] - table.confidence[seen]
    return float(abs((table.count[seen] * gap).sum()) / table.count.sum())
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
