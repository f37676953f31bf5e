"""Lab 13.5: vectors in files."""

import json
from dataclasses import replace

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.corpus_files import LONGEST
from minilm.embed import Vocabulary, WordVectors, skip_gram, train
from minilm.errors import MinilmError
from minilm.vector_files import (
    FORMAT,
    Vectors,
    decode,
    encode,
    load,
    load_text,
    pack,
    save,
    save_text,
    text_lines,
    unpack,
)
from minitorch.checkpoint import save_file

PAGE = "theory/05-vectors-in-a-file.md"
TWO = Vectors(("él", "casa"), np.array([[0.5, -1.0], [0.1, 1e-9]], np.float32))
TEXT = "2 2\nél 0.5 -1.0\ncasa 0.1 1e-09\n".encode()


def test_rows_are_looked_up_by_their_words():
    got = TWO.of(["casa", "él", "casa"])
    expect_equal(got.tolist(), TWO.matrix[[1, 0, 1]].tolist(), what="the vectors of casa, él, casa", idea="In the order in which they were asked for, and as often.", page=PAGE)  # fmt: skip
    expect_equal(got.dtype, np.dtype("float32"), what="their dtype", idea="As they lie in the table.", page=PAGE)  # fmt: skip
    expect_equal(TWO.of([]).shape, (0, 2), what="the shape of no vectors", idea="No rows, and still two numbers a row.", page=PAGE)  # fmt: skip
    expect_equal(TWO.of(iter(["él"])).shape, (1, 2), what="the shape for one word of an iterator", idea="Any iterable.", page=PAGE)  # fmt: skip


def test_a_word_without_a_vector_is_named_with_its_source():
    found = replace(TWO, source="spanish.txt")
    for mention in ("spanish.txt", "'gato'"):
        with expect_raises(MinilmError, mentions=mention, what="the vector of gato, of spanish.txt", idea="Which word, and which of your files doesn't have it?", page=PAGE):  # fmt: skip
            found.of(["casa", "gato"])


def test_the_text_is_exactly_this():
    expect_equal(encode(TWO), TEXT, what="the bytes of él and casa", idea="Numbers of words and columns first; then word and numbers, one space between, UTF-8.", page=PAGE)  # fmt: skip
    wide = Vectors(("a",), np.array([[1, 2, 3]], np.float32))
    expect_equal(encode(wide), b"1 3\na 1.0 2.0 3.0\n", what="the bytes of one word with three numbers", idea="Which of the two sizes comes first?", page=PAGE)  # fmt: skip


def test_every_float32_comes_back_bit_for_bit():
    bits = np.random.default_rng(5).integers(0, 2**32, 6000, dtype=np.uint32)
    numbers = bits.view(np.float32)
    numbers = numbers[np.isfinite(numbers)][:5600].reshape(70, 80)
    extreme = [np.float32(x) for x in (0.0, -0.0, 1e-45, 3.4028235e38, 1 / 3, 16777217)]
    numbers[0, : len(extreme)] = extreme
    some = Vectors(tuple(f"w{i}" for i in range(70)), numbers)
    back = decode(encode(some), "x")
    expect_equal(back.words == some.words, True, what="whether the words came back", idea="In their order.", page=PAGE)  # fmt: skip
    expect_equal(back.matrix.tobytes() == numbers.tobytes(), True, what="whether 5600 random bit patterns, zeros, the smallest and the largest number came back bit for bit", idea="How many digits does a float32 need? Who gives you just as many?", page=PAGE)  # fmt: skip
    expect_equal((back.matrix.dtype, back.source), (np.dtype("float32"), "x"), what="the dtype of what was read, and its source", idea="It was float32, and it came from there.", page=PAGE)  # fmt: skip


