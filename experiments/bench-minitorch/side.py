"""One side of the benchmark, in a process of its own: reads requests from standard input, answers in JSON.

usage: side.py minitorch|torch      requests: "time NAME STEPS", "memory NAME"
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from models import Side, build


def trainer(side: Side, model: Any, loss: Callable[[], Any]) -> Callable[[], float]:
    """A function that takes one step: forward, backward, AdamW."""
    optimizer = side.optim.AdamW(model.parameters(), lr=1e-3)

    def step() -> float:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        return float(value.item())

    return step


def seconds(step: Callable[[], float], steps: int) -> dict[str, Any]:
    """The time of each of `steps` steps, and the last loss."""
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        last = step()
        times.append(time.perf_counter() - start)
    return {"seconds": times, "loss": last}


def peak(step: Callable[[], float]) -> int:
    """The most bytes that Python and NumPy hold at once during a step, over what they held before it."""
    tracemalloc.start()
    step()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    step()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most - before


def saved(model: Any, loss: Callable[[], Any]) -> int:
    """Bytes of activations that PyTorch keeps for the backward pass, each storage once, parameters left out."""
    import torch

    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        value = loss()
    del value
    return sum(kept.values())


def count(parameter: Any) -> int:
    """How many numbers a parameter of either library has."""
    return int(parameter.numel() if hasattr(parameter, "numel") else parameter.size)


def main() -> None:
    side = Side(sys.argv[1])
    models = build(side)
    steps = {name: trainer(side, *pair) for name, pair in models.items()}
    sizes = {
        name: 4 * sum(count(p) for p in model.parameters()) for name, (model, _) in models.items()
    }
    print(json.dumps({"ready": side.name, "parameter_bytes": sizes}), flush=True)
    for line in sys.stdin:
        kind, name, *rest = line.split()
        if kind == "time":
            answer = seconds(steps[name], int(rest[0]))
        elif side.name == "torch":
            answer = {"bytes": saved(*models[name])}
        else:
            answer = {"bytes": peak(steps[name])}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
