"""The one table of the learner's packages: what each is for, and what it may import.

The arrows test, `pyproject.toml` (held by a test), the seal, `doctor` and whatever runs code read it. It imports nothing
of ours: `doctor` reads it as a plain file where nothing else can be imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Package:
    """One package.

    Attributes:
        phases: the phases whose labs write it.
        below: those of ours that it may import, itself aside.
        libraries: what it may import beside the standard library and numpy.
    """

    phases: tuple[int, ...]
    below: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


TABLE: dict[str, Package] = {
    "labkit": Package((0, 6), (), ("structlog", "torch")),
    "minigrad": Package((1, 2, 3, 4, 5, 7), ("labkit",)),
    "minitorch": Package((8, 9, 10, 15, 16), ("minigrad", "labkit")),
    "minilm": Package(
        (11, 12, 13, 14, 17, 18, 19, 20, 21, 22, 26, 27, 28, 30, 36),
        ("minitorch", "minigrad", "labkit"),
        ("regex",),
    ),
    "minikernel": Package(
        (23, 24, 25, 35), ("minitorch", "minigrad", "labkit"), ("torch", "triton")
    ),
    "minitutor": Package(
        (29, 31, 32, 33, 34, 37, 38, 39),
        ("minilm", "minitorch", "minigrad", "labkit"),
        (
            "fastapi",
            "mcp",
            "opentelemetry",
            "prometheus_client",
            "pydantic",
            "starlette",
            "uvicorn",
        ),
    ),
}
NAMES = tuple(TABLE)


def reference(name: str) -> str:
    """The reference of a file that a lab writes: `src/minigrad/scalar.py` is `solutions/minigrad/scalar.py`."""
    parts = PurePosixPath(name).parts
    return PurePosixPath("solutions", *(parts[1:] if parts[0] == "src" else parts)).as_posix()


def learners(name: str) -> str:
    """The learner's file of a reference file: the other way round."""
    parts = PurePosixPath(name).parts[1:]
    return PurePosixPath(*(("src", *parts) if parts[0] in TABLE else parts)).as_posix()
