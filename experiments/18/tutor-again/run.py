"""Is that tutor what it says? Its first 50 steps are made again, and the file that it left is asked anew."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm import tutor
from minilm.corpus import examples, split

sys.path.append(str(Path(__file__).parents[1] / "tutor"))
from answers import asked, lookup

STEPS = 50


def main(run: Run) -> None:
    """Whoever changes the file, or a number of the first steps, is found; what lies between is held by the digest of the run."""
    folder = run.inputs["18-tutor"]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    then = json.loads((folder / "steps.json").read_text(encoding="utf-8"))[:STEPS]
    parts = split(examples())
    now = list(tutor.training(tutor.trainer(parts["train"], manifest["seed"]), STEPS))
    off = max(abs(a["loss"] - b["loss"]) for a, b in zip(now, then, strict=True))

    model, known = tutor.load(folder / "tutor.safetensors"), lookup(parts["train"])
    questions = asked(parts)
    found = {name: float(tutor.exact(model, some).mean()) for name, some in questions.items()}
    run.record(
        config={"steps": STEPS, "of_seed": manifest["seed"]},
        metrics={
            **found,
            "lookup_cells_regular": float(
                np.mean([known(text) == right for text, right in questions["cells_regular"]])
            ),
            "first_steps_off": off,
            "same_first_steps": now == then,
            "as_recorded": all(manifest["metrics"][name] == value for name, value in found.items()),
        },
    )
    print(f"the first {STEPS} steps: {'the same, bit for bit' if now == then else f'off by {off}'}")
    for name, value in found.items():
        print(f"{name:26} {value:6.1%}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
