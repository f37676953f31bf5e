"""What the gatekeeper remembers of one learner and one phase: `learners/<name>/phase-NN/checkpoint.json`.

Fields are added, never removed, and have defaults, so that an older record is read as it is; a file with a newer
`schema` is refused and kept. Schema 2 added `learner`, `predictions`, `experiments`, `modules`, `lines` of a
closure, and `items` and `variants` of a quiz attempt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SCHEMA = 2


@dataclass
class LabRecord:
    """One lab. `sources` and `checks` are the digests at the last run; times are ISO-8601 UTC.

    `modules` has a digest for each file of the learner's that the checks really imported: of all that it holds but
    the parts that later labs ask for. It is empty in records of schema 1, whose `sources` is over whole files.
    `attempted_at` is the first run that got past NotImplementedError; `solution_at` the first opening of the
    solution page, and `solution_early` whether that was before any attempt.
    """

    verdict: str = ""
    at: str = ""
    sources: str = ""
    checks: str = ""
    modules: dict[str, str] = field(default_factory=dict)
    runs: int = 0
    attempted_at: str = ""
    passed_at: str = ""
    hints: list[str] = field(default_factory=list)
    solution_at: str = ""
    solution_early: bool = False


@dataclass
class Prediction:
    """What was said of one value before it could be seen, and what then came; `right` is None until it is scored."""

    said: bool | int | float | str
    at: str
    came: bool | int | float | str | None = None
    right: bool | None = None


@dataclass
class BreakRecord:
    """One fault: what was predicted, in words and value by value, what was seen, what was learnt."""

    prediction: str = ""
    predicted_at: str = ""
    predictions: dict[str, Prediction] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    observed: dict[str, Any] = field(default_factory=dict)
    matched: bool = False
    observed_at: str = ""
    lesson: str = ""
    lesson_at: str = ""


@dataclass
class ExperimentRecord:
    """One experiment: what was predicted of its metrics before the first run."""

    predictions: dict[str, Prediction] = field(default_factory=dict)


@dataclass
class QuizAttempt:
    """One sitting: the answers as given, so that they can be graded again.

    `items` are those that were asked, in their order (empty in schema 1: all of the file); `variants` says for an item
    that can vary which of its numbers were asked.
    """

    at: str
    file: str
    score: float
    answers: dict[str, Any] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    variants: dict[str, int] = field(default_factory=dict)


@dataclass
class Confirmation:
    """A verdict on a free answer, by `self` or by an `assistant`; `answer` is the digest of what was judged."""

    verdict: bool
    by: str
    at: str
    answer: str


@dataclass
class Attestation:
    """A claim that no machine can check, in the learner's words."""

    says: str
    at: str


@dataclass
class Closure:
    """A closed gate; `digest` is over the rest of the record as it is stored, so that a later edit shows.

    `lines` are those that held, by id; empty in schema 1. What the phase asks for since then is newer.
    """

    at: str
    git_sha: str
    digest: str
    lines: list[str] = field(default_factory=list)


@dataclass
class Checkpoint:
    """The whole file."""

    phase: int
    opened_at: str
    schema: int = SCHEMA
    learner: str = ""
    labs: dict[str, LabRecord] = field(default_factory=dict)
    breaks: dict[str, BreakRecord] = field(default_factory=dict)
    experiments: dict[str, ExperimentRecord] = field(default_factory=dict)
    quiz: list[QuizAttempt] = field(default_factory=list)
    confirmations: dict[str, Confirmation] = field(default_factory=dict)
    attestations: dict[str, Attestation] = field(default_factory=dict)
    closed: Closure | None = None
