"""The tables of the pages, made of the kept result: `python experiments/18/ngram-or-gpt/shown.py` prints them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

KEPT = Path(__file__).with_name("kept.json")
ROWS = {
    "new_verbs": "bits per byte, new verbs",
    "spanish": "of these: inside the Spanish",
    "subject": "the English subject",
    "verb": "the English verb",
    "phrase": "the English phrase",
    "new_cells": "bits per byte, new cells",
    "agrees": "right form of four, new verbs",
    "agrees_new_phrase": "right form of four, known verbs and a new phrase",
    "follows_phrase": "goes with the phrase, against the verb",
}


def table(metrics: Mapping[str, float]) -> list[str]:
    """Means over the seeds; the better of the two in bold, where one is better."""
    lines = ["| | n-gram | GPT |", "|---|---|---|"]
    for key, says in ROWS.items():
        told = [metrics[f"{name}_{key}"] for name in ("ngram", "gpt")]
        shown = [f"{value:.2f}" for value in told]
        if key != "follows_phrase":
            best = (max if key.startswith("agrees") else min)(told)
            shown[told.index(best)] = f"**{shown[told.index(best)]}**"
        lines.append(f"| {says} | {shown[0]} | {shown[1]} |")
    return lines


if __name__ == "__main__":
    print("\n".join(table(json.loads(KEPT.read_text(encoding="utf-8"))["metrics"])))
