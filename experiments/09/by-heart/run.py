"""A fifth of the labels is wrong: who learns them by heart, what does it cost on held-out verbs, and what helps?"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE, PURPLE, RED
from given.run import Run, conduct
from given.verbs import HELD_OUT
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch import Tensor, cat, functional, nn, no_grad, optim

sys.path.insert(0, str(Path(__file__).parents[1] / "spelling-endings"))
from spelling import DOMAIN, ENDINGS, FORMS, OTHERS, cells

LETTERS, WIDTH, HIDDEN, STEPS, LOOK, LR = 4, 8, 64, 300, 20, 0.01
UNSEEN, FEW, NOISE, SEEDS = 37, 60, 0.2, 3
Cells = list[tuple[str, int, int]]
Array = np.ndarray


@dataclass(frozen=True)
class Way:
    """What one training does differently from the first one."""

    decay: float = 0.0
    p: float = 0.0
    noise: float = NOISE
    verbs: int = FEW


WAYS = {
    "none": Way(),
    "clean": Way(noise=0.0),
    "decay_3": Way(decay=3.0),
    "decay_10": Way(decay=10.0),
    "dropout": Way(p=0.5),
    "more": Way(verbs=10_000),
}
COLORS = dict(zip(WAYS, (RED, "gray", BLUE, PURPLE, GREEN, ORANGE), strict=True))


class Speller(nn.Module):
    """The last four letters and the form as vectors, two layers, and a dropout in front of each."""

    def __init__(self, p: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.letters = nn.Embedding(27, WIDTH, std=0.5, rng=rng)
        self.forms = nn.Embedding(len(FORMS), WIDTH, std=0.5, rng=rng)
        self.layers = nn.Sequential(
            nn.Dropout(p, rng),
            nn.Linear((LETTERS + 1) * WIDTH, HIDDEN, rng=rng),
            nn.ReLU(),
            nn.Dropout(p, rng),
            nn.Linear(HIDDEN, len(ENDINGS), rng=rng),
        )

    def forward(self, letters: Array, forms: Array) -> Tensor:
        word = self.letters(letters).reshape(len(letters), LETTERS * WIDTH)
        logits: Tensor = self.layers(cat([word, self.forms(forms)], axis=1))
        return logits


def encode(rows: Cells) -> tuple[Array, Array, Array]:
    """The last four letters as numbers (0 in front of short words), the forms, the endings."""
    words = [word[-LETTERS:].rjust(LETTERS, "`") for word, _, _ in rows]
    letters = np.array([[ord(c) - ord("`") for c in word] for word in words])
    return letters, np.array([f for _, f, _ in rows]), np.array([e for _, _, e in rows])


def spoiled(ends: Array, share: float, seed: int) -> tuple[Array, Array]:
    """The endings with about `share` of them replaced by another one, and where."""
    rng = np.random.default_rng([seed, 1])
    wrong = rng.random(len(ends)) < share
    return np.where(wrong, (ends + rng.integers(1, len(ENDINGS), len(ends))) % 7, ends), wrong


@dataclass
class Seen:
    """What one training showed, every `LOOK` steps, without dropout."""

    rows: int
    train: list[float]
    held_out: list[float]
    right: list[float]
    learned: float
    sure: float


def train(way: Way, seed: int) -> Seen:
    """`STEPS` steps on all rows at once; split, wrong labels and first weights depend on the seed alone."""
    others = [v for v in dict.fromkeys((*DOMAIN, *OTHERS)) if v not in HELD_OUT]
    order = np.random.default_rng([seed, 0]).permutation(others).tolist()
    unseen, seen = order[:UNSEEN], order[UNSEEN:][: way.verbs]
    letters, forms, ends = encode([cell for verb in seen for cell in cells(verb)])
    new_letters, new_forms, new_ends = encode([cell for verb in unseen for cell in cells(verb)])
    labels, wrong = spoiled(ends, way.noise, seed)
    model = Speller(way.p, np.random.default_rng([seed, 2]))
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=way.decay)
    found = Seen(len(labels), [], [], [], 0.0, 0.0)
    for step in range(STEPS + 1):
        if step % LOOK == 0:
            model.eval()
            with no_grad():
                here, there = model(letters, forms), model(new_letters, new_forms)
            model.train()
            found.train.append(functional.cross_entropy(here, labels).item())
            found.held_out.append(functional.cross_entropy(there, new_ends).item())
            found.right.append(float((there.data.argmax(axis=1) == new_ends).mean()))
            found.sure = float(functional.softmax(there).data.max(axis=1).mean())
            if wrong.any():
                found.learned = float((here.data.argmax(axis=1) == labels)[wrong].mean())
        if step < STEPS:
            optimizer.zero_grad()
            functional.cross_entropy(model(letters, forms), labels).backward()
            optimizer.step()
    return found


def draw(runs: dict[str, list[Seen]], run: Run) -> None:
    """Held-out loss over the steps, the mean of the seeds solid; training loss dotted."""
    steps = range(0, STEPS + 1, LOOK)
    with run.plot("losses.svg", 7.2, 4.2) as figure:
        axes = figure.subplots()
        for name, seen in runs.items():
            for series, style in (("held_out", "-"), ("train", ":")):
                mean = np.mean([getattr(one, series) for one in seen], axis=0)
                label = name.replace("_", " ") if style == "-" else None
                axes.plot(steps, mean, style, color=COLORS[name], label=label)
        axes.set(xlabel="step", ylabel="loss (solid: held out, dotted: training)", ylim=(0, 2))
        axes.legend()


def main(run: Run) -> None:
    """Six ways, three seeds each, at equal steps."""
    metrics: dict[str, float] = {}
    runs: dict[str, list[Seen]] = {}
    print(
        f"{'':10}{'rows':>6}{'training':>10}{'held out: end':>24}{'least':>24}{'right':>8}{'sure':>8}{'learned':>9}"
    )
    for name, way in WAYS.items():
        seen = runs[name] = [train(way, run.seed + i) for i in range(SEEDS)]
        ends, least = [one.held_out[-1] for one in seen], [min(one.held_out) for one in seen]
        mean = {
            "train": float(np.mean([one.train[-1] for one in seen])),
            "end": float(np.mean(ends)),
            "least": float(np.mean(least)),
            "right": float(np.mean([one.right[-1] for one in seen])),
            "right_at_least": float(
                np.mean([one.right[int(np.argmin(one.held_out))] for one in seen])
            ),
            "learned": float(np.mean([one.learned for one in seen])),
            "sure": float(np.mean([one.sure for one in seen])),
        }
        metrics |= {f"{name}_{key}": value for key, value in mean.items()}
        metrics[f"{name}_below_none"] = sum(
            end < other.held_out[-1] for end, other in zip(ends, runs["none"], strict=True)
        )
        shown = ("  ".join(f"{value:.2f}" for value in values) for values in (ends, least))
        print(
            f"{name:10}{seen[0].rows:>6}{mean['train']:>10.3f}{next(shown):>24}{next(shown):>24}"
            f"{mean['right']:>8.2f}{mean['sure']:>8.2f}{mean['learned']:>9.2f}"
        )
    draw(runs, run)
    run.save("runs.json", {name: [vars(one) for one in seen] for name, seen in runs.items()})
    run.record(
        config={"steps": STEPS, "lr": LR, "hidden": HIDDEN, "noise": NOISE, "seeds": SEEDS},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
