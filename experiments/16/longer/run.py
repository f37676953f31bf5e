"""Five ways to tell positions, trained on 32 letters and asked at 32, 64 and 128: who goes on, who fails, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
from copying import (
    LONGEST,
    SCHEMES,
    STEPS,
    TRAINED,
    OneLayer,
    clamped,
    right,
    trained,
)

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything

SEEDS, LENGTHS = 3, (32, 64, 128)
COLORS = dict(zip(SCHEMES, (MUTED, ORANGE, RED, BLUE, GREEN), strict=True))


def explained(model: OneLayer, seed: int) -> dict[str, float]:
    """What a model with RoPE gets right at greater lengths when far keys are hidden, and when they are told as near ones."""
    seen = {}
    for n in LENGTHS[1:]:
        seen[f"near_{n}"] = right(model, n, seed, near=TRAINED)
        seen[f"clamped_{n}"] = clamped(model, n, seed)
    return seen


def main(run: Run) -> None:
    """Three seeds of each."""
    table: list[dict[str, Any]] = []
    for seed in range(run.seed, run.seed + SEEDS):
        row: dict[str, Any] = {"seed": seed}
        for scheme in SCHEMES:
            model = trained(scheme, seed)
            row[scheme] = {n: right(model, n, seed) for n in LENGTHS}
            if scheme == "sinusoidal":
                row["sinusoidal_near"] = right(model, LONGEST, seed, near=TRAINED)
                model.first = LONGEST - TRAINED
                row["sinusoidal_late"] = right(model, TRAINED, seed)
            if scheme == "rope":
                row |= explained(model, seed)
        for scheme in ("learned", "rope"):
            row[f"{scheme}_control"] = right(trained(scheme, seed, LONGEST), LONGEST, seed)
        table.append(row)
        print(f"seed {seed}: " + "  ".join(f"{s} " + " ".join(f"{v:.2f}" for v in row[s].values()) for s in SCHEMES))  # fmt: skip
    run.save("longer.json", table)
    metrics: dict[str, float] = {}
    for scheme in SCHEMES:
        for n in LENGTHS:
            of_seeds = [row[scheme][n] for row in table]
            metrics |= {
                f"{scheme}_{n}": float(np.mean(of_seeds)),
                f"{scheme}_{n}_worst": min(of_seeds),
                f"{scheme}_{n}_best": max(of_seeds),
            }
    for key in (k for k, v in table[0].items() if isinstance(v, float)):
        of_seeds = [row[key] for row in table]
        metrics |= {key: float(np.mean(of_seeds)), f"{key}_worst": min(of_seeds), f"{key}_best": max(of_seeds)}  # fmt: skip
    for key, value in metrics.items():
        if not key.endswith(("_worst", "_best")):
            print(f"{key:18} {value:.3f}  [{metrics[key + '_worst']:.3f}, {metrics[key + '_best']:.3f}]")  # fmt: skip
    with run.plot("longer.svg", 6.4, 3.4) as figure:
        axes = figure.subplots()
        for scheme in SCHEMES:
            axes.plot(LENGTHS, [metrics[f"{scheme}_{n}"] for n in LENGTHS], "o-", color=COLORS[scheme], label=scheme)  # fmt: skip
        axes.set(xscale="log", xlabel="length", ylabel="right in the last quarter", ylim=(0, 1.03))
        axes.set_xticks(LENGTHS, [str(n) for n in LENGTHS])
        axes.minorticks_off()
        axes.legend()
    run.record(config={"steps": STEPS, "trained": TRAINED, "seeds": SEEDS}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
