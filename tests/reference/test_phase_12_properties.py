"""The corpus as it is kept and described: its manifest, its datasheet, and texts that nobody has thought of."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from given.verbs import FRAMES, VERBS
from minilm import corpus_files
from minilm.corpus import MISTAKES, Example, bare, examples, framed, mistakes, parse, split
from minilm.corpus_files import decode, manifest, manifest_bytes, write
from minilm.errors import MinilmError
from minilm.overlap import normalize, shingles, similarity

ROOT = Path(__file__).parents[2]
relaxed = settings(max_examples=150, deadline=None, database=None)
WORDS = st.sampled_from(
    sorted(
        {word for example in bare() for word in example.text.split()}
        | {word for f in FRAMES.values() for word in (f.phrase("past_simple", "en") or "").split()}
    )
)
KNOWN = {
    e.text
    for right in bare()
    for e in (right, *(framed(right, frame) for frame in FRAMES.values()))
    if e is not None
}


def test_the_manifest_in_the_repository_is_the_corpus() -> None:
    made = manifest_bytes(manifest(split(examples()), 42))
    assert (ROOT / "data/corpus/manifest.json").read_bytes() == made


def test_the_datasheet_says_what_the_manifest_counts() -> None:
    sheet = (ROOT / "data/corpus/README.md").read_text(encoding="utf-8")
    counts = manifest(split(examples()), 42)["counts"]
    for part, by in counts.items():
        wrong = sum(by.values()) - by["correct"]
        assert re.search(rf"\| `{part}` \| {by['correct']} \| {wrong} \|", sheet)
    made = [wrong.mistake for right in bare() for wrong in mistakes(right)]
    for mistake in MISTAKES:
        assert f"| `{mistake}` | {made.count(mistake)} |" in sheet


@relaxed
@given(st.lists(WORDS, min_size=1, max_size=6))
def test_any_words_have_a_reading_just_where_the_generator_makes_them(words: list[str]) -> None:
    text = " ".join(words)
    assert bool(parse(text)) == (text in KNOWN)


@relaxed
@given(st.text(max_size=30), st.text(max_size=30), st.integers(1, 5))
def test_similarity_is_symmetric_and_one_for_what_is_read_as_the_same(
    a: str, b: str, size: int
) -> None:
    assert similarity(a, b, size) == similarity(b, a, size)
    assert similarity(a, normalize(a), size) == 1.0
    assert 0 <= similarity(a, b, size) <= 1
    assert all(len(run) <= size for run in shingles(a, size)) or len(normalize(a)) < size


@relaxed
@given(st.text(max_size=40))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert unicodedata.is_normalized("NFC", normalize(once))
    assert normalize(once).split() == once.split()


@relaxed
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_with_the_name_of_the_file(content: bytes) -> None:
    with pytest.raises(MinilmError, match=r"^any\.jsonl"):
        decode(content, "any.jsonl")


@pytest.mark.parametrize("verb", list(VERBS))
def test_each_verb_makes_its_sentences_and_their_corrections_are_among_them(verb: str) -> None:
    mine: list[Example] = [example for example in examples() if example.verb == verb]
    right = {example.text for example in mine if not example.mistake}
    assert len([e for e in mine if not e.mistake]) == 138
    assert all(e.correct_form in right for e in mine if e.mistake)
    assert not any(e.text in KNOWN for e in mine if e.mistake)


def test_a_corpus_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    with pytest.raises(MinilmError, match=r"note: can't be a folder: File exists"):
        write(tmp_path / "note" / "corpus")
    assert (tmp_path / "note").read_text() == "mine"


def test_a_folder_that_is_there_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(MinilmError, match="there already"):
        write(tmp_path / "corpus")
    assert list(tmp_path.rglob("*")) == [tmp_path / "corpus"]


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []

    def full(some: object) -> bytes:
        calls.append(some)
        if len(calls) > 9:  # six for the manifest, then the disk is full at the fourth file
            raise OSError(28, "No space left on device")
        return b"{}\n"

    monkeypatch.setattr(corpus_files, "encode", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "deep" / "corpus")
    assert list(tmp_path.rglob("*")) == [tmp_path / "deep"]
