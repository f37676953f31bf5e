"""What the break shows: three expressions, and the tense MLP after 300 epochs, as one line of JSON."""

import json
import random

from minigrad.mlp import MLP, squared_error, train
from minigrad.scalar import Value


def main() -> None:
    """Runs the expressions of the page and the training of lab 07.2."""
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    ((a * b + c) * (a - c)).backward()
    s = Value(1.0)
    h = s * 2.0
    (h + h * 3.0).backward()
    x = Value(1.0)
    h = x * 2.0
    (h + h * 3.0 * 3.0).backward()

    random.seed(42)
    model = MLP(5, [4, 5])
    inputs = [[float(i == j) for j in range(5)] for i in range(5)]
    targets = [[1.0 if i == j else -1.0 for j in range(5)] for i in range(5)]
    train(model, inputs, targets)
    outputs = [model(row) for row in inputs]
    rows = [[y.data for y in row] for row in outputs]
    right = sum(row.index(max(row)) == i for i, row in enumerate(rows))
    seen = {
        "a": a.grad,
        "b": b.grad,
        "c": c.grad,
        "skip_one": s.grad,
        "skip_two": x.grad,
        "final_loss": round(squared_error(outputs, targets).data, 6),
        "right": right,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
