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
    # lab 12.4 - the bytes of a part
    lines = []
    for example in sorted(some, key=lambda example: example.id):
        fields_of = asdict(example) | {"fingerprint": fingerprint(example)}
        lines.append(
            json.dumps(fields_of, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        )
    return "".join(f"{line}\n" for line in lines).encode()
    # end lab


def validate(example: Example) -> None:
    """Holds an example against the grammar, and against what the table says of its cell.

    Raises:
        MinilmError: an id that doesn't name the cell, frame and mistake; a verb, frame or kind of mistake that isn't there;
            a text that isn't composed (the message says `NFC`); a right text, or a correct form, that doesn't read as the cell in its
            frame; a wrong text that reads as anything, or that isn't what its mistake makes of the row, in the frame; a
            correct form without a mistake, or the other way round; Spanish, or anything about the verb, that isn't the
            table's. The message names the id.
    """
    # lab 12.4 - one example against the grammar
    e = example
    known = e.verb in VERBS and e.frame in {"", *FRAMES} and e.mistake in {"", *MISTAKES}
    if not known or e.id != name_of(e.verb, e.tense, e.surface, e.person, e.frame, e.mistake):
        raise MinilmError(f"{e.id}: no such verb, frame or mistake, or not the id of this cell")
    for text in (e.text, e.spanish, e.correct_form):
        if text != unicodedata.normalize("NFC", text):
            raise MinilmError(f"{e.id}: {text!r} isn't composed (NFC)")
    if bool(e.mistake) != bool(e.correct_form):
        raise MinilmError(f"{e.id}: a mistake and a correct form come together")
    if e.mistake and parse(e.text):
        raise MinilmError(f"{e.id}: {e.text!r} is called wrong and is right")
    right = e.correct_form or e.text
    meant = [
        reading
        for reading in parse(right)
        if (reading.verb, reading.tense, reading.surface, reading.frame)
        == (e.verb, e.tense, e.surface, e.frame)
        and reading.person in ("", e.person)
    ]
    if not meant:
        raise MinilmError(f"{e.id}: {right!r} doesn't say that in English")
    verb = VERBS[e.verb]
    row = next(
        row
        for row in verb.rows()
        if (row.cell.tense, row.surface, row.cell.person) == (e.tense, e.surface, e.person)
    )
    spanish = row.spanish
    wrong = MISTAKES[e.mistake](replace(e, text=row.english)) if e.mistake else None
    if e.frame:
        english, phrase = (FRAMES[e.frame].phrase(e.tense, language) for language in ("en", "es"))
        spanish = f"{spanish} {phrase}"
        wrong = wrong and f"{wrong} {english}"
    if e.mistake and e.text != wrong:
        raise MinilmError(f"{e.id}: {e.text!r} isn't what this mistake makes of {row.english!r}")
    about = (verb.spanish_lemma, verb.regular, verb.spanish_regular)
    if e.spanish != spanish or (e.spanish_verb, e.regular, e.spanish_regular) != about:
        raise MinilmError(
            f"{e.id}: {e.spanish!r}, or what stands about the verb, isn't the table's"
        )
    # end lab


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
    # lab 12.4 - examples of bytes
    if not content:
        raise MinilmError(f"{file}: empty")
    if content.startswith(b"\xef\xbb\xbf"):
        raise MinilmError(f"{file}:1: begins with a byte order mark; save it as UTF-8 without one")
    *lines, rest = content.split(b"\n")
    if rest:
        raise MinilmError(f"{file}:{len(lines) + 1}: cut off, the line has no newline")
    found: list[Example] = []
    ids: set[str] = set()
    for number, line in enumerate(lines, 1):
        where = f"{file}:{number}"
        if len(line) > LONGEST:
            raise MinilmError(f"{where}: {len(line)} bytes, more than {LONGEST}")
        for byte, name in ((b"\r", "carriage return"), (b"\0", "NUL byte")):
            if byte in line:
                raise MinilmError(f"{where}: holds a {name}")
        try:
            # An object as a tuple of its pairs, since a dict would keep one of two with the same name; an array is a list.
            pairs: Any = json.loads(line.decode("utf-8"), object_pairs_hook=tuple)
        except (ValueError, RecursionError) as error:
            raise MinilmError(f"{where}: no JSON in UTF-8: {error}") from error
        kinds = KINDS | {"fingerprint": str}
        if not isinstance(pairs, tuple) or {n: type(v) for n, v in pairs} != kinds:
            raise MinilmError(f"{where}: not an object of exactly the fields {', '.join(kinds)}")
        values = dict(pairs)
        if len(values) < len(pairs):
            raise MinilmError(f"{where}: one of its fields stands there twice")
        digest = values.pop("fingerprint")
        example = Example(**values)
        try:
            validate(example)
        except MinilmError as error:
            raise MinilmError(f"{where}: {error}") from error
        if digest != fingerprint(example):
            raise MinilmError(f"{where}: {example.id} has another fingerprint")
        if example.id in ids:
            raise MinilmError(f"{where}: {example.id} for the second time")
        ids.add(example.id)
        found.append(example)
    return found
    # end lab


def manifest(parts: Mapping[str, Iterable[Example]], seed: int) -> dict[str, Any]:
    """What the corpus is, in numbers and digests. No date and no path: it says the same wherever it is made.

    Returns:
        `name` and `version` as above; `seed`; `files`, by `PART.jsonl` the `bytes`, `lines` and `sha256` of what `encode`
        gives; `counts`, by part the number of `correct` examples and of each mistake in it, mistakes that don't occur
        too; `cells`, the number of different (verb, tense, person) in all parts.
    """
    # lab 12.4 - the manifest
    lists = {name: list(some) for name, some in parts.items()}
    files, counts = {}, {}
    for name, some in lists.items():
        content = encode(some)
        files[f"{name}.jsonl"] = {
            "bytes": len(content),
            "lines": len(some),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        by = Counter(example.mistake for example in some)
        counts[name] = {"correct": by[""]} | {mistake: by[mistake] for mistake in MISTAKES}
    cells = {(e.verb, e.tense, e.person) for some in lists.values() for e in some}
    return {
        "name": NAME,
        "version": VERSION,
        "seed": seed,
        "files": files,
        "counts": counts,
        "cells": len(cells),
    }
    # end lab


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
    # lab 12.4 - the corpus from its files
    path = folder / MANIFEST
    try:
        said = json.loads(path.read_bytes())
    except OSError as error:
        raise MinilmError(f"{path}: can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise MinilmError(f"{path}: no JSON: {error}") from error
    files = said.get("files") if isinstance(said, dict) else None
    wanted = [f"{name}.jsonl" for name in SPLITS]
    if not isinstance(files, dict) or (said.get("name"), said.get("version")) != (NAME, VERSION):
        raise MinilmError(f"{path}: no manifest of {NAME} {VERSION}")
    if sorted(files) != sorted(wanted):
        raise MinilmError(f"{path}: should list {', '.join(wanted)}")
    parts = {}
    for part, name in zip(SPLITS, wanted, strict=True):
        file = folder / name
        try:
            content = file.read_bytes()
        except OSError as error:
            raise MinilmError(f"{file}: can't be read: {error.strerror}") from error
        digest = hashlib.sha256(content).hexdigest()
        if not isinstance(files[name], dict) or digest != files[name].get("sha256"):
            raise MinilmError(f"{file}: its sha256 is {digest}, and the manifest says another")
        parts[part] = decode(content, str(file))
    if manifest(parts, said.get("seed")) != said:
        raise MinilmError(f"{path}: its lengths, counts or cells aren't those of its files")
    return parts
    # end lab
