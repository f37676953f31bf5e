"""The fault: the gradient of an index is written with `+=`, which counts a repeated index once."""

import sys
from pathlib import Path

FAULT = '''

def _getitem_once(self: Tensor, key: Any) -> Tensor:
    """x[key] with the obvious gradient."""
    parts = key if isinstance(key, tuple) else (key,)
    where = tuple(p._data if isinstance(p, Tensor) else p for p in parts)
    shape, dtype = self.shape, self.dtype

    def backward(g: Array) -> tuple[Array]:
        grad = np.zeros(shape, dtype)
        grad[where] += g
        return (grad,)

    return record(self._data[where], "getitem", (self,), backward)


Tensor.__getitem__ = _getitem_once  # type: ignore[method-assign]
'''


def main() -> None:
    """Appends the faulty method to the file named on the command line; the later assignment wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
