"""The corpus on disk: a file for each part and a manifest with their digests, the same bytes on every machine.

Nothing is read on trust: bytes against the manifest, then each line, then each example against the grammar.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from given.verbs import FRAMES, VERBS
from minilm.corpus import MISTAKES, SPLITS, Example, check_split, examples, name_of, parse, split
from minilm.errors import MinilmError
from minilm.overlap import fingerprint

NAME, VERSION = "lynx-verbs", "1.0.0"
MANIFEST = "manifest.json"
LONGEST = 1 << 16
"""Bytes of the longest line that is read."""
KINDS = {field.name: {"str": str, "bool": bool}[str(field.type)] for field in fields(Example)}
"""The fields of a line and their types; beside them stands `fingerprint`, a text."""


def encode(some: Iterable[Example]) -> bytes:
    """The bytes of a file: one JSON object a line, the lines in the order of their ids.

    Each has the fields of Example and `fingerprint`, its names sorted, no spaces between, accents as they are; UTF-8,
    and a newline behind each line, the last one too.
    """
    raise NotImplementedError("Lab 12.4 - the bytes of a part")


def validate(example: Example) -> None:
    """Holds an example against the grammar, and against what the table says of its cell.

    Raises:
        MinilmError: an id that doesn't name the cell, frame and mistake; a verb, frame or kind of mistake that isn't there;
            a text that isn't composed (the message says `NFC`); a right text, or a correct form, that doesn't read as the cell in its
            frame; a wrong text that reads as anything, or that isn't what its mistake makes of the row, in the frame; a
            correct form without a mistake, or the other way round; Spanish, or anything about the verb, that isn't the
            table's. The message names the id.
    """
    raise NotImplementedError("Lab 12.4 - one example against the grammar")


def decode(content: bytes, file: str) -> list[Example]:
    """The examples of a file's bytes, in their order, each one valid.

    Args:
        file: its name, for messages.

    Raises:
        MinilmError: a file that is `empty`; a `byte order mark`, a `carriage return`, a `NUL` byte, bytes that aren't
            UTF-8; a line of more than LONGEST bytes (the message says how many may be); a last line that is `cut off`,
            without its newline; a line that isn't a JSON object with exactly the `fields` in KINDS and `fingerprint`,
            each once and of its type; a `fingerprint` that isn't the example's; an id for the second time; what `validate`
            refuses. The message begins with the file, and the line from 1 on where there is one (`train.jsonl:7: ...`).
            It holds the word quoted here, or the id.
    """
    raise NotImplementedError("Lab 12.4 - examples of bytes")


def manifest(parts: Mapping[str, Iterable[Example]], seed: int) -> dict[str, Any]:
    """What the corpus is, in numbers and digests. No date and no path: it says the same wherever it is made.

    Returns:
        `name` and `version` as above; `seed`; `files`, by `PART.jsonl` the `bytes`, `lines` and `sha256` of what `encode`
        gives; `counts`, by part the number of `correct` examples and of each mistake in it, mistakes that don't occur
        too; `cells`, the number of different (verb, tense, person) in all parts.
    """
    raise NotImplementedError("Lab 12.4 - the manifest")


def manifest_bytes(said: Mapping[str, Any]) -> bytes:
    """The manifest as it is written. The SHA-256 of these bytes is the digest of the corpus."""
    return (json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def write(folder: Path, seed: int = 42) -> str:
    """Makes the corpus, checks its split and writes it: `PART.jsonl` for each part, and the manifest.

    The folder appears whole or not at all.

    Returns:
        The digest of the corpus.

    Raises:
        MinilmError: the folder is there already, or its parent can't be.
    """
    parts = split(examples(), seed)
    check_split(parts)
    if folder.exists():
        raise MinilmError(f"{folder}: there already; name a new folder, or remove this one")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MinilmError(f"{folder.parent}: can't be a folder: {error.strerror}") from error
    content = manifest_bytes(manifest(parts, seed))
    half = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, some in parts.items():
            (half / f"{name}.jsonl").write_bytes(encode(some))
        (half / MANIFEST).write_bytes(content)
        half.chmod(0o755)
        half.rename(folder)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return hashlib.sha256(content).hexdigest()


def read(folder: Path) -> dict[str, list[Example]]:
    """The parts of a corpus on disk, in the order of SPLITS.

    Raises:
        MinilmError: a manifest that is missing, isn't one of this name and version, or lists other files than those of the
            parts, no more and no fewer; a file that is missing, or whose bytes have another digest than the manifest
            says (the message names the one that they have); what `decode` refuses; a manifest that isn't the one that
            these parts make with its seed. The message begins with the path of the file.
    """
    raise NotImplementedError("Lab 12.4 - the corpus from its files")
