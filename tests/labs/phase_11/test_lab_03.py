"""Lab 11.3: streams that are cut anywhere, and GPT-2's files."""

import json
import random
import tempfile
from pathlib import Path

from given.checking import expect_equal, expect_raises, expect_true
from minilm import bpe
from minilm.tokenizer import Tokenizer
from minilm.vocabulary import byte_letters, load, load_gpt2, save, save_gpt2

STREAMS = "theory/04-streams-and-files.md"
NAMES = ["<|end|>", "<|end|>>", "|en"]
MERGES = [
    *[
        (b" ", b"w"),
        (b"\n", b"\n"),
        (b" ", b" "),
        (b"'", b"l"),
        (b"'l", b"l"),
        (b"1", b"2"),
        (b"12", b"3"),
    ],
    *[
        (b"w", b"o"),
        (b" ", b"wo"),
        (b" w", b"o"),
        (b"\xc3", b"\xa9"),
        (b"|", b"e"),
        (b"a", b"b"),
        (b"s", b"s"),
    ],
]
CUT = "Joined, the chunks are one text: a cut between two of them is no cut of the text."


def tokenizer(split, names=()):
    return Tokenizer.from_merges(MERGES, names, split=split)


def cuts(text, rng):
    chunks, at = [], 0
    while at < len(text):
        step = rng.choice([0, 1, 1, 2, 3, 9])
        chunks.append(text[at : at + step])
        at += step
    return chunks


def expect_settled(text, known, most, idea, split="spaces"):
    """The first pre-tokens of what is known, and no more than `most` characters of it."""
    got = bpe.settled(text, known, split)
    words = bpe.pretokens(text[: max(known, 0)], split)
    allowed = [words[:at] for at in range(len(words) + 1) if sum(map(len, words[:at])) <= most]
    expect_true(
        got in allowed,
        what=f"settled({text!r}, {known}) by the split {split!r}",
        expected=f"{allowed[-1]}, or fewer of them",
        got=got,
        idea=idea,
        page=STREAMS,
    )


def test_a_word_is_settled_once_something_else_has_begun():
    idea = "Could the last word still grow? Only what stands before `known` counts."
    for text, known, most in (
        ("I work", 6, 1),
        ("I work ", 7, 6),
        ("I work he", 9, 6),
        ("work", 4, 0),
        ("", 0, 0),
        ("I work he", 4, 1),
        ("I work he", 0, 0),
        ("I work he", -3, 0),
    ):
        expect_settled(text, known, most, idea)


def test_white_space_is_settled_by_what_ends_it():
    idea = "`\\s+(?!\\S)` takes a run of blanks but for the last, if a word follows. What if more blanks follow, or nothing?"
    for split, text, most in (
        ("gpt2", "ab   ", 2),
        ("gpt2", "ab   cd e", 7),
        ("gpt2", "ab\n\n", 2),
        ("modern", "ab \n", 2),
        ("modern", "ab \n ", 2),
        ("modern", "ab \n c d", 6),
    ):
        expect_settled(text, len(text), most, idea, split)


def test_a_contraction_may_still_come():
    idea = "After 'l, another l makes one pre-token of what would be two. How far does a pattern look before it decides?"
    for text, most in (("I'l", 1), ("I'll", 1), ("I'll be", 4), ("x'", 1)):
        expect_settled(text, len(text), most, idea, "gpt2")


def test_nearly_all_of_a_long_text_is_settled():
    for split in bpe.SPLITS:
        for text in ("work, he works. " * 50, "1 \n " * 50):
            got = sum(map(len, bpe.settled(text, len(text), split)))
            expect_true(
                got >= len(text) - 20,
                what=f"settled of {text[:12]!r} 50 times by the split {split!r}",
                expected=f"at least {len(text) - 20} of {len(text)} characters",
                got=str(got),
                idea="Only what stands at the end is in doubt.",
                page=STREAMS,
            )


def test_what_is_settled_stays_whatever_comes():
    rng = random.Random(0)
    pieces = ["a", "b", "'", "s", "l", "1", " ", "\n", "\r", "\u00a0", ",", "é", "ll"]
    for split in bpe.SPLITS:
        for _ in range(300):
            text = "".join(rng.choice(pieces) for _ in range(rng.randint(0, 12)))
            known = rng.randint(0, len(text))
            done = bpe.settled(text, known, split)
            for end in ("", "a", " ", "l", "\n", "1", "'s"):
                whole = bpe.pretokens(text[:known] + end, split)
                expect_true(
                    done == whole[: len(done)],
                    what=f"settled({text!r}, {known}, {split!r})",
                    expected=f"the beginning of {whole}, the pre-tokens of {text[:known] + end!r}",
                    got=done,
                    idea="Whatever may mean nothing at all.",
                    page=STREAMS,
                )


