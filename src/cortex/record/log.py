"""What happened in a learner's labs, run by run: counts, times, failures. It lies beside the records and is no evidence.

`learners/<name>/log/` is ignored by git, so that a check of code in progress changes no tracked file. A log that is lost or
damaged costs a count.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field

from cortex.errors import CortexError
from cortex.files import store
from cortex.formats import load as reading
from cortex.formats.build import Mismatch, build
from cortex.record.learner import Learner


@dataclass
class LabLog:
    """The last run of a lab's checks, how many there were, and when the first got past NotImplementedError."""

    verdict: str = ""
    at: str = ""
    runs: int = 0
    attempted_at: str = ""


@dataclass
class PhaseLog:
    """The whole file."""

    labs: dict[str, LabLog] = field(default_factory=dict)


def path_of(learner: Learner, number: int) -> str:
    """The phase's log, relative to the root."""
    return learner.repo.relative(learner.log / f"phase-{number:02d}.json")


def read(learner: Learner, number: int) -> PhaseLog:
    """The phase's log; an empty one if there is none, or none that can be read."""
    path = learner.repo.root / path_of(learner, number)
    with contextlib.suppress(CortexError, Mismatch, OSError):
        if path.is_file():
            return build(PhaseLog, reading.parse_json(reading.read_text(path), path))
    return PhaseLog()


def note(learner: Learner, number: int, lab: str, verdict: str, *, attempted: bool) -> LabLog:
    """Adds a run."""
    learner.create()
    with store.locked(learner.folder):
        kept = read(learner, number)
        entry = kept.labs.setdefault(lab, LabLog())
        entry.verdict, entry.at = verdict, store.now()
        entry.runs += 1
        if attempted and not entry.attempted_at:
            entry.attempted_at = entry.at
        path = learner.repo.root / path_of(learner, number)
        store.write_atomic(path, json.dumps(asdict(kept), indent=1) + "\n")
    return entry
