"""How far a test run is and how long it still takes, from the seconds that each test took last time."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

EVERY_S = 20.0


class Pace:
    """One run's clock.

    Args:
        file: where the seconds of each test are kept from run to run.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, float] = {}
        self.took: dict[str, float] = {}
        self.todo: set[str] = set()
        self.started = self.told = time.monotonic()
        with contextlib.suppress(OSError, ValueError):
            stored = json.loads(file.read_text(encoding="utf-8"))
            self.known = {str(name): float(seconds) for name, seconds in stored.items()}

    def collected(self, names: list[str]) -> None:
        """The tests that will run."""
        self.todo = set(names)
        self.started = self.told = time.monotonic()

    def ran(self, name: str, seconds: float) -> None:
        """One phase (set-up, call, tear-down) of a test."""
        self.took[name] = self.took.get(name, 0.0) + seconds

    def left(self, elapsed: float) -> float:
        """Seconds to go: what the rest took last time, at the pace of this run. A new test counts as a usual one."""
        usual = sum(self.known.values()) / len(self.known) if self.known else 1.0
        weights = {name: self.known.get(name, usual) + 0.001 for name in self.todo}
        done = sum(weights[name] for name in self.took if name in weights)
        rest = sum(weight for name, weight in weights.items() if name not in self.took)
        return elapsed * rest / done if done else 0.0

    def due(self) -> str:
        """A line to show, at most every 20 seconds; empty in between."""
        now = time.monotonic()
        count = len(self.todo & self.took.keys())
        if now - self.told < EVERY_S or not 0 < count < len(self.todo):
            return ""
        self.told = now
        return (
            f"{count} of {len(self.todo)} tests, about {told(self.left(now - self.started))} left"
        )

    def keep(self) -> None:
        """Keeps the seconds for the next run; a folder that can't be written only costs the estimate."""
        seconds = self.known | {name: round(value, 3) for name, value in self.took.items()}
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps(seconds), encoding="utf-8")


def told(seconds: float) -> str:
    """`40 s`, `3 min`."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