def test_a_stream_has_the_ids_of_the_text():
    rng = random.Random(1)
    for split in bpe.SPLITS:
        found = tokenizer(split)
        for text in (
            "",
            "I'll work\n\n\nwo 1234  ab",
            "é é\r\n\r\n wo",
            "a\n\na\n\na\n\n\n\na",
            "ss  \n  ss\u00a0 12 ",
            "'ll'l 'll",
        ):
            for _ in range(25):
                chunks = cuts(text, rng)
                expect_equal(
                    list(found.encode_iterable(iter(chunks))),
                    found.encode(text),
                    what=f"the ids of the chunks {chunks} by the split {split!r}",
                    idea=CUT,
                    page=STREAMS,
                )


def test_what_was_settled_isnt_cut_again():
    found = tokenizer("gpt2")
    expect_equal(
        list(found.encode_iterable(["a\n\nwo"])),
        found.encode("a\n\nwo"),
        what="the ids of 'a\\n\\nwo' as a stream of one chunk, by GPT-2's pattern",
        idea="The two line ends are two pre-tokens because a word follows. What are they if you cut 'a\\n\\n' by itself?",
        page=STREAMS,
    )


def test_special_tokens_are_found_across_chunks():
    rng = random.Random(2)
    for split in bpe.SPLITS:
        found = tokenizer(split, NAMES)
        for text in ("a<|end|>b", "wo<|end|>><|end|>", "<|en|en|end|>>", "a<|end", " <|end|> <|e"):
            for _ in range(25):
                chunks = cuts(text, rng)
                expect_equal(
                    list(found.encode_iterable(chunks)),
                    found.encode(text),
                    what=f"the ids of the chunks {chunks}, special tokens {NAMES}",
                    idea="Where may a special token, or a longer one, still begin? What lies behind that can't go yet.",
                    page=STREAMS,
                )
                expect_equal(
                    list(found.encode_iterable(chunks, specials=False)),
                    found.encode(text, specials=False),
                    what=f"the ids of the chunks {chunks} with specials=False",
                    idea="Then a special token's name is text.",
                    page=STREAMS,
                )


def test_ids_come_before_the_stream_ends():
    found = tokenizer("spaces", NAMES)
    fed = []

    def stream():
        for at in range(1000):
            fed.append(at)
            yield " work"

    ids = found.encode_iterable(stream())
    next(ids)
    expect_true(
        len(fed) <= 12,
        what="how many chunks were read before the first id came",
        expected="a few: the first word is settled once the second has begun",
        got=str(len(fed)),
        idea="A stream may never end. What can you give away already?",
        page=STREAMS,
    )
    for _ in range(1000):
        next(ids)
    expect_true(
        len(fed) <= 512,
        what="how many chunks of two tokens and more were read before 1,001 ids came",
        expected="about as many as they needed",
        got=str(len(fed)),
        idea="What is settled goes at once, and is forgotten.",
        page=STREAMS,
    )


def test_a_word_without_end_isnt_looked_at_for_every_chunk():
    looked, real = 0, bpe.settled

    def watched(text, *how, **named):
        nonlocal looked
        looked += len(text)
        return real(text, *how, **named)

    bpe.settled = watched
    try:
        number = sum(1 for _ in tokenizer("spaces").encode_iterable("x" for _ in range(4000)))
    finally:
        bpe.settled = real
    expect_equal(number, 4000, what="how many ids 4,000 chunks of x give", idea=CUT, page=STREAMS)
    expect_true(
        looked < 40_000,
        what="characters that settled looked at for a word of 4,000 characters in 4,000 chunks",
        expected="a few times 4,000",
        got=str(looked),
        idea="If nothing was settled, one character more won't settle much. How long can you wait without keeping more than twice as much?",
        page=STREAMS,
    )


def test_each_byte_has_a_letter_of_its_own():
    letters = byte_letters()
    expect_equal(
        [len(letters), len(set(letters.values())), sorted(letters)],
        [256, 256, list(range(256))],
        what="how many bytes have a letter, how many letters there are, and which bytes",
        idea="256 bytes, 256 letters: one each, or the file can't be read back.",
        page=STREAMS,
    )
    for byte, expected in (
        *[
            (0x21, "!"),
            (0x41, "A"),
            (0x7E, "~"),
            (0xA1, "¡"),
            (0xAC, "¬"),
            (0xAE, "®"),
            (0xFF, "ÿ"),
        ],
        *[(0x00, "Ā"), (0x0A, "Ċ"), (0x20, "Ġ"), (0x7F, "ġ"), (0xA0, "ł"), (0xAD, "Ń")],
    ):
        expect_equal(
            letters[byte],
            expected,
            what=f"the letter of byte 0x{byte:02X}",
            idea="A visible character of Latin-1 is itself. The others get U+0100, U+0101, ... in the order of the bytes.",
            page=STREAMS,
        )


