"""Properties of the tokenizer that hold for any text, and what it says to bad input and damaged files."""

from __future__ import annotations

import json
import os
import random
import re
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from given.texts import lines
from minilm import bpe, vocabulary
from minilm.tokenizer import Tokenizer, cut, train

relaxed = settings(max_examples=150, deadline=None, database=None)
NAMES = ["<|end|>", "<|end|>>", "|en", "é"]
SPLITS = sorted(bpe.SPLITS)
# Runs of white space and contractions become tokens, so that a stream that cuts them elsewhere has other ids.
RUNS = [run * 3 for run in ("\n\n\n x", "  \n \n", "   y", "\r\n\r\n", "I'll he's ", "'ll's")] * 9
TRAINED = {
    split: train(RUNS + lines("en")[:200] + lines("es")[:200], 600, NAMES, split=split)
    for split in SPLITS
}
# Any text without lone surrogates; and one in which white space, contractions and special tokens come thick.
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(
    st.sampled_from(
        [*NAMES, "'", "ll", "s", " ", "  ", "\n", "\r", "\u00a0", "\x1c", "1", "a", "<", "|", ">"]
    )
).map("".join)
CUTS = st.lists(st.integers(0, 5), max_size=60)


def chunked(text: str, steps: list[int]) -> list[str]:
    chunks, at = [], 0
    for step in steps:
        chunks.append(text[at : at + step])
        at += step
    return [*chunks, text[at:]]


@relaxed
@given(text=TEXTS, split=st.sampled_from(SPLITS), specials=st.booleans())
def test_every_text_comes_back(text: str, split: str, specials: bool) -> None:
    tokenizer = TRAINED[split]
    assert tokenizer.decode(tokenizer.encode(text, specials=specials)) == text
    assert "".join(bpe.pretokens(text, split)) == text
    assert "".join(cut(text, NAMES)) == text


@relaxed
@given(text=TEXTS, steps=CUTS, split=st.sampled_from(SPLITS), specials=st.booleans())
def test_a_stream_has_the_ids_of_the_text(
    text: str, steps: list[int], split: str, specials: bool
) -> None:
    tokenizer = TRAINED[split]
    stream = tokenizer.encode_iterable(chunked(text, steps), specials=specials)
    assert list(stream) == tokenizer.encode(text, specials=specials)


@relaxed
@given(st.lists(st.text("abcé ", max_size=12), max_size=12), st.integers(0, 40))
def test_the_index_gives_the_merges_of_counting_anew(texts: list[str], number: int) -> None:
    assert bpe.train_indexed(bpe.count_words(texts), number) == bpe.train_naive(texts, number)


@relaxed
@given(st.text("abc", max_size=60), st.lists(st.text("abc", min_size=1, max_size=9), max_size=8))
def test_a_long_word_is_merged_like_a_short_one(word: str, texts: list[str]) -> None:
    ranks = {pair: rank for rank, pair in enumerate(bpe.train_naive(texts, 30))}
    parts = bpe.to_parts(word.encode())
    assert bpe.merge_long(parts, ranks) == bpe.merge_by_rank(parts, ranks)


@relaxed
@given(st.text("ab", max_size=40), st.text("ab", max_size=40), st.randoms())
def test_a_long_word_is_merged_like_a_short_one_by_merges_in_any_order(
    word: str, text: str, rng: random.Random
) -> None:
    merges = bpe.train_naive([text], 12)
    rng.shuffle(merges)
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    parts = bpe.to_parts(word.encode())
    assert bpe.merge_long(parts, ranks) == bpe.merge_by_rank(parts, ranks)


@relaxed
@given(st.lists(st.integers(0, 599)))
def test_any_ids_are_decoded(ids: list[int]) -> None:
    assert isinstance(TRAINED["gpt2"].decode(ids), str)


