"""Compresses the table of verb counts by its SVD and asks how many numbers about verbs there really are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from verbs import CELLS, COMMON_FIRST, rates

from given.drawing import BLUE, ORANGE
from given.run import Run, conduct
from given.verbs import VERBS
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.linalg import compress, l2_norm, numerical_rank, operator_norm, relative_errors, svd

RANKS = (1, 2, 3, 5, 8, 10, 12, 15)
SHOWN = (1, 2, 3, 15)


def draw_spectrum(planted: NDArray[np.float64], alike: NDArray[np.float64], run: Run) -> None:
    """Singular values of both tables, on a logarithmic axis."""
    with run.plot("spectrum.svg", 7.2, 3.8) as figure:
        axes = figure.subplots()
        numbers = range(1, len(planted) + 1)
        axes.plot(numbers, planted, "o-", color=BLUE, label="three styles")
        axes.plot(numbers, alike, "s--", color=ORANGE, label="all verbs used alike")
        axes.set(yscale="log", xlabel="number", ylabel="singular value", xticks=list(numbers))
        axes.legend()


def draw_tables(table: NDArray[np.float64], run: Run) -> None:
    """Each verb's use of the 15 cells in share of its own total: the table and its approximations, on one scale."""
    order = [list(VERBS).index(verb) for verb in COMMON_FIRST]
    with run.plot("tables.svg", 7.4, 4.2, frame=True) as figure:
        for axes, k in zip(figure.subplots(1, len(SHOWN), sharey=True), SHOWN, strict=True):
            left, right = compress(table, k)
            near = (left @ right) / table.sum(axis=1, keepdims=True)
            axes.imshow(near[order], vmin=0, vmax=0.35, cmap="Blues", aspect="auto")
            axes.set_title("the counts" if k == 15 else f"rank {k}", fontsize=11)
            axes.set_xticks([1, 4, 7, 10, 13], ["inf", "pres", "past", "part", "fut"], fontsize=7)
            axes.set_yticks(range(20), COMMON_FIRST, fontsize=8)


def main(run: Run) -> None:
    """Two tables: verbs that mix three styles, and verbs that are all used alike."""
    expected, tables = {}, {}
    for styles in (3, 1):
        rng = np.random.default_rng(run.seed)
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

    np.save(run.file("counts.npy"), table)
    report = {"verbs": list(VERBS), "cells": CELLS, "singular_values": s.tolist(), "ranks": rows}
    run.save("results.json", report, indent=2)
    draw_spectrum(s, alike, run)
    draw_tables(table, run)
    run.record(
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
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
