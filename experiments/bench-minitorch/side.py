"""One side of the benchmark, in a process of its own: reads requests from standard input, answers in JSON.

usage: side.py minitorch|torch      requests: "time NAME STEPS", "products NAME STEPS", "memory NAME"
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from models import GPTS, Side, build, products


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


def times(step: Callable[[], Any], steps: int) -> dict[str, Any]:
    """The processor's and the clock's seconds for each of `steps` steps, and what the last one returned."""
    cpu, wall = [], []
    for _ in range(steps):
        start, began = time.process_time(), time.perf_counter()
        last = step()
        cpu.append(time.process_time() - start)
        wall.append(time.perf_counter() - began)
    return {"cpu": cpu, "wall": wall, "loss": last}


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


def torch_peak(step: Callable[[], float]) -> int:
    """The same for PyTorch, whose profiler notes what its allocator hands out and takes back."""
    from torch.profiler import ProfilerActivity, profile

    step()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as noted:
        step()
    held = most = 0
    events = [e for e in noted.profiler.kineto_results.events() if e.name() == "[memory]"]
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most


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
    bare = {name: products(size) for name, size in GPTS.items()} if side.name != "torch" else {}
    for line in sys.stdin:
        kind, name, *rest = line.split()
        if kind == "memory":
            answer = {"bytes": (torch_peak if side.name == "torch" else peak)(steps[name])}
        else:
            answer = times((steps if kind == "time" else bare)[name], int(rest[0]))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
