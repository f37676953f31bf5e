"""The tokenizer against the `tokenizers` library: ids on each other's files, and each merge against our counts."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex
from tokenizers import Tokenizer as Library
from tokenizers.decoders import ByteLevel as Decoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, PreTokenizer, Sequence, Split
from tokenizers.trainers import BpeTrainer

from given.texts import lines
from minilm import bpe
from minilm.tokenizer import Tokenizer, train
from minilm.vocabulary import load_gpt2, save_gpt2

TEXTS = lines("en") + lines("es")
SPLITS = sorted(bpe.SPLITS)
END = "<|end|>"
relaxed = settings(max_examples=300, deadline=None, database=None)
ODD = [
    "",
    " ",
    "I'll, we've; he'd  'S\n\n\n  ok",
    "1234567 + 0.5 = ?",
    "man\u0303ana ¿Cómo? 字 🦊👩‍👩‍👧",
    "\ufeffa\r\n\r\n\tb\x00c",
    f"a{END}b {END}{END} <|end",
    "x" * 500 + " " * 70 + "y\u00a0\u3000z",
]
# Of the characters that Python calls white space, four (U+001C to U+001F) are none to Unicode, nor to the library.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x1c\x1d\x1e\x1f")
DRAWN = st.text(CHARACTERS) | st.lists(
    st.sampled_from(["'", "ll", "s", " ", "  ", "\n", "\r\n", "1", "a", "é", ",", END, "<|"])
).map("".join)


def cutting(split: str) -> PreTokenizer:
    """The library's own pattern where it has one, else ours."""
    if split == "gpt2":
        return ByteLevel(add_prefix_space=False, use_regex=True)
    pattern = Split(Regex(bpe.SPLITS[split]), behavior="isolated")
    return Sequence([pattern, ByteLevel(add_prefix_space=False, use_regex=False)])


def dressed(model: BPE, split: str) -> Library:
    library = Library(model)
    library.pre_tokenizer = cutting(split)
    library.decoder = Decoder()
    return library


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Library, Tokenizer]]:
    """For each split: trained by the library, written by it, and read by us."""
    found = {}
    for split in SPLITS:
        library = dressed(BPE(), split)
        trainer = BpeTrainer(
            vocab_size=900,
            special_tokens=[END],
            initial_alphabet=ByteLevel.alphabet(),
            show_progress=False,
        )
        library.train_from_iterator(TEXTS, trainer)
        folder = tmp_path_factory.mktemp(split)
        library.model.save(str(folder))
        found[split] = (library, load_gpt2(folder, [END], split=split))
    return found


@pytest.mark.parametrize("split", SPLITS)
def test_ids_on_the_librarys_files_are_equal(
    pairs: dict[str, tuple[Library, Tokenizer]], split: str
) -> None:
    library, ours = pairs[split]
    assert ours.vocab_size == library.get_vocab_size()
    for text in [*TEXTS, *ODD, "".join(TEXTS)]:
        ids = library.encode(text).ids
        assert ours.encode(text) == ids, text
        assert ours.decode(ids) == text


@pytest.mark.parametrize("split", SPLITS)
@relaxed
@given(text=DRAWN)
def test_ids_of_drawn_texts_are_equal(
    pairs: dict[str, tuple[Library, Tokenizer]], split: str, text: str
) -> None:
    library, ours = pairs[split]
    assert ours.encode(text) == library.encode(text).ids


@pytest.mark.parametrize("split", SPLITS)
def test_the_library_reads_our_files(split: str, tmp_path: Path) -> None:
    ours = train(TEXTS, 700, [END], split=split)
    save_gpt2(ours, tmp_path)
    model = BPE.from_file(str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt"))
    library = dressed(model, split)
    library.add_special_tokens([AddedToken(END, special=True, normalized=False)])
    for text in [*TEXTS[::7], *ODD]:
        assert library.encode(text).ids == ours.encode(text), text


@pytest.mark.parametrize("split", SPLITS)
def test_each_merge_of_the_library_is_a_maximum_of_our_counts(
    pairs: dict[str, tuple[Library, Tokenizer]], split: str
) -> None:
    _, ours = pairs[split]
    counted = bpe.count_words(TEXTS, split)
    words = {bpe.to_parts(word): count for word, count in counted.items()}
    for pair in ours.merges[:60]:
        counts: Counter[bpe.Pair] = Counter()
        for parts, count in words.items():
            for neighbors in pairwise(parts):
                counts[neighbors] += count
        assert counts[pair] == max(counts.values())
        merged: dict[bpe.Parts, int] = {}
        for parts, count in words.items():
            merged[bpe.merge(parts, pair)] = count
        words = merged
    # From the first tie on they differ: otherwise this test could be one of equality.
    assert bpe.train_indexed(counted, len(ours.merges)) != ours.merges
