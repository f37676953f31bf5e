"""How exact are three witnesses of a derivative, at every step size? Softmax with cross-entropy, and a small network."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.jacobians import (
    Array,
    central_jacobian,
    complex_jacobian,
    cross_entropy,
    cross_entropy_gradient,
    mlp,
    mlp_jacobian,
    softmax,
    softmax_jacobian,
)

Z = np.array([2.0, 1.0, 0.5, -1.0, 0.0])
STEPS = [float(f"1e-{k}") for k in range(1, 21)]


def one_sided(f: Callable[[Array], Any], x: Array, h: float) -> Array:
    """(f(x + h e_j) - f(x)) / h for a function of one output, shape (1, n)."""
    return np.array([[(f(x + h * e) - f(x)) / h for e in np.eye(len(x))]])


def worst(witness: Callable[..., Array], h: float) -> float:
    """The largest error of dL/dz over all five classes."""
    return max(
        float(
            np.abs(
                witness(lambda v, y=y: cross_entropy(v, y), Z, h) - cross_entropy_gradient(Z, y)
            ).max()
        )
        for y in range(len(Z))
    )


def draw(errors: dict[str, list[float]], run: Run) -> None:
    """Error against step, both logarithmic; an error of 0 is drawn at 1e-18."""
    with run.plot("errors.svg", 7.2, 4.2) as figure:
        axes = figure.subplots()
        for (name, values), color in zip(errors.items(), (ORANGE, BLUE, GREEN), strict=True):
            axes.plot(STEPS, np.maximum(values, 1e-18), "o-", color=color, label=name, markersize=4)
        axes.set(xscale="log", yscale="log", xlabel="step h", ylabel="largest error of dL/dz")
        axes.legend()


def network_errors(seed: int) -> tuple[float, float]:
    """The hand-made Jacobian of a 3-4-2 network against both witnesses, largest entry."""
    rng = np.random.default_rng(seed)
    x, w1, b1, w2, b2 = (rng.normal(size=s) for s in ((3,), (4, 3), (4,), (2, 4), (2,)))

    def output(vec: Array) -> Array:
        return mlp(x, vec.reshape(w1.shape), b1, w2, b2)[0]

    by_hand = mlp_jacobian(x, w1, b1, w2, b2)
    return (
        float(np.abs(by_hand - complex_jacobian(output, w1.ravel())).max()),
        float(np.abs(by_hand - central_jacobian(output, w1.ravel())).max()),
    )


def main(run: Run) -> None:
    """Measures, draws, records."""
    errors = {
        name: [worst(witness, h) for h in STEPS]
        for name, witness in (
            ("one-sided", one_sided),
            ("central", central_jacobian),
            ("complex step", complex_jacobian),
        )
    }
    of_softmax = float(np.abs(softmax_jacobian(Z) - complex_jacobian(softmax, Z)).max())
    of_network, of_network_central = network_errors(run.seed)

    draw(errors, run)
    rows = {
        name: dict(zip(map(str, STEPS), values, strict=True)) for name, values in errors.items()
    }
    run.save("errors.json", rows)
    best = {name: min(values) for name, values in errors.items()}
    at = {name: STEPS[int(np.argmin(values))] for name, values in errors.items()}
    run.record(
        config={"logits": Z.tolist(), "steps": "1e-1 to 1e-20", "network": [3, 4, 2]},
        metrics={
            "one_sided_best": best["one-sided"],
            "one_sided_at": at["one-sided"],
            "central_best": best["central"],
            "central_at": at["central"],
            "complex_at_1e-20": errors["complex step"][-1],
            "softmax_jacobian_error": of_softmax,
            "mlp_jacobian_error": of_network,
            "mlp_jacobian_error_central": of_network_central,
            "one_sided_best_log10": round(math.log10(best["one-sided"]), 1),
            "central_best_log10": round(math.log10(best["central"]), 1),
            "mlp_central_log10": round(math.log10(of_network_central), 1),
        },
    )
    for name in errors:
        print(f"{name:13} best error {best[name]:.1e} at h = {at[name]:.0e}")
    print(f"Jacobian of softmax off by {of_softmax:.1e}, of the network by {of_network:.1e}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
