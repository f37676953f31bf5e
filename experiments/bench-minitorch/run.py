"""Training steps of two small networks: minitorch and PyTorch in turn, a process each, one thread each."""

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
STEPS = {"mlp": 40, "gpt": 15}
TITLES = {
    "mlp": "MLP 64-256-256-64, batch 128",
    "gpt": "mini-GPT, d 64, 2 layers, 8 x 32 tokens",
}
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
    for name, steps in STEPS.items():
        times: dict[str, list[float]] = {side: [] for side in sides}
        losses: dict[str, float] = {}
        for side in sides:
            children[side].ask(f"time {name} {steps}")  # warm-up: memory, caches, thread pools
        for _ in range(options.rounds):
            for side in sides:
                answer = children[side].ask(f"time {name} {steps}")
                times[side].append(statistics.median(answer["seconds"]))
                losses[side] = answer["loss"]
        for side in sides:
            metrics[f"{name}_{side}_ms"] = 1000 * statistics.median(times[side])
        line = f"{TITLES[name]:42} minitorch {metrics[f'{name}_minitorch_ms']:7.3f} ms"
        if len(sides) == 2:
            # The ratio of neighbors in time: what slows the machine down slows both.
            ratios = [a / b for a, b in zip(times["minitorch"], times["torch"], strict=True)]
            metrics[f"{name}_ratio"] = statistics.median(ratios)
            same = abs(losses["minitorch"] - losses["torch"]) <= 0.02 * losses["torch"] + 1e-3
            metrics[f"{name}_same_loss"] = same
            line += f"   torch {metrics[f'{name}_torch_ms']:7.3f} ms"
            line += f"   ratio {metrics[f'{name}_ratio']:.2f}   same loss: {same}"
        print(line)

    ours = children["minitorch"].ask("memory gpt")["bytes"]
    ours += children["minitorch"].ready["parameter_bytes"]["gpt"]
    metrics["gpt_peak_bytes"] = ours
    line = f"memory of a mini-GPT step: minitorch's peak {ours / 2**20:.2f} MiB"
    if len(sides) == 2:
        estimate = children["torch"].ask("memory gpt")["bytes"]
        estimate += children["torch"].ready["parameter_bytes"]["gpt"]
        metrics["gpt_torch_estimate_bytes"] = estimate
        metrics["gpt_memory_ratio"] = ours / estimate
        line += f", torch's activations and parameters {estimate / 2**20:.2f} MiB"
        line += f", ratio {ours / estimate:.2f}"
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
