"""What the five patients of your ward had: held against what you wrote down, and against what your `diagnose` says."""

from __future__ import annotations

import json

from given.run import Run, conduct
from labkit.generators import stream
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.dynamics.faults import KINDS, diagnose

LETTERS = "ABCDE"


def truth(seed: int) -> dict[str, str]:
    """As the ward draws it (`admitted` in experiments/19/ward/patients.py)."""
    rng = stream(seed, "ward")
    faults = [k for k in KINDS if k != "healthy"]
    kinds = ["healthy", *rng.choice(faults, len(LETTERS) - 1, replace=False).tolist()]
    order = rng.permutation(len(LETTERS))
    return {letter: kinds[i] for letter, i in zip(LETTERS, order, strict=True)}


def main(run: Run) -> None:
    """The kinds, and for how many the learner's own function is right."""
    folder = run.inputs["19-ward"]
    seed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["seed"]
    had = truth(seed)
    told = {letter: diagnose(json.loads((folder / f"{letter}.json").read_text(encoding="utf-8"))) for letter in LETTERS}  # fmt: skip
    for letter in LETTERS:
        print(f"{letter}: had {had[letter]}, diagnose says {told[letter]}")
    run.record(
        config={"ward": seed},
        metrics={**had, "right": sum(had[x] == told[x] for x in LETTERS)},
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