@pytest.mark.parametrize(
    "times", [2_000, pytest.param(120_000, marks=pytest.mark.slow)], ids=["16 kB", "1 MB"]
)
def test_a_long_text_without_a_space_is_encoded(times: int) -> None:
    tokenizer = TRAINED["spaces"]
    text = "trabaján" * times
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert ids[:4] == tokenizer.encode("trabaján" * 4)[:4]


@pytest.mark.slow
def test_a_line_of_ten_megabytes_is_encoded() -> None:
    line = "".join(line.replace("\n", " ") for line in lines("en"))
    line *= 10_000_000 // len(line)
    tokenizer = TRAINED["gpt2"]
    ids = tokenizer.encode(line)
    assert tokenizer.decode(ids) == line


def test_a_stream_is_encoded_in_memory_that_doesnt_grow() -> None:
    tokenizer = TRAINED["gpt2"]
    words = "".join(line.replace("\n", " ") for line in lines("en")[:20])
    peaks = []
    for times in (20, 200):
        tracemalloc.start()
        stream = tokenizer.encode_iterable(words for _ in range(times))
        assert sum(1 for _ in stream) > 100 * times
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_what_two_merges_make_has_one_id() -> None:
    merges = [(b"b", b"c"), (b"a", b"bc"), (b"a", b"b"), (b"ab", b"c")]
    tokenizer = Tokenizer.from_merges(merges)
    assert tokenizer.vocab_size == 256 + 3
    assert tokenizer.encode("abc") == [257]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: train("one text", 300), TypeError, "several texts"),
        (lambda: train(["a"], 255), ValueError, "at least 256"),
        (lambda: train(["a"], 257, ["<a>", "<b>"]), ValueError, "at least 258: 2 special tokens"),
        (lambda: train([], 300), ValueError, "no text to train on"),
        (lambda: train(["", ""], 300), ValueError, "no text to train on"),
        (lambda: train(["<a>"], 300, ["<a>"]), ValueError, "no text to train on"),
        (lambda: train(["a"], 300, ["<a>", "<a>"]), ValueError, "named twice"),
        (lambda: train(["a"], 300, "<a>"), TypeError, "several names, such as ['<a>']"),
        (lambda: train(["a"], 300, [""]), ValueError, "isn't empty"),
        (lambda: train(["a"], 300, ["\ud800"]), ValueError, "lone surrogate"),
        (lambda: train(["a", "b\udfff"], 300), ValueError, "character 1 is a lone surrogate"),
        (lambda: train(["a"], 300, split="words"), ValueError, "split must be one of spaces"),
        (lambda: train(["a"], 300.0), TypeError, "vocab_size must be a whole number, got 300.0"),
        (lambda: train(["a"], True), TypeError, "vocab_size must be a whole number, got True"),
        (lambda: Tokenizer({}, []), ValueError, "byte 0 has no token"),
        (
            lambda: Tokenizer.from_merges([(b"a", b"b")]).decode([300]),
            ValueError,
            "id 300 at position 0",
        ),
        (
            lambda: Tokenizer({at: bytes([at]) for at in range(256)}, [(b"a", b"b")]),
            ValueError,
            "merge 0 makes b'ab'",
        ),
        (
            lambda: Tokenizer({at: bytes([at % 256]) for at in range(257)}, []),
            ValueError,
            "a token is there twice",
        ),
        (
            lambda: Tokenizer({at: bytes([at]) for at in range(256)}, [], {"<a>": 7}),
            ValueError,
            "an id is there twice",
        ),
    ],
)
def test_what_cant_be_meant_is_refused(
    call: Callable[[], object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=re.escape(says)):
        call()


def test_whole_numbers_of_numpy_are_sizes_and_ids() -> None:
    tokenizer = train(["ab ab"], np.int64(257))
    assert tokenizer.decode(np.array(tokenizer.encode("ab"))) == "ab"


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("cut_at", [1, 3, 40])
def test_a_stream_names_a_lone_surrogate_by_its_position_in_all_of_it(
    split: str, cut_at: int
) -> None:
    text = "he works <|end|>  and\n\nhe <|en worked"
    text += "\ud83e" + text
    chunks = (text[at : at + cut_at] for at in range(0, len(text), cut_at))
    with pytest.raises(ValueError, match=f"character {text.index(chr(0xD83E))} is a lone surr"):
        list(TRAINED[split].encode_iterable(chunks))


def own(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    path = tmp_path / "t.json"
    vocabulary.save(Tokenizer.from_merges([(b"a", b"b")], ["<a>"], split="gpt2"), path)
    return path, json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "other"}, "format is 'other'"),
        ({"merges": ["61 62", "61"]}, "merges[1]"),
        ({"merges": ["61 6"]}, "merges[0]"),
        ({"vocab": {"61": -1}}, "vocab: -1 is no id"),
        ({"vocab": {"61": True}}, "vocab: True is no id"),
        ({"vocab": {"zz": 1}}, "vocab"),
        ({"vocab": {"61": 1}}, "byte 0 has no token"),
        ({"special_tokens": {"<a>": 70}}, "an id is there twice"),
        ({"special_tokens": []}, "special_tokens"),
        ({"split": "words"}, "split must be one of"),
        ({"merges": ["61 63"]}, "merge 0 makes b'ac'"),
    ],
)
def test_a_damaged_file_is_named_with_the_place(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    path, content = own(tmp_path)
    path.write_text(json.dumps(content | change), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        vocabulary.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("field", ["split", "vocab", "merges", "special_tokens"])
def test_a_field_that_isnt_there_is_named(tmp_path: Path, field: str) -> None:
    path, content = own(tmp_path)
    del content[field]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=f"{field}.*: isn't there"):
        vocabulary.load(path)


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'{"format": "minilm-tokenizer-1"}', b"\xff"])
def test_a_file_that_is_cut_off_is_named(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=re.escape(str(path))):
        vocabulary.load(path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_merges([(b"a", b"b")], ["<a>"], split="gpt2")
    vocabulary.save_gpt2(tokenizer, tmp_path)
    for name in ("vocab.json", "merges.txt"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert vocabulary.load_gpt2(tmp_path, ["<a>"]).merges == tokenizer.merges


@pytest.mark.parametrize(
    ("vocab", "says"),
    [
        ({"<a>": 300}, "special token '<b>' isn't in it"),
        ({"<b>": 300, "a": -5}, "-5 is no id"),
        ({"<b>": 300, "a": 98}, "an id is there twice"),
        ({"<b>": 5}, "an id is there twice"),
    ],
)
def test_a_damaged_vocabulary_is_named(tmp_path: Path, vocab: dict[str, int], says: str) -> None:
    vocabulary.save_gpt2(Tokenizer.from_merges([]), tmp_path)
    path = tmp_path / "vocab.json"
    content = json.loads(path.read_text(encoding="utf-8")) | vocab
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        vocabulary.load_gpt2(tmp_path, ["<b>"])
    assert str(path) in str(caught.value)


def test_a_special_token_that_looks_like_another_isnt_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="written like an ordinary one"):
        vocabulary.save_gpt2(Tokenizer.from_merges([(b" ", b"a")], ["Ġa"]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = own(tmp_path)
    before = path.read_bytes()

    def broken(descriptor: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="full"):
        vocabulary.save(Tokenizer.from_merges([]), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_file_has_the_mode_of_any_new_file(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        path, _ = own(tmp_path)
        vocabulary.save_gpt2(Tokenizer.from_merges([]), tmp_path)
    finally:
        os.umask(before)
    files = [path, tmp_path / "vocab.json", tmp_path / "merges.txt"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [mode] * 3


def test_equal_tokenizers_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        vocabulary.save(Tokenizer.from_merges([(b"a", b"b")], ["<a>"]), tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
