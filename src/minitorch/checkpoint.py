"""Arrays by name in a file, in the safetensors format: a length, a header in JSON, the bytes. Nothing is executed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np

from minitorch.tensor import Array, Tensor

DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"},
}
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}


def save_file(
    tensors: Mapping[str, Any], path: str | Path, metadata: Mapping[str, str] | None = None
) -> None:
    """Writes arrays or tensors; the file appears whole or not at all. Equal tensors give equal bytes.

    8 bytes: the header's length N, little-endian. N bytes: JSON, for each name its dtype, shape and the first and
    last byte in what follows; `metadata` (text by text) as "__metadata__". Then the arrays, row-major, little-endian.

    Raises:
        TypeError: a dtype that the format doesn't have, or metadata that isn't text.
    """
    arrays = {
        name: np.asarray(t._data if isinstance(t, Tensor) else t) for name, t in tensors.items()
    }
    for name, array in arrays.items():
        if array.dtype.newbyteorder("<") not in NAMES:
            raise TypeError(f"save_file: {name} has dtype {array.dtype}, which the format lacks")
    if any(not isinstance(text, str) for pair in (metadata or {}).items() for text in pair):
        raise TypeError("save_file: metadata must be text by text")
    content = _encoded(arrays, metadata or {})
    write_whole(path, content)


def write_whole(path: str | Path, content: bytes) -> None:
    """The file appears whole or not at all, with the mode of any new file (one of mkstemp is its owner's alone)."""
    target = Path(path)
    temporary = target.with_name(f"{target.name}.{token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _encoded(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """The file's bytes. The header ends in spaces, so that the arrays start at a multiple of 8."""
    raise NotImplementedError("Lab 09.3 - _encoded")


def load_file(path: str | Path) -> dict[str, Array]:
    """The arrays of a file, by name, each a copy. ValueError, with the path and the entry, for a damaged one."""
    content = Path(path).read_bytes()
    header, start = _header(content, path)
    header.pop("__metadata__", None)
    return _decoded(content, header, start, path)


def _decoded(
    content: bytes, header: Mapping[str, Any], start: int, path: str | Path
) -> dict[str, Array]:
    """The arrays that `header` describes; each must begin where the one before ended. ValueError, as above."""
    raise NotImplementedError("Lab 09.3 - _decoded")


def load_metadata(path: str | Path) -> dict[str, str]:
    """The metadata of a file; empty if it has none. ValueError for a damaged one."""
    return dict(_header(Path(path).read_bytes(), path)[0].get("__metadata__", {}))


def _header(content: bytes, path: str | Path) -> tuple[dict[str, Any], int]:
    """The header, its entries' fields there and of the right kinds, and where the arrays start."""
    n = int.from_bytes(content[:8], "little")
    if len(content) < 8 or n > len(content) - 8:
        raise ValueError(f"{path}: no safetensors file: the header would have {n} bytes")
    try:
        header = json.loads(content[8 : 8 + n])
    except ValueError as error:
        raise ValueError(f"{path}: no safetensors file: {error}") from None
    if not isinstance(header, dict):
        raise ValueError(f"{path}: no safetensors file: the header isn't an object")
    for name, entry in header.items():
        if name != "__metadata__" and not _is_entry(entry):
            raise ValueError(f"{path}: {name}: dtype, shape and data_offsets, got {entry}")
    return header, 8 + n


def _is_entry(entry: Any) -> bool:
    """Whether `entry` has a known dtype, and counts for its shape and its two offsets."""
    if not isinstance(entry, dict) or entry.get("dtype") not in DTYPES:
        return False
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        return False
    return all(type(n) is int and n >= 0 for n in [*shape, *offsets])
