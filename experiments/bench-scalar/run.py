"""One training step of a 2-16-16-1 tanh network on 50 points: `minigrad`, with and without `dot`, and micrograd."""

from __future__ import annotations

import argparse
import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import micrograd.engine  # type: ignore[import-untyped]

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.scalar import Value, dot

HERE = Path(__file__).parent
SIZES = [2, 16, 16, 1]
POINTS = 50
LR = 0.001
PHASES = ("forward", "backward", "update")


class Micrograd(micrograd.engine.Value):  # type: ignore[misc]
    """micrograd 0.1.0 has no tanh: the same operation as a native node, written as its own relu is written."""

    def tanh(self) -> micrograd.engine.Value:
        t = math.tanh(self.data)
        out = micrograd.engine.Value(t, (self,), "tanh")

        def _backward() -> None:
            self.grad += (1 - t * t) * out.grad

        out._backward = _backward
        return out


# micrograd's operators return its own Value, so the method has to be there too.
micrograd.engine.Value.tanh = Micrograd.tanh


def spelled_out(ws: Sequence[Any], xs: Sequence[Any], bias: Any) -> Any:
    """w . x + b with `*` and `+`, in the words of micrograd's own Neuron."""
    return sum((w * x for w, x in zip(ws, xs, strict=True)), bias)


class Contender:
    """One engine with one way to write a neuron, its network, and its timings in seconds."""

    def __init__(self, value: type, neuron: Callable[..., Any], weights: list[Any]) -> None:
        self.neuron = neuron
        self.layers = [[([value(w) for w in ws], value(0.0)) for ws in layer] for layer in weights]
        self.parameters = [p for layer in self.layers for ws, b in layer for p in (*ws, b)]
        self.times: dict[str, list[float]] = {phase: [] for phase in (*PHASES, "step")}

    def forward(self, points: list[list[float]], targets: list[float]) -> Any:
        """The sum of squared errors over all points."""
        total: Any = 0.0
        for point, target in zip(points, targets, strict=True):
            xs: Any = point
            for layer in self.layers:
                xs = [self.neuron(ws, xs, b).tanh() for ws, b in layer]
            total = total + (xs[0] - target) ** 2
        return total

    def step(self, points: list[list[float]], targets: list[float]) -> float:
        """One timed training step; the loss before it."""
        start = time.perf_counter()
        loss = self.forward(points, targets)
        built = time.perf_counter()
        for p in self.parameters:
            p.grad = 0.0
        loss.backward()
        walked = time.perf_counter()
        for p in self.parameters:
            p.data -= LR * p.grad
        done = time.perf_counter()
        for phase, seconds in zip(
            PHASES, (built - start, walked - built, done - walked), strict=True
        ):
            self.times[phase].append(seconds)
        self.times["step"].append(done - start)
        return float(loss.data)

    def median_ms(self, phase: str) -> float:
        """The median over all rounds, in milliseconds."""
        return 1000 * statistics.median(self.times[phase])


def measure(rounds: int, collector: bool) -> tuple[dict[str, Contender], bool]:
    """Alternates the three for `rounds` steps each; also whether losses and gradients agreed to 1e-9 all along."""
    weights = [
        [[random.uniform(-1, 1) for _ in range(i)] for _ in range(o)] for i, o in pairwise(SIZES)
    ]
    points = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(POINTS)]
    targets = [1.0 if x * y > 0 else -1.0 for x, y in points]
    contenders = {
        "micrograd": Contender(Micrograd, spelled_out, weights),
        "minigrad": Contender(Value, spelled_out, weights),
        "minigrad with dot": Contender(Value, dot, weights),
    }
    same = True
    for _ in range(rounds):
        results = []
        for contender in contenders.values():
            gc.collect()
            if not collector:
                gc.disable()
            try:
                loss = contender.step(points, targets)
            finally:
                gc.enable()
            results.append([loss, *(p.grad for p in contender.parameters)])
        same = same and all(
            math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9)
            for other in results[1:]
            for x, y in zip(results[0], other, strict=True)
        )
    return contenders, same


def main() -> None:
    """Measures with Python's cycle collector on, as everybody runs it, then off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)

    metrics: dict[str, float | bool] = {}
    agree = True
    for suffix, collector in [("", True), ("_gc_off", False)]:
        seed_everything(options.seed)
        contenders, same = measure(options.rounds, collector)
        agree = agree and same
        base = contenders["micrograd"].median_ms("step")
        print(
            f"cycle collector {'on' if collector else 'off'}, medians of {options.rounds} rounds, ms"
        )
        print(f"{'':20}{'forward':>10}{'backward':>10}{'update':>10}{'step':>10}{'ratio':>8}")
        for name, contender in contenders.items():
            row = [contender.median_ms(phase) for phase in (*PHASES, "step")]
            print(f"{name:20}" + "".join(f"{ms:10.2f}" for ms in row) + f"{base / row[-1]:8.2f}")
            key = name.replace(" with ", "_")
            metrics |= {
                f"{key}_{p}_ms{suffix}": ms for p, ms in zip((*PHASES, "step"), row, strict=True)
            }
        metrics[f"speedup_plain{suffix}"] = base / contenders["minigrad"].median_ms("step")
        metrics[f"speedup_dot{suffix}"] = base / contenders["minigrad with dot"].median_ms("step")
    metrics["same_losses_and_gradients"] = agree
    record_manifest(
        out,
        experiment=HERE.name,
        seed=options.seed,
        config={"sizes": SIZES, "points": POINTS, "lr": LR, "rounds": options.rounds},
        metrics=metrics,
        artifacts=[],
        started_at=started,
    )
    print(f"same losses and gradients: {agree}")
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
