"""Word vectors in files: word2vec's text for other programs, and a checkpoint with both tables for this one.

Nothing is read on trust, and a file appears whole or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minilm.corpus_files import LONGEST
from minilm.embed import Vocabulary, WordVectors
from minilm.errors import MinilmError
from minitorch.checkpoint import load_file, load_metadata, save_file, write_whole

Table = NDArray[np.float32]

FORMAT = "minilm-vectors-1"
SIZES = re.compile(r"([1-9][0-9]{0,8}) ([1-9][0-9]{0,8})")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, eq=False)
class Vectors:
    """Words, and a vector for each.

    Attributes:
        words: each once. matrix: (n, d), float32; row i belongs to words[i]. source: where they come from, for messages.
    """

    words: tuple[str, ...]
    matrix: Table
    source: str = "these vectors"

    def of(self, words: Iterable[str]) -> Table:
        """The rows of these words in their order, (k, d), float32. MinilmError names `source` and a word without one."""
        raise NotImplementedError("Lab 13.5 - the rows of some words")


def misfit(word: str) -> str:
    """Why a word can't stand in word2vec's text format; "" if it can."""
    if not word:
        return "is an empty word"
    if any(letter in word for letter in " \n\r\0"):
        return "holds a space, a line's end or a NUL"
    if any("\ud800" <= letter <= "\udfff" for letter in word):
        return "holds half a character, which UTF-8 can't write"
    return ""


def encode(vectors: Vectors) -> bytes:
    """The bytes of word2vec's text format, in UTF-8.

    The first line has the number of words and the dimension. Then, in the order of the words, a line for each: the word
    and its numbers, each with the fewest digits that are read back as the same float32. One space between, a newline
    behind each line, the last one too.

    Raises:
        MinilmError: no word, no dimension (a matrix of one axis has none), or other than one row for each word (the
            message has the number of words); a word that is a `misfit` (it has the word and the reason) or there twice,
            or whose vector isn't finite (it has the word).
    """
    raise NotImplementedError("Lab 13.5 - the bytes of a text")


def text_lines(content: bytes, file: str) -> list[str]:
    """The lines of a file's bytes, without their newlines.

    MinilmError with the file, and the line from 1 on: `empty`; a `byte order mark`, a `carriage return`, a `NUL` byte;
    bytes that aren't UTF-8; a line of more than LONGEST bytes; a last one that is `cut off`, without its newline.
    """
    if not content:
        raise MinilmError(f"{file}: empty")
    if content.startswith(b"\xef\xbb\xbf"):
        raise MinilmError(f"{file}:1: begins with a byte order mark; save it as UTF-8 without one")
    *lines, rest = content.split(b"\n")
    if rest:
        raise MinilmError(f"{file}:{len(lines) + 1}: cut off, the line has no newline")
    found = []
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST:
            raise MinilmError(f"{file}:{number}: {len(line)} bytes, more than {LONGEST}")
        for byte, name in ((b"\r", "carriage return"), (b"\0", "NUL byte")):
            if byte in line:
                raise MinilmError(f"{file}:{number}: holds a {name}")
        try:
            found.append(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise MinilmError(f"{file}:{number}: byte {error.start} is no UTF-8") from None
    return found


def decode(content: bytes, file: str) -> Vectors:
    """The words and vectors of such a text, with `file` as their source.

    A space before a line's end is taken: word2vec's own program writes one.

    Raises:
        MinilmError: what `text_lines` refuses; a first line that isn't `SIZES` (`x.txt:1`); fewer lines than it says (the
            file, `cut off` and `2 of 3`) or more (the first that is too many: `x.txt:5`). For the line of a word, with
            `x.txt:3` and the word: a misfit, with the reason; one that had a line before (`line 2`); other than as many
            numbers as the first line says (`1 numbers, not 2`); a text that isn't `NUMBER`, or is too large for a finite
            float32 (with that text).
    """
    raise NotImplementedError("Lab 13.5 - the vectors of a text")


def pack(vocabulary: Vocabulary, model: WordVectors) -> tuple[dict[str, Table], dict[str, str]]:
    """What a checkpoint of a trained model holds: more than the text, so that training can go on.

    Returns:
        Arrays: `input` and `output`, float32; of a tied model `input` alone. Metadata: `format`, which is FORMAT, and as
        JSON lists `words` and `counts`.

    Raises:
        MinilmError: a table that hasn't one row for each word (`2 words`); a vector that isn't finite (with its table and
            word).
    """
    raise NotImplementedError("Lab 13.5 - a model as arrays and texts")


def _listed(metadata: Mapping[str, str], name: str, kind: type, file: str) -> list[Any]:
    """The JSON list of this name, all of one type. MinilmError with the file and the name."""
    try:
        values = json.loads(metadata[name])
    except KeyError:
        raise MinilmError(f"{file}: {name}: isn't there") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise MinilmError(f"{file}: {name}: no JSON: {error}") from None
    if not isinstance(values, list) or any(type(value) is not kind for value in values):
        raise MinilmError(f"{file}: {name}: must be a list of {kind.__name__}")
    return values


def unpack(
    arrays: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, str], file: str
) -> tuple[Vocabulary, WordVectors]:
    """The vocabulary and the model that `pack` took apart; tied where there is no `output`.

    Raises:
        MinilmError: beginning with the file: another `format`; `words` or `counts` that `_listed` refuses; a word that is
            there twice, or whose count isn't above 0 (with the word); other than one count a word (`2 counts`); arrays other than
            `input`, or `input` and `output`; one that isn't float32, or not one row for each word with at least one
            number, or `output` of another shape (with its name); a vector that isn't finite (with its table and word).
    """
    raise NotImplementedError("Lab 13.5 - and back")


def save_text(vectors: Vectors, path: str | Path) -> None:
    """Writes what `encode` gives. The file appears whole or not at all."""
    write_whole(path, encode(vectors))


def load_text(path: str | Path) -> Vectors:
    """What `decode` reads in a file. MinilmError with its path."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise MinilmError(f"{path}: can't be read: {error.strerror}") from None
    return decode(content, str(path))


def save(vocabulary: Vocabulary, model: WordVectors, path: str | Path) -> None:
    """Writes what `pack` gives as a checkpoint. The file appears whole or not at all."""
    arrays, metadata = pack(vocabulary, model)
    save_file(arrays, path, metadata)


def load(path: str | Path) -> tuple[Vocabulary, WordVectors]:
    """What `unpack` makes of a checkpoint. MinilmError with its path."""
    try:
        arrays, metadata = load_file(path), load_metadata(path)
    except OSError as error:
        raise MinilmError(f"{path}: can't be read: {error.strerror}") from None
    except (TypeError, ValueError) as error:
        raise MinilmError(f"{path}: no checkpoint: {error}") from None
    return unpack(arrays, metadata, str(path))
