"""What the break shows: a gradient with a repeated index, and a table fitted with a frequent row, as one line of JSON."""

import json
from itertools import pairwise

import numpy as np

from minitorch.tensor import Tensor


def main() -> None:
    """40 steps on 18 examples, 16 of which read row 0."""
    x = Tensor(np.zeros(3), requires_grad=True)
    x[[0, 0, 1]].backward(np.array([1.0, 10.0, 100.0]))
    first = [] if x.grad is None else x.grad.tolist()

    ids = np.array([0] * 16 + [1, 2])
    table = Tensor(np.zeros(3), requires_grad=True)
    losses = []
    for _ in range(40):
        off = table[ids] - 1.0
        loss = (off * off).sum()
        losses.append(loss.item())
        table.zero_grad()
        loss.backward()
        if table.grad is not None:
            table.data -= 0.005 * table.grad
    left = [round(float(v), 3) for v in 1.0 - table.data]
    seen = {
        "g0": first[0],
        "g1": first[1],
        "frequent_left": left[0],
        "rare_left": left[1],
        "falls": all(b < a for a, b in pairwise(losses)),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
