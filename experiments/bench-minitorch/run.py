"""Training steps of a perceptron and of the GPT in two sizes: minitorch and PyTorch in turn, a process each, one thread each."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything

HERE = Path(__file__).parent
STEPS = {"mlp": 40, "gpt-64": 15, "gpt-128": 2}
TITLES = {
    "mlp": "MLP 64-256-256-64, batch 128",
    "gpt-64": "GPT, d 64, 2 layers, 8 x 32 tokens",
    "gpt-128": "GPT, d 128, 4 layers, 16 x 128 tokens",
}
GPTS = ("gpt-64", "gpt-128")
CLOCKS = ("cpu", "wall")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Child:
    """One side in its own process."""

    def __init__(self, side: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "side.py"), side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | dict.fromkeys(THREADS, "1"),
        )
        self.ready = self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"side.py ended with exit code {self.process.wait()}")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def ask(self, request: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def import_seconds(rounds: int) -> float:
    """The median time of `import minitorch`, NumPy included, in fresh processes."""
    code = "import time; s = time.perf_counter(); import minitorch; print(time.perf_counter() - s)"
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(rounds)
    ]
    return statistics.median(float(run.stdout) for run in runs)


def compare(
    children: dict[str, Child], name: str, rounds: int
) -> tuple[dict[str, float | bool], list[str]]:
    """Metrics of a training step of one network, and lines to print: every side in each round, medians over rounds."""
    asked = {side: (child, "time") for side, child in children.items()}
    if name in GPTS:
        asked["products"] = (children["minitorch"], "products")
    taken: dict[tuple[str, str], list[float]] = {(s, c): [] for s in asked for c in CLOCKS}
    losses: dict[str, float] = {}
    for i in range(rounds + 1):
        for side, (child, what) in asked.items():
            answer = child.ask(f"{what} {name} {STEPS[name]}")
            losses[side] = answer["loss"]
            if i:  # the first is warm-up: memory, caches, thread pools
                for clock in CLOCKS:
                    taken[side, clock].append(statistics.median(answer[clock]))
    metrics: dict[str, float | bool] = {
        f"{name}_{side}_{clock}_ms": 1000 * statistics.median(seconds)
        for (side, clock), seconds in taken.items()
    }
    for a, b in (("minitorch", "torch"), ("minitorch", "products"), ("torch", "products")):
        if a in asked and b in asked:
            for clock in CLOCKS:
                # The ratio of neighbors in time: what slows the machine down slows both.
                ratios = [x / y for x, y in zip(taken[a, clock], taken[b, clock], strict=True)]
                metrics[f"{name}_{a}_over_{b}_{clock}"] = statistics.median(ratios)
    lines = [
        f"{TITLES[name]:38} {clock:4}"
        + "".join(f"  {side} {metrics[f'{name}_{side}_{clock}_ms']:8.3f} ms" for side in asked)
        for clock in CLOCKS
    ]
    if "torch" in asked:
        same = abs(losses["minitorch"] - losses["torch"]) <= 0.02 * losses["torch"] + 1e-3
        metrics[f"{name}_same_loss"] = same
        of = [metrics[f"{name}_minitorch_over_torch_{clock}"] for clock in CLOCKS]
        lines.append(f"  minitorch / torch: cpu {of[0]:.2f}, wall {of[1]:.2f}; same loss: {same}")
    return metrics, lines


def memory(children: dict[str, Child], name: str) -> tuple[dict[str, float | bool], str]:
    """The parameters, and the most that a step holds beside them and the optimizer's state, on each side."""
    held = {
        side: child.ask(f"memory {name}")["bytes"] + child.ready["parameter_bytes"][name]
        for side, child in children.items()
    }
    metrics: dict[str, float | bool] = {f"{name}_{side}_bytes": n for side, n in held.items()}
    line = f"{TITLES[name]:38} memory" + "".join(
        f"  {s} {n / 2**20:.2f} MiB" for s, n in held.items()
    )
    if "torch" in held:
        metrics[f"{name}_memory_ratio"] = held["minitorch"] / held["torch"]
        line += f"  ratio {held['minitorch'] / held['torch']:.2f}"
    return metrics, line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)
    seed_everything(options.seed)

    sides = ["minitorch", *(["torch"] if find_spec("torch") else [])]
    children = {side: Child(side) for side in sides}
    metrics: dict[str, float | bool] = {"torch": len(sides) == 2}
    print(f"one step (forward, backward, AdamW), medians of {options.rounds} alternating rounds")
    for name in STEPS:
        found, lines = compare(children, name, options.rounds)
        metrics |= found
        print(*lines, sep="\n", flush=True)
    for name in GPTS:
        found, line = memory(children, name)
        metrics |= found
        print(line)
    metrics["import_seconds"] = import_seconds(9)
    print(f"import minitorch, NumPy included: {metrics['import_seconds']:.3f} s")
    if len(sides) == 1:
        print("PyTorch isn't installed, so nothing was compared: `just oracle bench` has it")
    for child in children.values():
        child.close()
    record_manifest(
        out,
        experiment=HERE.name,
        seed=options.seed,
        config={"rounds": options.rounds, "steps": STEPS},
        metrics=metrics,
        artifacts=[],
        started_at=started,
    )
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
