"""What a run leaves in its folder: checkpoints, the best weights, one line a step. Each appears whole or not at all."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from minilm.errors import MinilmError
from minitorch.checkpoint import load_file, load_metadata, save_file, write_whole
from minitorch.tensor import Array

FORMAT = "minilm-checkpoint-1"
BEST, LINES, LOCK = "best.safetensors", "lines.jsonl", "lock"
KEPT = 2
"""How many of a run's checkpoints stay: the newest, and one to go back to."""


class Resumable(Protocol):
    """What can be saved and go on: `minilm.train.Trainer`."""

    step: int

    def state_dict(self) -> tuple[dict[str, Array], dict[str, Any]]: ...
    def load_state_dict(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What stands in a file: arrays by name, facts, and the configuration of what wrote it."""

    arrays: dict[str, Array]
    facts: dict[str, Any]
    config: dict[str, Any]

    def weights(self) -> dict[str, Array]:
        """The model's arrays under the names that `Module.load_state_dict` takes."""
        return {n.removeprefix("model."): a for n, a in self.arrays.items() if n.startswith("model.")}  # fmt: skip


def _finite(arrays: Mapping[str, Array], where: str) -> None:
    """MinilmError names the first array that has a number that isn't finite."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise MinilmError(f"{where}: {name} has numbers that aren't finite")


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """One file for all of it, in the safetensors format: facts, configuration and FORMAT stand as JSON in its metadata.

    Raises:
        MinilmError: a number that isn't finite, or the disk's refusal; what the path held before is untouched then.
    """
    raise NotImplementedError("Lab 18.4 - one file, so that nothing can be half there")


def read_checkpoint(path: str | Path, config: Mapping[str, Any] | None = None) -> Checkpoint:
    """What `write_checkpoint` wrote.

    Args:
        config: what it must have been written with; None takes any.

    Raises:
        MinilmError: cut off or damaged; no checkpoint, or one of another format; with a number that isn't finite; of another
            configuration: the message has the file, and the array or the field with both values.
    """
    raise NotImplementedError("Lab 18.4 - nothing on trust")


class RunFolder:
    """A run's folder, which one process at a time may use: `with RunFolder(path, config) as run`.

    In it: `step-000040.safetensors` and the one before, `best.safetensors`, `lines.jsonl`. A process that dies lets go of the
    lock.
    """

    def __init__(self, path: str | Path, config: Mapping[str, Any]) -> None:
        self.path, self.config = Path(path), dict(config)

    def __enter__(self) -> RunFolder:
        """Makes the folder and takes its lock. MinilmError if another process has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / LOCK).open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise MinilmError(f"{self.path}: in use by another run; wait for it, or name another folder") from error  # fmt: skip
        for left in self.path.glob("*.tmp"):
            left.unlink()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.close()

    def checkpoints(self) -> list[Path]:
        """From the oldest to the newest."""
        return sorted(self.path.glob("step-*.safetensors"))

    def save(self, trainer: Resumable) -> None:
        """A new checkpoint; then, and not before, the ones that are too many go. MinilmError as `write_checkpoint`."""
        raise NotImplementedError("Lab 18.4 - first the new one, then the old ones")

    def _prune(self) -> None:
        """Takes away all checkpoints but the newest KEPT."""
        for old in self.checkpoints()[:-KEPT]:
            old.unlink()

    def resume(self, trainer: Resumable) -> bool:
        """Puts the trainer where the newest checkpoint was taken, and takes back the lines after it; False if there is none.

        MinilmError as `read_checkpoint`; the trainer is as it was then.
        """
        raise NotImplementedError("Lab 18.4 - the newest one, and lines up to it")

    def save_best(self, weights: Mapping[str, Array], bits: float, step: int) -> None:
        """The weights of the best evaluation so far, in the place of those before. MinilmError as `write_checkpoint`."""
        arrays = {f"model.{name}": array for name, array in weights.items()}
        best = Checkpoint(arrays, {"bits_per_byte": bits, "step": step}, self.config)
        write_checkpoint(self.path / BEST, best)

    def write_line(self, line: Mapping[str, Any]) -> None:
        """One line of JSON behind the others. MinilmError with the disk's refusal."""
        try:
            with (self.path / LINES).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise MinilmError(f"{self.path / LINES}: can't be written: {error.strerror}") from error

    def lines(self) -> list[dict[str, Any]]:
        """All lines, as data; a last one that a kill cut off is left out."""
        raise NotImplementedError("Lab 18.4 - whole lines alone")