def test_what_the_text_cannot_hold_is_refused_when_it_is_written():
    one = np.ones((1, 2), np.float32)
    for word in ("", "two words", "line\nbreak", "line\rbreak", "nul\0", "half\ud83d"):
        with expect_raises(MinilmError, mentions=repr(word), what=f"the text of the word {word!r}", idea="What would somebody read who knows only that words end at a space and lines at a newline?", page=PAGE):  # fmt: skip
            encode(Vectors((word,), one))
    for what, words, matrix, mention in (
        ("a word that is there twice", ("a", "b", "a"), np.ones((3, 2)), "'a'"),
        ("a vector with nan", ("a", "b"), np.array([[1, 2], [1, np.nan]]), "'b'"),
        ("a vector with inf", ("a", "b"), np.array([[-np.inf, 1], [1, 2]]), "'a'"),
        ("a word without a row", ("a", "b"), np.ones((1, 2)), "2"),
        ("a row without a word", ("a",), np.ones((2, 2)), "1"),
        ("no word", (), np.ones((0, 2)), "0"),
        ("vectors without numbers", ("a",), np.ones((1, 0)), "1"),
        ("a matrix of one axis", ("a",), np.ones(1), "1"),
    ):
        with expect_raises(MinilmError, mentions=mention, what=f"the text of {what}", idea="Would its reader get back what was written?", page=PAGE):  # fmt: skip
            encode(Vectors(words, matrix.astype(np.float32)))


def refused(content, mentions, what):
    for mention in mentions:
        with expect_raises(MinilmError, mentions=mention, what=what, idea="Which file, which line, which word? Somebody has to find it among 280 lines, or three million.", page=PAGE):  # fmt: skip
            decode(content, "v.txt")


def test_what_other_programs_write_is_read():
    content = b"2 3 \na 1 -2e3 .5 \nb +0.25 4. 1E-2 \n".replace(b"3 \n", b"3\n")
    found = decode(content, "x")
    expect_close(found.matrix, [[1, -2000, 0.5], [0.25, 4, 0.01]], tol=1e-7, what="the numbers 1 -2e3 .5 and +0.25 4. 1E-2, with a space before the line's end", idea="word2vec's own program ends each word's line with a space. Is that an empty number?", page=PAGE)  # fmt: skip
    strange = Vectors(("a\u00a0b", "1", "\u2028", "á"), np.ones((4, 1), np.float32))
    expect_equal(decode(encode(strange), "x").words, strange.words, what="the words a\u00a0b, 1, a line separator and an a with its accent apart", idea="A word ends at a space and a line at a newline. At nothing else, whatever a library thinks.", page=PAGE)  # fmt: skip


def test_bytes_that_are_no_such_text_are_refused():
    refused(b"", ["v.txt", "empty"], "an empty file")
    refused(b"\xef\xbb\xbf" + TEXT, ["v.txt:1", "byte order mark"], "a byte order mark")
    refused(TEXT.replace(b"\n", b"\r\n"), ["v.txt:1", "carriage return"], "carriage returns")
    refused(TEXT.replace(b"casa", b"ca\0a"), ["v.txt:3", "NUL"], "a NUL byte")
    refused(TEXT.replace("é".encode(), b"\xe9"), ["v.txt:2", "UTF-8"], "Latin-1")
    refused(TEXT[:-1], ["v.txt:3", "cut off"], "a file without its last newline")
    refused(b"1 1\na " + b"1" * 10_000_000 + b"\n", ["v.txt:2", str(LONGEST)], "a line of 10 MB")
    expect_equal(text_lines(b"a" * LONGEST + b"\n", "x") == ["a" * LONGEST], True, what="whether a line as long as may be is read", idea="", page=PAGE)  # fmt: skip


def test_a_first_line_that_is_none_is_refused():
    for first in ("", "2", "2 2 2", "2  2", "-2 2", "0 2", "2 0", "2.0 2", "2 two", "٢ 2", " 2 2", "2 2 ", "9" * 5000 + " 2"):  # fmt: skip
        refused(f"{first}\n".encode() + TEXT[4:], ["v.txt:1"], f"the first line {first[:12]!r}")
    refused(TEXT[4:], ["v.txt:1"], "a text without its first line")


