"""Which faults a gradient check finds: eight wrong gradients, checked by a plain sum and by a weighted one."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from given.drawing import BLUE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor
from minitorch.tensor import Array, record
from minitorch.testing import gradcheck

STEPS = [10.0**-k for k in range(1, 13)]


def softmax(x: Array) -> Array:
    """Along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def faulty(
    forward: Callable[[Array], Array], backward: Callable[[Array, Array, Array], Array]
) -> Callable[[Tensor], Tensor]:
    """An operation from f(x) and a (wrong) gradient from g, x and f(x)."""

    def operation(x: Tensor) -> Tensor:
        y = forward(x._data)
        return record(y, "faulty", (x,), lambda g: (backward(g, x._data, y),))

    return operation


FAULTS = {
    "softmax without the row sum": faulty(softmax, lambda g, x, s: s * g),
    "softmax with the wrong sign": faulty(
        softmax, lambda g, x, s: s * ((g * s).sum(-1, keepdims=True) - g)
    ),
    "softmax whose gradient is 0": faulty(softmax, lambda g, x, s: 0 * g),
    "transpose handed back untransposed": faulty(lambda x: x.T, lambda g, x, y: g),
    "reversal handed back in order": faulty(lambda x: x[::-1], lambda g, x, y: g),
    "gather that counts a repeat once": faulty(
        lambda x: x[[0, 0, 2]], lambda g, x, y: np.stack([g[1], 0 * g[0], g[2]])
    ),
    "tanh with 1 - y for 1 - y^2": faulty(np.tanh, lambda g, x, y: g * (1 - y)),
    "exp with the sign of x": faulty(np.exp, lambda g, x, y: -g * y),
}


def found(operation: Callable[[Tensor], Tensor]) -> bool:
    """Whether gradcheck refuses the operation on a 3 x 3 input."""
    x = Tensor(np.random.default_rng(0).normal(size=(3, 3)), requires_grad=True)
    try:
        gradcheck(operation, [x])
    except AssertionError:
        return True
    return False


def main(run: Run) -> None:
    """Eight faults by two checks, and the error of the difference at twelve steps."""
    print(f"{'fault':36}{'by .sum()':>10}{'weighted':>10}")
    counts = [0, 0]
    for name, operation in FAULTS.items():
        verdicts = [found(lambda x, f=operation: f(x).sum()), found(operation)]
        counts = [n + v for n, v in zip(counts, verdicts, strict=True)]
        print(f"{name:36}" + "".join(f"{'found' if v else 'missed':>10}" for v in verdicts))

    x = np.random.default_rng(run.seed).normal(size=(4, 5))
    weights = np.random.default_rng(1).uniform(0.5, 1.5, (4, 5))
    s = softmax(x)
    exact = s * (weights - (weights * s).sum(-1, keepdims=True))
    errors = []
    for h in STEPS:
        slopes = np.zeros_like(x)
        for where in np.ndindex(x.shape):
            up, down = x.copy(), x.copy()
            up[where] += h
            down[where] -= h
            slopes[where] = ((softmax(up) - softmax(down)) * weights).sum() / (2 * h)
        errors.append(float(np.abs(slopes - exact).max()))
    best = STEPS[int(np.argmin(errors))]
    with run.plot("steps.svg") as figure:
        axes = figure.subplots()
        axes.plot(STEPS, errors, color=BLUE, marker="o", markersize=4)
        axes.set(xscale="log", yscale="log", xlabel="step", ylabel="largest error of the slope")
    run.record(
        config={"faults": len(FAULTS)},
        metrics={
            "faults": len(FAULTS),
            "found_by_sum": counts[0],
            "found_weighted": counts[1],
            "log10_best_step": math.log10(best),
            "best_error": min(errors),
        },
    )
    print(f"the best step is {best:.0e}, with an error of {min(errors):.0e}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
