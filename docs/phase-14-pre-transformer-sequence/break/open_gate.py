"""What the break shows: how large c gets in fifty steps, at two sizes of the weights, and what comes back, as one line of JSON."""

import json
import math
import warnings

import numpy as np

from minilm.rnn import LSTMCell, gradient_norms, unroll
from minitorch import Tensor
from minitorch.nn import Parameter

STEPS, BATCH, INPUTS, HIDDEN = 50, 8, 16, 32


def cell_of(size: float, forget_bias: float = 0.0) -> LSTMCell:
    """An LSTM in float64 whose weights are `size` times as large as they start."""
    cell = LSTMCell(INPUTS, HIDDEN, rng=np.random.default_rng(0), forget_bias=forget_bias)
    for name, parameter in list(cell.named_parameters()):
        scale = size if name.startswith("weight") else 1.0
        setattr(cell, name, Parameter(parameter.numpy().astype(np.float64) * scale))
    return cell


def main() -> None:
    """As they start, five times as large, and with an open gate."""
    rng = np.random.default_rng(1)
    x = Tensor(rng.normal(size=(STEPS, BATCH, INPUTS)))
    last = rng.normal(size=(BATCH, HIDDEN))
    largest = {}
    for size in (1.0, 5.0):
        _, (_, c) = unroll(cell_of(size), x)
        largest[size] = float(np.abs(c.data).max())
    norms = gradient_norms(cell_of(1.0, 1.0), x, last)
    shown = {
        "as_it_starts": round(largest[1.0], 2),
        "five_times": round(math.log10(largest[5.0]), 1),
        "left": round(math.log10(norms[0] / norms[-1]), 1),
        "finite": bool(np.isfinite(norms).all() and all(map(math.isfinite, largest.values()))),
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
