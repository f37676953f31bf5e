"""The same 360 rows, read with two kinds of company: which words come to lie near each other?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from shown import row, table
from vectors import BATCH, DIM, LR, NEGATIVES, ROWS, VERBS, trained

from given.drawing import BLUE, GREEN, ORANGE, PURPLE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.embed import labeled, word_labels
from minilm.geometry import gap_scores, hit_scores, pca

SETTINGS = {
    "rows": ROWS,
    "verbs": VERBS,
    "rows_cbow": replace(ROWS, words_from_neighbors=True, epochs=40),
    "verbs_cbow": replace(VERBS, words_from_neighbors=True, epochs=40),
}
SHOWN = ("work", "go", "eat", "write")
COLORS = (BLUE, GREEN, ORANGE, PURPLE)


def main(run: Run) -> None:
    """Four settings, three seeds each; gap and hits by verb and by slot."""
    metrics: dict[str, float] = {}
    every: dict[str, object] = {}
    rows: list[str] = []
    for name, setting in SETTINGS.items():
        seeds = [trained(setting, run.seed + i) for i in range(3)]
        metrics[f"{name}_loss"] = float(np.mean([one.losses[-1] for one in seeds]))
        for kind, of in enumerate(("verb", "slot")):
            for score in (gap_scores, hit_scores):
                key = f"{name}_{of}_{score.__name__.removesuffix('_scores')}"
                each = [one.measure(score, kind, run.seed) for one in seeds]
                values = [one.value for one in each]
                metrics[key] = float(np.mean(values))
                metrics[f"{key}_least"], metrics[f"{key}_most"] = min(values), max(values)
                metrics[f"{key}_chance_high"] = each[0].chance_high
                every[key] = [one._asdict() for one in each]
                first = each[0]
                beside = (first.low, first.high), (first.chance_low, first.chance_high)
                measure = f"{of} {'gap' if score is gap_scores else 'hits'}"
                rows.append(row(name, measure, values, *beside))
        if name in ("rows", "verbs"):
            draw(run, f"{name}.svg", seeds[0].vocabulary.words, seeds[0].vectors)
    print(shown := table(rows))
    run.file("table.md").write_text(shown, encoding="utf-8")
    run.save("measured.json", every)
    run.record(
        config={"dim": DIM, "lr": LR, "batch_size": BATCH, "negatives": NEGATIVES},
        metrics=metrics,
    )


def draw(run: Run, file: str, words: tuple[str, ...], vectors: np.ndarray) -> None:
    """The forms of four verbs in the plane of the two widest directions of all forms."""
    verbs = word_labels()[0]
    rows, labels = labeled(words, verbs)
    points, shares = pca(vectors[rows], 2)
    with run.plot(file, 6.4, 4.8) as figure:
        axes = figure.add_subplot()
        for verb, color in zip(SHOWN, COLORS, strict=True):
            own = [i for i, label in enumerate(labels) if label == verb]
            axes.scatter(points[own, 0], points[own, 1], s=14, color=color, label=verb)
            for i in own:
                axes.annotate(words[rows[i]], points[i], fontsize=6, color=color)
        axes.set_xlabel(f"first direction, {shares[0]:.0%} of the variance")
        axes.set_ylabel(f"second direction, {shares[1]:.0%}")
        axes.legend(fontsize=8)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
