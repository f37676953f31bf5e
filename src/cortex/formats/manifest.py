"""`manifest.json`: what one run of an experiment was made of and what came out. Schema 1.

Fields are added, never removed, so every object may hold more than is named here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

NEWEST = 1
_OPEN = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)

Sha1 = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Utc = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
Name = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True)
class Versions:
    """Releases of whatever can change a number; "not installed" where it isn't there."""

    __pydantic_config__ = _OPEN
    python: Name


@dataclass(frozen=True)
class Hardware:
    """The machine; `ram_gb` is GiB, or why it isn't known."""

    __pydantic_config__ = _OPEN
    cpu: str
    ram_gb: Annotated[float, Field(ge=0)] | str
    gpu: str
    os: str


@dataclass(frozen=True)
class Env:
    """Environment variables that change numbers, as they were; empty when unset."""

    __pydantic_config__ = _OPEN
    OMP_NUM_THREADS: str
    OPENBLAS_NUM_THREADS: str
    MKL_NUM_THREADS: str
    PYTHONHASHSEED: str


@dataclass(frozen=True)
class Artifact:
    """A file that the run wrote; `path` is relative to the manifest's folder."""

    __pydantic_config__ = _OPEN
    path: Name
    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Input:
    """A run whose artifacts this one used: its experiment and folder (`18-tutor/20260101T000000Z`), its manifest's digest."""

    __pydantic_config__ = _OPEN
    run: Name
    sha256: Sha256


@dataclass(frozen=True)
class Manifest:
    """The whole file. Times are UTC; `wall_seconds` is what passed between them; `learner` is whose code ran."""

    __pydantic_config__ = _OPEN
    schema: Literal[1]
    id: Name
    experiment: Name
    git_sha: Sha1
    git_dirty: bool
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    config: dict[str, Any]
    versions: Versions
    hardware: Hardware
    env: Env
    started_at: Utc
    finished_at: Utc
    wall_seconds: Annotated[float, Field(ge=0)]
    metrics: dict[str, bool | int | float | str]
    artifacts: list[Artifact]
    inputs: list[Input] = field(default_factory=list)
    learner: str = ""
