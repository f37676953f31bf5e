"""Attestations: claims that no machine can check, in the learner's own words."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cortex.errors import CortexError
from cortex.files import store
from cortex.formats.checkpoint import Attestation
from cortex.formats.phase import Phase
from cortex.record.learner import Learner

CHARACTERS, WORDS = 20, 4


def stands(says: str) -> bool:
    """Whether a text is long enough to stand for something, counting only what can be seen."""
    words = [
        "".join(c for c in word if unicodedata.category(c)[0] in "LNPS") for word in says.split()
    ]
    seen = [word for word in words if any(c.isalnum() for c in word)]
    return len(" ".join(seen)) >= CHARACTERS and len(seen) >= WORDS


@dataclass(frozen=True)
class Claim:
    """Something that can be attested; `attested` is the word given so far, if any."""

    id: str
    says: str
    attested: Attestation | None


def claims(learner: Learner, phase: Phase) -> list[Claim]:
    """The phase's `attest` lines, and one for each solution that was opened before an attempt."""
    checkpoint = learner.checkpoint(phase.number)
    given = checkpoint.attestations if checkpoint else {}
    records = checkpoint.labs if checkpoint else {}
    lines = [(line.id, line.says) for line in phase.done if line.by == "attest"]
    lines += [
        (f"solution-{lab.id}", f"Why you opened the solution of lab {lab.id} before an attempt")
        for lab in phase.labs
        if lab.id in records and records[lab.id].solution_early
    ]
    return [Claim(key, says, given.get(key)) for key, says in lines]


def check_known(learner: Learner, phase: Phase, claim_id: str) -> None:
    """Raises CortexError, with what there is, unless `claim_id` can be attested."""
    known = [claim.id for claim in claims(learner, phase)]
    if claim_id not in known:
        raise CortexError(
            f"phase {phase.number:02d} has nothing to attest called {claim_id!r}",
            todo=f"What can be attested: {', '.join(known) or 'nothing'}.",
        )


def attest(learner: Learner, phase: Phase, claim_id: str, says: str) -> Attestation | None:
    """Records the learner's word for a claim and returns the one that it replaces, if any.

    Raises:
        CortexError: nothing of this name can be attested, or the text is less than a sentence.
    """
    check_known(learner, phase, claim_id)
    text = " ".join(says.encode("utf-8", "replace").decode("utf-8").split())
    if not stands(text):
        raise CortexError(
            f"{text!r} is too short to stand for something",
            field=claim_id,
            todo=f"Say it in a sentence: at least {WORDS} words and {CHARACTERS} characters.",
        )
    with learner.recording(phase.number) as checkpoint:
        before = checkpoint.attestations.get(claim_id)
        checkpoint.attestations[claim_id] = Attestation(text, store.now())
    return before
