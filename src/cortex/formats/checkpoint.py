"""What the gatekeeper remembers of one learner and one phase: `learners/<name>/phase-NN/checkpoint.json`.

Fields are added, never removed; a file with a newer `schema` is refused and kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1


@dataclass
class LabRecord:
    """One lab. `sources` and `checks` are the digests at the last run; times are ISO-8601 UTC.

    `attempted_at` is the first run that got past NotImplementedError; `solution_at` the first opening of the
    solution page, and `solution_early` whether that was before any attempt.
    """

    verdict: str = ""
    at: str = ""
    sources: str = ""
    checks: str = ""
    runs: int = 0
    attempted_at: str = ""
    passed_at: str = ""
    hints: list[str] = field(default_factory=list)
    solution_at: str = ""
    solution_early: bool = False


@dataclass
class BreakRecord:
    """One fault: what was predicted, what was seen, what was learnt."""

    prediction: str = ""
    predicted_at: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    observed: dict[str, Any] = field(default_factory=dict)
    matched: bool = False
    observed_at: str = ""
    lesson: str = ""
    lesson_at: str = ""


@dataclass
class QuizAttempt:
    """One sitting: the answers as given, so that they can be graded again."""

    at: str
    file: str
    score: float
    answers: dict[str, Any] = field(default_factory=dict)


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
    """A closed gate; `digest` is over the rest of the checkpoint, so that a later edit shows."""

    at: str
    git_sha: str
    digest: str


@dataclass
class Checkpoint:
    """The whole file."""

    phase: int
    opened_at: str
    schema: int = SCHEMA
    labs: dict[str, LabRecord] = field(default_factory=dict)
    breaks: dict[str, BreakRecord] = field(default_factory=dict)
    quiz: list[QuizAttempt] = field(default_factory=list)
    confirmations: dict[str, Confirmation] = field(default_factory=dict)
    attestations: dict[str, Attestation] = field(default_factory=dict)
    closed: Closure | None = None
