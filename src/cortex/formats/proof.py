"""`proof.json`: what was proved, when, and about which inputs; written by `cortex dev prove`, never by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

SCHEMA = 1


@dataclass(frozen=True)
class PartProof:
    """One part that held.

    Attributes:
        at: when it was proved, UTC.
        seconds: how long its runs took, added up.
        versions: of Python and numpy; they are told, and are no input.
        gatekeeper: the digest of the program that proved it; no input either.
        inputs: what it stands on, each with its digest.
    """

    at: str
    seconds: float
    versions: dict[str, str]
    gatekeeper: str
    inputs: dict[str, str]


@dataclass(frozen=True)
class ProofFile:
    """The whole file; `checksum` is over everything else."""

    schema: int
    checksum: str
    parts: dict[str, PartProof] = field(default_factory=dict)
