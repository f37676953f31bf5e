"""Three kinds of numbers as int8 and int4, symmetric and asymmetric: what comes back, and what doesn't."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.integers import Grid, asymmetric_grid, dequantize, quantize, symmetric_grid

GRIDS = {"symmetric": symmetric_grid, "asymmetric": asymmetric_grid}
FORMS = 600
Array = NDArray[np.floating[Any]]


def numbers(seed: int) -> dict[str, Array]:
    """Logits of five tenses, probabilities of 600 forms, and 1,024 hidden activations; all float32."""
    draw = np.random.default_rng(seed)
    weights = np.exp(draw.normal(0, 1.5, FORMS))
    return {
        "logits": np.array([1.2, 4.7, 3.1, 0.5, 2.9], np.float32),
        "probabilities": (weights / weights.sum()).astype(np.float32),
        "hidden": draw.normal(size=1024).astype(np.float32),
    }


def round_trip(x: Array, grid: Grid) -> tuple[Array, dict[str, float]]:
    """The errors of one round trip, and what they say: `half_steps` is the largest in units of scale / 2."""
    codes = quantize(x, grid)
    back = dequantize(codes, grid).astype(np.float64)
    off = back - x
    some = np.abs(x) > 1e-8
    cosine = float(x @ back) / float(np.linalg.norm(x) * np.linalg.norm(back))
    return off, {
        "scale": grid.scale,
        "mean_error": float(np.abs(off).mean()),
        "max_error": float(np.abs(off).max()),
        "half_steps": float(np.abs(off).max()) / (grid.scale / 2),
        "relative_error": float((np.abs(off)[some] / np.abs(x[some])).mean()),
        "cosine": cosine,
        "codes": len(np.unique(codes)),
        "zeroed": float(((back == 0) & some).mean()),
    }


def draw_errors(errors: dict[str, Array], scales: dict[str, float], run: Run) -> None:
    """Histograms of the errors of the hidden activations, in half steps: flat, and nothing beyond 1."""
    with run.plot("errors.svg", 7.2, 3.2) as figure:
        for axes, name in zip(figure.subplots(1, 2, sharey=True), GRIDS, strict=True):
            axes.hist(errors[name] / (scales[name] / 2), bins=20, range=(-1.2, 1.2), color=BLUE)
            for edge in (-1, 1):
                axes.axvline(edge, color=RED, linewidth=1, linestyle="--")
            axes.set(title=f"{name}, step {scales[name]:.4f}", xlabel="error / (scale / 2)")


def main(run: Run) -> None:
    """Quantizes, measures, draws, records."""
    rows: list[dict[str, Any]] = []
    errors: dict[str, Array] = {}
    scales: dict[str, float] = {}
    for name, x in numbers(run.seed).items():
        for mode, choose in GRIDS.items():
            for bits in (8, 4):
                off, facts = round_trip(x, choose(x, bits))
                rows.append({"numbers": name, "grid": mode, "bits": bits, **facts})
                if (name, bits) == ("hidden", 8):
                    errors[mode], scales[mode] = off, facts["scale"]
    found = {(r["numbers"], r["grid"], r["bits"]): r for r in rows}

    draw_errors(errors, scales, run)
    run.save("results.json", rows)
    probabilities = numbers(run.seed)["probabilities"]
    kept = quantize(probabilities, symmetric_grid(probabilities, 8))
    top = [
        set(np.argsort(-x.astype(np.float64), kind="stable")[:10]) for x in (probabilities, kept)
    ]
    run.record(
        config={"forms": FORMS, "spread": 1.5, "hidden": 1024, "bits": [8, 4]},
        metrics={
            "worst_half_steps": max(r["half_steps"] for r in rows),
            "hidden_cosine_int8": found["hidden", "symmetric", 8]["cosine"],
            "hidden_cosine_int4": found["hidden", "symmetric", 4]["cosine"],
            "zeroed_int8_symmetric": found["probabilities", "symmetric", 8]["zeroed"],
            "zeroed_int8_asymmetric": found["probabilities", "asymmetric", 8]["zeroed"],
            "zeroed_int4_symmetric": found["probabilities", "symmetric", 4]["zeroed"],
            "top_10_kept_int8": len(top[0] & top[1]),
            "relative_error_probabilities_int8": found["probabilities", "symmetric", 8][
                "relative_error"
            ],
            "relative_error_logits_int8": found["logits", "symmetric", 8]["relative_error"],
        },
    )
    for r in rows:
        print(
            f"{r['numbers']:14}{r['grid']:11}int{r['bits']}  step {r['scale']:.2e}  max {r['max_error']:.2e}"
            f"  relative {r['relative_error']:6.1%}  zeroed {r['zeroed']:4.0%}  cosine {r['cosine']:.5f}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
