"""Compresses the table of verb counts by its SVD and asks how many numbers about verbs there really are."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from verbs import CELLS, COMMON_FIRST, VERBS, rates

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.linalg import compress, l2_norm, numerical_rank, operator_norm, relative_errors, svd

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
RANKS = (1, 2, 3, 5, 8, 10, 12, 15)
SHOWN = (1, 2, 3, 15)


def draw_spectrum(planted: NDArray[np.float64], alike: NDArray[np.float64], path: Path) -> None:
    """Singular values of both tables, on a logarithmic axis."""
    with matplotlib.rc_context({"svg.hashsalt": NAME, "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        axes = figure.subplots()
        numbers = range(1, len(planted) + 1)
        axes.plot(numbers, planted, "o-", color="#1d5fa8", label="three styles")
        axes.plot(numbers, alike, "s--", color="#c2570c", label="all verbs used alike")
        axes.set(yscale="log", xlabel="number", ylabel="singular value", xticks=list(numbers))
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def draw_tables(table: NDArray[np.float64], path: Path) -> None:
    """Each verb's use of the 15 cells in share of its own total: the table and its approximations, on one scale."""
    order = [VERBS.index(verb) for verb in COMMON_FIRST]
    with matplotlib.rc_context({"svg.hashsalt": NAME, "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.4, 4.2), layout="constrained")
        for axes, k in zip(figure.subplots(1, len(SHOWN), sharey=True), SHOWN, strict=True):
            left, right = compress(table, k)
            near = (left @ right) / table.sum(axis=1, keepdims=True)
            axes.imshow(near[order], vmin=0, vmax=0.35, cmap="Blues", aspect="auto")
            axes.set_title("the counts" if k == 15 else f"rank {k}", fontsize=11)
            axes.set_xticks([1, 4, 7, 10, 13], ["inf", "pres", "past", "part", "fut"], fontsize=7)
            axes.set_yticks(range(20), COMMON_FIRST, fontsize=8)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def main() -> None:
    """Two tables: verbs that mix three styles, and verbs that are all used alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)

    seed_everything(options.seed)
    expected, tables = {}, {}
    for styles in (3, 1):
        rng = np.random.default_rng(options.seed)
        expected[styles] = rates(rng, styles)
        tables[styles] = rng.poisson(expected[styles]).astype(np.float64)
    table = tables[3]
    _, s, _ = svd(table)
    alike = svd(tables[1])[1]
    errors = relative_errors(s)
    lapack = np.linalg.svd(table, compute_uv=False)

    rows, identity = [], 0.0
    for k in RANKS:
        left, right = compress(table, k)
        rest = table - left @ right
        error = l2_norm(rest) / l2_norm(table)
        identity = max(identity, abs(error - errors[k]))
        row = {
            "k": k,
            "numbers": k * sum(table.shape),
            "relative_error": error,
            "captured_energy": 1 - error**2,
            "operator_error": operator_norm(rest, 2),
            "error_to_rates": l2_norm(expected[3] - left @ right) / l2_norm(expected[3]),
        }
        rows.append(row)
        print(
            f"k={k:2}  {row['numbers']:3} of {table.size} numbers  error {100 * error:6.2f} %  "
            f"to the true rates {100 * float(row['error_to_rates']):6.2f} %"
        )
    by_rank = {int(row["k"]): row for row in rows}

    np.save(out / "counts.npy", table)
    report = {"verbs": VERBS, "cells": CELLS, "singular_values": s.tolist(), "ranks": rows}
    (out / "results.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    draw_spectrum(s, alike, out / "spectrum.svg")
    draw_tables(table, out / "tables.svg")
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"styles": 3, "tokens": 400_000, "zipf_exponent": 1.0, "ranks": str(RANKS)},
        metrics={
            "rank_of_rates": numerical_rank(expected[3], 1e-10),
            "rank_of_counts": numerical_rank(table),
            "error_1": float(errors[1]),
            "error_2": float(errors[2]),
            "error_3": float(errors[3]),
            "error_3_all_alike": float(relative_errors(alike)[3]),
            "error_1_all_alike": float(relative_errors(alike)[1]),
            "gap_after_3": float(s[2] / s[3]),
            "identity_gap": identity,
            "lapack_gap": float(np.abs(s - lapack).max() / lapack[0]),
            "counts_to_rates": by_rank[15]["error_to_rates"],
            "rank_3_to_rates": by_rank[3]["error_to_rates"],
        },
        artifacts=[
            out / name for name in ("counts.npy", "results.json", "spectrum.svg", "tables.svg")
        ],
        started_at=started,
    )
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
