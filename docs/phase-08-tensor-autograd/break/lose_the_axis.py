"""The fault: a sum's gradient is broadcast to the input's shape without the axis that was summed away."""

import sys
from pathlib import Path

FAULT = '''

def _sum_without_axis(self: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum, with a gradient that broadcasts from the right."""
    axes = checked_axes("sum", axis, self)
    shape = self.shape
    return record(
        self._data.sum(axis=axes, keepdims=keepdims),
        "sum",
        (self,),
        lambda g: (np.broadcast_to(g, shape),),
    )


Tensor.sum = _sum_without_axis  # type: ignore[method-assign]
'''


def main() -> None:
    """Appends the faulty method to the file named on the command line; the later assignment wins."""
    path = Path(sys.argv[1])
    path.write_text(path.read_text(encoding="utf-8") + FAULT, encoding="utf-8")


if __name__ == "__main__":
    main()
