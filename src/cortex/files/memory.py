"""Validated files, remembered by content, so that an unchanged file costs neither YAML nor pydantic."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, TypeVar

from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import text_digest
from cortex.formats import load as reading
from cortex.formats.build import Mismatch, build

T = TypeVar("T")


class Memory:
    """Parsed files by the digest of their text, in one JSON file that may be deleted at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.old: dict[str, Any] = {}
        self.new: dict[str, Any] = {}
        stored = reading.remembered(path)
        if isinstance(stored, dict):
            self.old = stored

    def get(self, path: Path, kind: type[T]) -> T:
        """The file as a `kind`: remembered if this very text was validated before. Raises CortexError."""
        text = reading.read_text(path)
        key = text_digest(f"{kind.__name__}\0{text}")
        if key in self.old:
            try:
                known = build(kind, self.old[key])
                self.new[key] = self.old[key]
                return known
            except Mismatch:
                pass
        data = reading.parse_yaml(text, path)
        value = reading.check(data, kind, text=text, path=path)
        self.new[key] = data
        return value

    def keep(self) -> None:
        """Writes down what was validated, if anything is new."""
        if self.new.keys() != self.old.keys():
            with contextlib.suppress(CortexError):  # a read-only checkout only costs speed
                store.write_atomic(self.path, json.dumps(self.new))
