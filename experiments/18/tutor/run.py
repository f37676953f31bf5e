"""A first tutor: a GPT of 101,504 parameters learns to mend sentences; what it can do that a table and a copy can't."""

from __future__ import annotations

import time

import numpy as np
from answers import asked, copying, lookup

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm import tutor
from minilm.corpus import examples, split

EVERY = 400
WATCHED = ("phrases", "right_phrases", "cells_regular", "right_cells_regular")


def main(run: Run) -> None:
    """Trains on the training part alone, and asks all three for what is held out."""
    parts = split(examples())
    training = tutor.trainer(parts["train"], run.seed)
    valued, steps, seconds = asked(parts, "val"), [], 0.0
    while training.step < tutor.STEPS:
        started = time.process_time()
        steps += tutor.training(training, min(training.step + EVERY, tutor.STEPS))
        seconds += time.process_time() - started
        told = {name: float(tutor.exact(training.model, valued[name]).mean()) for name in WATCHED}
        print(
            f"step {training.step}: loss {steps[-1]['loss']:.3f}, {seconds:.0f} s;",
            "; ".join(f"{name} {share:.0%}" for name, share in told.items()),
            flush=True,
        )
    tutor.save(training.model, run.file("tutor.safetensors"))
    run.save("steps.json", steps, indent=None)

    known = lookup(parts["train"])
    rows = {}
    for name, some in asked(parts).items():
        right = tutor.exact(training.model, some)
        rows[name] = {
            "asked": len(some),
            "copy": float(np.mean([copying(text) == answer for text, answer in some])),
            "lookup": float(np.mean([known(text) == answer for text, answer in some])),
            "tutor": float(right.mean()),
            "wrong": [
                [*some[i], tutor.answer(training.model, some[i][0])] for i in np.flatnonzero(~right)
            ],
        }
    run.save("answers.json", rows)
    run.record(
        config={
            "model": training.model.config.to_dict(),
            "steps": tutor.STEPS,
            "rows": tutor.ROWS,
            "made": tutor.MADE,
        },
        metrics={
            **{name: row["tutor"] for name, row in rows.items()},
            **{f"lookup_{name}": row["lookup"] for name, row in rows.items()},
            **{f"copy_{name}": row["copy"] for name, row in rows.items()},
            "loss_step_1": steps[0]["loss"],
            "loss_step_50": steps[49]["loss"],
            "last_loss": float(np.mean([row["loss"] for row in steps[-50:]])),
            "seconds": round(seconds, 1),
        },
    )
    print(f"{tutor.STEPS} steps of training in {seconds:.0f} s of CPU; exact answers")
    print(f"{'':26} asked  copy  lookup  tutor")
    for name, row in rows.items():
        print(
            f"{name:26} {row['asked']:5} {row['copy']:5.1%} {row['lookup']:7.1%} {row['tutor']:6.1%}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