def files(vocab=None, merges=None, whole=True):
    """A folder with the two files of a tokenizer with the merges wo, Ġ+wo and é."""
    letters = byte_letters()
    full = {letters[byte]: at for at, byte in enumerate(sorted(letters, key=letters.get))}
    full |= {"wo": 256, "Ġwo": 257, "Ã©": 258, "<|end|>": 259}
    folder = Path(tempfile.mkdtemp())
    (folder / "vocab.json").write_text(json.dumps({**full, **(vocab or {})}), encoding="utf-8")
    text = merges if merges is not None else "#version: 0.2\nw o\nĠ wo\nÃ ©\n"
    (folder / "merges.txt").write_text(text, encoding="utf-8")
    return folder


def test_gpt2s_files_are_read():
    found = load_gpt2(files(), ["<|end|>"])
    expect_equal(
        [found.merges, found.special_tokens, found.vocab[257], found.vocab_size, found.split],
        [[(b"w", b"o"), (b" ", b"wo"), (b"\xc3", b"\xa9")], {"<|end|>": 259}, b" wo", 260, "gpt2"],
        what="merges, special tokens, token 257, size and split of a tokenizer in GPT-2's files",
        idea="Letters back into bytes, line by line. The ids are those of vocab.json, whatever their order.",
        page=STREAMS,
    )
    expect_equal(
        found.decode(found.encode("two é<|end|>")),
        "two é<|end|>",
        what="a text through that tokenizer and back",
        idea="Byte 0 needn't have id 0.",
        page=STREAMS,
    )
    expect_equal(
        load_gpt2(files(merges="w o\nĠ wo\n\nÃ ©"), ["<|end|>"], split="modern").merges,
        found.merges,
        what="the merges of a merges.txt without a version, with an empty line and no line end",
        idea="The first line is a version or a merge; other programs leave empty lines.",
        page=STREAMS,
    )
    expect_equal(
        load_gpt2(
            files(
                vocab={"#version:": 260, "#version:0.2": 261},
                merges="#version: 0.2\nw o\nĠ wo\nÃ ©\n",
            ),
            ["<|end|>", "#version:", "#version:0.2"],
        ).merges,
        found.merges,
        what="the merges behind a first line with a version",
        idea="It is no merge, even if its words are in the vocabulary.",
        page=STREAMS,
    )


def test_a_damaged_merges_file_is_named_with_its_line():
    for merges, mentions in (
        ("#version: 0.2\nw o\nĠ\n", "merges.txt:3"),
        ("#version: 0.2\nw o x\n", "merges.txt:2"),
        ("#version: 0.2\nw o\nĠ zz\n", "merges.txt:3"),
        ("#version: 0.2\nzz o\n", "merges.txt:2"),
        ("#version: 0.2\no w\n", "merges.txt:2"),
        ("w o\nw\to\n", "merges.txt:2"),
    ):
        with expect_raises(
            ValueError,
            what=f"load_gpt2 with the merges {merges!r}",
            idea="A line is two tokens of the vocabulary with one space between, and what they make is one too. Say where it isn't so.",
            page=STREAMS,
            mentions=mentions,
        ):
            load_gpt2(files(merges=merges), ["<|end|>"])


def test_a_merges_file_that_ends_early_is_noticed():
    for merges, mentions in (
        ("#version: 0.2\nw o\nĠ wo\n", "Ã©"),
        ("#version: 0.2\nw o\nĠ w", "merges.txt:3"),
        ("", "wo"),
    ):
        with expect_raises(
            ValueError,
            what=f"load_gpt2 with the merges {merges!r}",
            idea="Cut at the end of a line, each line that is left is sound. Which token of vocab.json tells that something is missing?",
            page=STREAMS,
            mentions=mentions,
        ):
            load_gpt2(files(merges=merges), ["<|end|>"])


def test_a_token_in_other_letters_is_named():
    for strange in ("a b", "字", ""):
        with expect_raises(
            ValueError,
            what=f"load_gpt2 of a vocabulary with the token {strange!r}",
            idea="A token is made of the 256 letters. A special token that wasn't named isn't; a space never is.",
            page=STREAMS,
            mentions=repr(strange),
        ):
            load_gpt2(files(vocab={strange: 300}), ["<|end|>"])


def test_both_formats_come_back():
    for split in bpe.SPLITS:
        first = tokenizer(split, NAMES)
        folder = Path(tempfile.mkdtemp())
        save(first, folder / "t.json")
        save_gpt2(first, folder)
        for kind, found in (
            ("own", load(folder / "t.json")),
            ("GPT-2's", load_gpt2(folder, NAMES, split=split)),
        ):
            expect_equal(
                [found.vocab, found.merges, found.special_tokens, found.split],
                [first.vocab, first.merges, first.special_tokens, split],
                what=f"a tokenizer written and read in the {kind} format",
                idea="Ids, bytes, merges in order and special tokens: all of it comes back.",
                page=STREAMS,
            )