def test_more_or_fewer_words_than_promised_are_refused():
    lines = TEXT.splitlines(keepends=True)
    refused(
        b"".join(lines[:2]),
        ["v.txt", "cut off", "1 of 2"],
        "a text that is cut off at a line's end",
    )
    refused(
        b"999999999 2\n" + lines[1], ["v.txt", "1 of 999999999"], "a promise of a billion words"
    )
    refused(b"1 999999999\na 1 2\n", ["v.txt:2", "2 numbers"], "a promise of a billion numbers")
    refused(lines[0], ["v.txt", "0 of 2"], "a first line alone")
    refused(TEXT + b"gato 1 2\n", ["v.txt:4"], "a word more")
    refused(TEXT + b"\n", ["v.txt:4"], "an empty line at the end")


def test_a_line_with_a_mistake_is_named_with_its_word():
    def with_line(line):
        return b"3 2\na 1 2\n" + line + b"\nc 5 6\n"

    decode(with_line(b"b 3 4"), "v.txt")
    for line, more, what in (
        (b"b 3", ["'b'", "1 numbers", "not 2"], "a number too few"),
        (b"b 3 4 5", ["'b'", "3 numbers", "not 2"], "a number too many"),
        (b"b", ["'b'", "0 numbers"], "a word alone"),
        (b"two words 3 4", ["'two'", "3 numbers"], "a word of two words"),
        (b"b  3 4", ["'b'"], "two spaces"),
        (b"b 3 4  ", ["'b'"], "two spaces at the end"),
        (b" 3 4", ["empty"], "an empty word"),
        (b"", ["empty"], "an empty line"),
        (b"a 3 4", ["'a'", "line 2"], "a word for the second time"),
        (b"b 3 x4", ["'b'", "'x4'"], "a number that is none"),
        (b"b 1_0 4", ["'b'", "'1_0'"], "a number that only Python reads"),
        ("b ٣ 4".encode(), ["'b'", "'٣'"], "a number in other digits"),
        (b"b 0x10 4", ["'b'", "'0x10'"], "a number in hexadecimal"),
        (b"b nan 4", ["'b'", "'nan'"], "nan"),
        (b"b 3 inf", ["'b'", "'inf'"], "inf"),
        (b"b 3 -Infinity", ["'b'", "'-Infinity'"], "infinity"),
        (b"b 1e39 4", ["'b'", "'1e39'"], "a number that no float32 holds"),
        (b"b " + b"1" * 60_000 + b"x 4", ["'b'"], "60,000 digits and a letter"),
    ):
        refused(with_line(line), ["v.txt:3", *more], what)


def trained(tied=False):
    words = Vocabulary(("to", "él", "casa"), (3, 2, 2))
    model = WordVectors(3, 4, tied, np.random.default_rng(1))
    inputs, targets = skip_gram([[0, 1, 2, 0, 1, 2]], 2)
    train(model, inputs, targets, words.counts, epochs=3, batch_size=4)
    return words, model


def test_a_model_is_taken_apart():
    words, model = trained()
    arrays, metadata = pack(words, model)
    expect_equal(sorted(arrays), ["input", "output"], what="the arrays of a model with two tables", idea="Whoever trains on needs both.", page=PAGE)  # fmt: skip
    for name, table in (("input", model.input), ("output", model.output)):
        expect_equal((arrays[name].dtype, bool((arrays[name] == table.weight.numpy()).all())), (np.dtype("float32"), True), what=f"dtype of {name}, and whether it is the model's table", idea="As it is.", page=PAGE)  # fmt: skip
    expect_equal(metadata["format"], FORMAT, what="the format", idea="Another version may lie in another way.", page=PAGE)  # fmt: skip
    expect_equal((json.loads(metadata["words"]), json.loads(metadata["counts"])), (list(words.words), list(words.counts)), what="words and counts", idea="Negatives are drawn by the counts: training can't go on without them.", page=PAGE)  # fmt: skip
    expect_equal(sorted(metadata), ["counts", "format", "words"], what="the names of the texts", idea="", page=PAGE)  # fmt: skip
    expect_equal(sorted(pack(*trained(tied=True))[0]), ["input"], what="the arrays of a tied model", idea="How many tables has it?", page=PAGE)  # fmt: skip


