"""One layer of attention learns whose verb and whose time a subject asks for: what do its heads look at, and who is missed?"""

from __future__ import annotations

from typing import Any

import numpy as np
from clauses import ASKS, CLAUSES, LENGTH, N_HEADS, STEPS, WORDS, clauses, gaze, right, trained

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch.attention import without_heads
from minitorch.tensor import Array

SEEDS = 3


def draw(maps: Array, words: Array, run: Run) -> None:
    """The shares that the three subjects of one text give, a panel a head."""
    told = [WORDS[i] for i in words]
    with run.plot("maps.svg", 7.2, 5.6, frame=True, font_size=8) as figure:
        for h, axes in enumerate(figure.subplots(N_HEADS, 1, sharex=True)):
            axes.imshow(maps[h], cmap="Blues", vmin=0, vmax=1, aspect="auto")
            axes.set_yticks(range(CLAUSES), [f"{told[i]} ({n})" for n, i in enumerate(ASKS, 1)])
            axes.set_xticks(range(LENGTH), told)
            axes.set_title(f"head {h}", loc="left")


def map_and_use_agree(table: list[dict[str, Any]], word: str, part: str) -> int:
    """Seeds in which the head that gives this word most is the one that is missed most for it, or within half a percent of it."""
    seeds = 0
    for row in table:
        left = [without[part] for without in row["without"]]
        seeds += left[int(np.argmax(row["gaze"][word]))] < min(left) + 0.005
    return seeds


def main(run: Run) -> None:
    """Three seeds: the model whole, without each head, with each head alone; and one whose heads can't choose."""
    words, made = clauses(np.random.default_rng([run.seed, 2]), 1000)
    table: list[dict[str, Any]] = []
    for seed in range(run.seed, run.seed + SEEDS):
        model, losses = trained(seed)
        blind, _ = trained(seed, looks=False)
        row: dict[str, Any] = {
            "seed": seed,
            "loss": float(np.mean(losses[-50:])),
            "whole": right(model, words, made),
            "equal_shares": right(blind, words, made),
            "gaze": {name: shares.tolist() for name, shares in gaze(model, words).items()},
            "equal_gaze": {name: shares.tolist() for name, shares in gaze(blind, words).items()},
            "without": [],
            "alone": [],
        }
        for h in range(N_HEADS):
            with without_heads(model.attention, [h]):
                row["without"].append(right(model, words, made))
            with without_heads(model.attention, [i for i in range(N_HEADS) if i != h]):
                row["alone"].append(right(model, words, made))
        with without_heads(model.attention, range(N_HEADS)):
            row["none"] = right(model, words, made)
        table.append(row)
        if seed == run.seed:
            shown = model.maps(words[:1])[0][:, ASKS]
            draw(shown, words[0], run)
            run.save("maps.json", {"words": [WORDS[i] for i in words[0]], "shares": shown.astype(float).round(3).tolist()}, indent=None)  # fmt: skip
    show(table)
    run.save("heads.json", table)
    shares = {
        name: np.mean([np.add(row[name]["verb"], row[name]["time"]) for row in table])
        for name in ("gaze", "equal_gaze")
    }
    run.record(
        config={"steps": STEPS, "seeds": SEEDS, "heads": N_HEADS, "clauses": CLAUSES},
        metrics={
            "whole_worst": min(row["whole"]["form"] for row in table),
            "equal_shares_best": max(row["equal_shares"]["form"] for row in table),
            "none_best": max(row["none"]["form"] for row in table),
            "without_one_worst": min(p["form"] for row in table for p in row["without"]),
            "alone_best": max(p["form"] for row in table for p in row["alone"]),
            "own_pair_share": float(shares["gaze"]),
            "own_pair_share_of_equal_shares": float(shares["equal_gaze"]),
            "time_map_and_use_agree": map_and_use_agree(table, "time", "tense"),
            "verb_map_and_use_agree": map_and_use_agree(table, "verb", "verb"),
            "most_time_share": float(max(np.max(row["gaze"]["time"]) for row in table)),
        },
    )


def show(table: list[dict[str, Any]]) -> None:
    """For each seed and head, where it looks and what is right without it and with it alone."""
    print("seed  head   verb   time | without: form verb tense | alone: form verb tense")
    for row in table:
        for h in range(N_HEADS):
            look = f"{row['gaze']['verb'][h]:6.2f} {row['gaze']['time'][h]:6.2f}"
            parts = (row["without"][h], row["alone"][h])
            cells = " | ".join(" ".join(f"{v:8.2f}" for v in part.values()) for part in parts)
            print(f"{row['seed']:4} {h:5} {look} | {cells}")
        print(
            f"      whole {row['whole']['form']:.3f}, equal shares {row['equal_shares']['form']:.3f}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
