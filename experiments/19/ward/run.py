"""Five trainings and their dashboards: one is healthy, four were sabotaged. Which, only the dashboards tell."""

from __future__ import annotations

import numpy as np
from patients import LETTERS, STEPS, admitted, texts, watched

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.dynamics.dashboard import render


def main(run: Run) -> None:
    """A dashboard and a record for each letter; what the manifest holds doesn't tell who has what."""
    letters, items = texts()
    metrics = {}
    for patient in admitted(run.seed):
        record, said = watched(patient, letters, items)
        page = render(f"Patient {patient.letter}", record, said)
        run.file(f"{patient.letter}.html").write_text(page, encoding="utf-8")
        run.save(f"{patient.letter}.json", record, indent=None)
        metrics[f"{patient.letter}_loss"] = float(np.mean([line["loss"] for line in record[-10:]]))
        print(f"{patient.letter}.html")
    run.record(config={"patients": LETTERS, "steps": STEPS}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
