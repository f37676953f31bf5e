"""The fault: `svd` returns a right decomposition with the smallest singular value first, as eigh orders its values."""

import sys
from pathlib import Path

FAULT = '''

_sound_svd = svd


def svd(a: ArrayLike, max_sweeps: int = 60) -> tuple[Floats, Floats, Floats]:
    """The thin SVD, its values rising."""
    u, s, vt = _sound_svd(a, max_sweeps)
    order = np.argsort(s, kind="stable")
    return u[:, order], s[order], vt[order]
'''


def main() -> None:
    """Appends the faulty function to the file named on the command line; the later definition wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