def test_a_model_that_cannot_be_kept_is_refused():
    words, model = trained()
    with expect_raises(MinilmError, mentions="2 words", what="three rows and two words", idea="Whose is the third?", page=PAGE):  # fmt: skip
        pack(Vocabulary(("a", "b"), (1, 1)), model)
    for name in ("input", "output"):
        words, model = trained()
        broken = getattr(model, name).weight.numpy()
        broken[1, 2] = np.nan
        getattr(model, name).weight.data = broken
        for mention in (name, "'él'"):
            with expect_raises(MinilmError, mentions=mention, what=f"a model whose {name} has nan for él", idea="Which of both tables, which word?", page=PAGE):  # fmt: skip
                pack(words, model)


def test_a_model_comes_back_as_it_was():
    for tied in (False, True):
        words, model = trained(tied)
        again, back = unpack(*pack(words, model), "x")
        expect_equal((again, again.encode(["casa"]).tolist()), (words, [2]), what="the vocabulary that came back", idea="Words, counts and ids.", page=PAGE)  # fmt: skip
        expect_equal(back.output is back.input, tied, what=f"whether the model that came back has one table (tied={tied})", idea="Two tables with equal numbers would part at the next step.", page=PAGE)  # fmt: skip
        expect_equal(len(list(back.parameters())), 1 if tied else 2, what="its number of parameters", idea="Each table once.", page=PAGE)  # fmt: skip
        for name, array in model.state_dict().items():
            expect_equal(bool((back.state_dict()[name] == array).all()), True, what=f"whether {name} came back bit for bit", idea="Nothing of a fresh start may be left.", page=PAGE)  # fmt: skip


def test_training_goes_on_where_it_stopped():
    inputs, targets = skip_gram([[0, 1, 2, 0, 1, 2]], 2)
    ends = []
    for stop in (False, True):
        words, model = trained()
        if stop:
            words, model = unpack(*pack(words, model), "x")
        train(model, inputs, targets, words.counts, epochs=2, batch_size=4, seed=3)
        ends.append(model.state_dict())
    for name, array in ends[0].items():
        expect_equal(bool((ends[1][name] == array).all()), True, what=f"whether {name} after two more epochs is the same with and without a stop", idea="What does the next step need of the model? Adam begins anew in both.", page=PAGE)  # fmt: skip


