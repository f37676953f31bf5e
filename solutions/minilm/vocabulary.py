"""Tokenizers in files: the project's own format, and the two files of GPT-2's tokenizers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from minilm.bpe import Pair
from minilm.tokenizer import Tokenizer
from minitorch.checkpoint import write_whole

FORMAT = "minilm-tokenizer-1"


def save(tokenizer: Tokenizer, path: str | Path) -> None:
    """Writes one JSON file: format, split, special tokens and ids, and in hexadecimal the tokens and the merges.

    The file appears whole or not at all; equal tokenizers give equal bytes.
    """
    content = {
        "format": FORMAT,
        "split": tokenizer.split,
        "special_tokens": tokenizer.special_tokens,
        "vocab": {token.hex(): at for at, token in tokenizer.vocab.items()},
        "merges": [f"{left.hex()} {right.hex()}" for left, right in tokenizer.merges],
    }
    write_whole(path, (json.dumps(content, ensure_ascii=False, indent=0) + "\n").encode())


def load(path: str | Path) -> Tokenizer:
    """The tokenizer of such a file. ValueError, with the path and the place, for one that is damaged."""
    content = _json(Path(path))
    if content.get("format") != FORMAT:
        raise ValueError(f"{path}: format is {content.get('format')!r}, not {FORMAT!r}")
    where = "vocab"
    try:
        vocab = {_id(at): bytes.fromhex(token) for token, at in content["vocab"].items()}
        where = "special_tokens"
        special = {str(name): _id(at) for name, at in content["special_tokens"].items()}
        where = "merges"
        merges: list[Pair] = []
        for number, line in enumerate(content["merges"]):
            where = f"merges[{number}]"
            left, right = line.split(" ")
            merges.append((bytes.fromhex(left), bytes.fromhex(right)))
        where = "split"
        split = content["split"]
        where = "the tokenizer in it"
        return Tokenizer(vocab, merges, special, split=split)
    except KeyError:
        raise ValueError(f"{path}: {where}: isn't there") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path}: {where}: {error}") from None


@lru_cache
def byte_letters() -> dict[int, str]:
    """The letter by which GPT-2's files write each byte.

    Bytes that Latin-1 shows as a visible character (! to ~, ¡ to ¬, ® to ÿ) are written as it; the others, from byte 0
    on, as the characters from U+0100 on, in order.
    """
    # lab 11.3
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    letters = {byte: chr(byte) for byte in visible}
    return letters | {byte: chr(0x100 + at) for at, byte in enumerate(hidden)}
    # end lab


def save_gpt2(tokenizer: Tokenizer, folder: str | Path) -> None:
    """Writes vocab.json and merges.txt into a folder that is there. They know nothing of the split."""
    letters = byte_letters()

    def written(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    vocab = {written(token): at for at, token in tokenizer.vocab.items()}
    for name, at in tokenizer.special_tokens.items():
        if name in vocab:
            raise ValueError(f"special token {name!r} is written like an ordinary one")
        vocab[name] = at
    lines = ["#version: 0.2", *(f"{written(a)} {written(b)}" for a, b in tokenizer.merges)]
    write_whole(Path(folder, "vocab.json"), (json.dumps(vocab, ensure_ascii=False) + "\n").encode())
    write_whole(Path(folder, "merges.txt"), ("\n".join(lines) + "\n").encode())


def from_letters(
    written: Iterable[str], lines: Iterable[str], folder: str | Path
) -> tuple[dict[str, bytes], list[Pair]]:
    """What vocab.json and merges.txt say: the bytes of each token, and the merges.

    Args:
        written: the tokens of vocab.json, special ones aside, in GPT-2's letters.
        lines: merges.txt. Empty lines are skipped, and a first one that begins with "#version".
        folder: where both lie, for errors.

    Raises:
        ValueError: with merges.txt and the line, for one that isn't two tokens with a space between, or makes no token;
            with vocab.json and the token, for one in other letters, or that no merge makes (as where merges.txt was cut
            off).
    """
    # lab 11.3
    values = {letter: byte for byte, letter in byte_letters().items()}
    tokens: dict[str, bytes] = {}
    for token in written:
        if any(letter not in values for letter in token):
            raise ValueError(
                f"{Path(folder, 'vocab.json')}: token {token!r} isn't written in GPT-2's letters"
            )
        tokens[token] = bytes(values[letter] for letter in token)
    merges: list[Pair] = []
    made = {token for token in tokens if len(token) == 1}
    for number, line in enumerate(lines, start=1):
        if not line or (number == 1 and line.startswith("#version")):
            continue
        where = f"{Path(folder, 'merges.txt')}:{number}"
        pair = line.split(" ")
        if len(pair) != 2 or not all(part in tokens for part in pair):
            raise ValueError(f"{where}: {line!r} isn't two tokens of the vocabulary")
        if "".join(pair) not in tokens:
            raise ValueError(f"{where}: {line!r} makes no token of the vocabulary")
        merges.append((tokens[pair[0]], tokens[pair[1]]))
        made.add("".join(pair))
    for token in tokens:
        if token not in made:
            raise ValueError(
                f"{Path(folder, 'vocab.json')}: no merge makes {token!r}: is merges.txt whole?"
            )
    return tokens, merges
    # end lab


def load_gpt2(
    folder: str | Path, special_tokens: Iterable[str] = (), *, split: str = "gpt2"
) -> Tokenizer:
    """The tokenizer of vocab.json and merges.txt.

    Args:
        special_tokens: which tokens of vocab.json are special: the files don't say it.
        split: how text is cut: they don't say that either.

    Raises:
        ValueError: with the file, and the line or the token: what `from_letters` refuses, a special token that isn't
            there, an id that is none or there twice, a byte without a token.
    """
    path = Path(folder, "vocab.json")
    content = _json(path)
    try:
        ids = {name: _id(at) for name, at in content.items()}
        special = {name: ids.pop(name) for name in special_tokens}
    except KeyError as error:
        raise ValueError(f"{path}: special token {error} isn't in it") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    tokens, merges = from_letters(ids, _text(Path(folder, "merges.txt")).split("\n"), folder)
    vocab = {at: tokens[token] for token, at in ids.items()}
    if len(vocab) < len(ids):
        raise ValueError(f"{path}: an id is there twice")
    try:
        return Tokenizer(vocab, merges, special, split=split)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no id")
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: byte {error.start} is no UTF-8") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: is no JSON: {error.msg}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: must hold a JSON object")
    return content