def test_a_checkpoint_of_something_else_is_refused():
    arrays, metadata = pack(*trained())
    three = metadata["words"]
    nan = arrays["output"].copy()
    nan[2, 0] = np.inf
    for what, some, texts, mentions in (
        ("of another format", arrays, metadata | {"format": "minilm-vectors-0"}, ["format"]),
        ("without a format", arrays, {"words": three, "counts": "[1, 1, 1]"}, ["format"]),
        ("without words", arrays, {n: t for n, t in metadata.items() if n != "words"}, ["words"]),
        ("without counts", arrays, {n: t for n, t in metadata.items() if n != "counts"}, ["counts"]),
        ("whose words are cut off", arrays, metadata | {"words": three[:-3]}, ["words"]),
        ("whose words are no list", arrays, metadata | {"words": '{"to": 1}'}, ["words"]),
        ("whose words are numbers", arrays, metadata | {"words": "[1, 2, 3]"}, ["words"]),
        ("whose counts are truths", arrays, metadata | {"counts": "[3, 2, true]"}, ["counts"]),
        ("whose counts have fractions", arrays, metadata | {"counts": "[3, 2, 1.5]"}, ["counts"]),
        ("with a count too few", arrays, metadata | {"counts": "[3, 2]"}, ["2 counts"]),
        ("with a count of 0", arrays, metadata | {"counts": "[3, 0, 2]"}, ["'él'"]),
        ("with a word twice", arrays, metadata | {"words": '["to", "casa", "casa"]'}, ["'casa'"]),
        ("without its input", {"output": arrays["output"]}, metadata, ["output"]),
        ("with a table more", arrays | {"third": arrays["input"]}, metadata, ["third"]),
        ("with double precision", arrays | {"output": arrays["output"].astype("f8")}, metadata, ["output"]),
        ("with a row too few", arrays | {"input": arrays["input"][:2]}, metadata, ["input"]),
        ("with tables of two widths", arrays | {"output": arrays["output"][:, :3]}, metadata, ["output"]),
        ("without columns", {"input": arrays["input"][:, :0]}, metadata, ["input"]),
        ("with a table of no axis", {"input": np.float32(1) * np.ones(())}, metadata, ["input"]),
        ("with an infinite number", arrays | {"output": nan}, metadata, ["output", "'casa'"]),
    ):  # fmt: skip
        for mention in ("v.bin", *mentions):
            with expect_raises(MinilmError, mentions=mention, what=f"a checkpoint {what}", idea="Compare what each entry says with what the others say, and name the one that doesn't fit.", page=PAGE):  # fmt: skip
                unpack({n: np.asarray(a) for n, a in some.items()}, texts, "v.bin")


def test_files_appear_whole_or_not_at_all(tmp_path):
    text, kept = tmp_path / "v.txt", tmp_path / "v.bin"
    words, model = trained()
    save_text(TWO, text)
    save(words, model, kept)
    expect_equal((load_text(text).words, load(kept)[0]), (TWO.words, words), what="the words of both files, read again", idea="", page=PAGE)  # fmt: skip
    before = text.read_bytes(), kept.read_bytes()
    spoiled = model.input.weight.numpy()
    spoiled[0, 0] = np.nan
    model.input.weight.data = spoiled
    for write in (
        lambda: save_text(replace(TWO, words=("a", "two words")), text),
        lambda: save(words, model, kept),
    ):
        with expect_raises(MinilmError, what="writing what can't be read, over a good file", idea="When is the old file gone? Who asks whether the new one is good, and when?", page=PAGE):  # fmt: skip
            write()
    expect_true((text.read_bytes(), kept.read_bytes()) == before, what="both files after two writes that failed", expected="as they were", got="others", idea="A file that was good stays until a better one is whole.", page=PAGE)  # fmt: skip
    expect_equal(sorted(path.name for path in tmp_path.iterdir()), ["v.bin", "v.txt"], what="what lies beside them", idea="Nothing half-written is left.", page=PAGE)  # fmt: skip


def test_a_file_that_is_missing_or_cut_off_is_named(tmp_path):
    kept = tmp_path / "v.bin"
    save(*trained(), kept)
    content = kept.read_bytes()
    for read, name in ((load, "no.bin"), (load_text, "no.txt"), (load_text, ".")):
        with expect_raises(MinilmError, mentions=str(tmp_path / name), what=f"reading {name}, which is no file", idea="Which file?", page=PAGE):  # fmt: skip
            read(tmp_path / name)
    for what, damaged in {
        "that is empty": b"",
        "without its last byte": content[:-1],
        "cut off in its header": content[:40],
        "with bytes behind": content + b"\0",
        "that is a text": TEXT,
    }.items():
        kept.write_bytes(damaged)
        with expect_raises(MinilmError, mentions=str(kept), what=f"a checkpoint {what}", idea="Phase 09's reader refuses it. Whose error comes out?", page=PAGE):  # fmt: skip
            load(kept)
    save_file({"input": np.ones((1, 2), np.float32)}, kept)
    with expect_raises(MinilmError, mentions=str(kept), what="a checkpoint without metadata", idea="It is a good file, of something else.", page=PAGE):  # fmt: skip
        load(kept)
