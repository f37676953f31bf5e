"""Lab 11.1: text to ids and back, with special tokens."""

from given.checking import expect_equal, expect_raises
from minilm import bpe
from minilm.tokenizer import Tokenizer, cut

ENCODE, BYTES = "theory/02-there-and-back.md", "theory/00-bytes.md"
MERGES = [
    (b"w", b"o"),
    (b"wo", b"r"),
    (b"wor", b"k"),
    (b" ", b"work"),
    (b"h", b"e"),
    (b"e", b"d"),
    (b" work", b"ed"),
]
NAMES = ["<|end|>", "<|end|>>", "|en"]


def tokenizer(names=(), merges=MERGES):
    return Tokenizer.from_merges(merges, names)


def shown(found):
    """The tokens of a text, as bytes."""
    return lambda text, **how: [found.token(at) for at in found.encode(text, **how)]


def test_the_pair_of_lowest_rank_is_joined_first():
    ranks = {(b"b", b"c"): 0, (b"a", b"b"): 1}
    expect_equal(
        bpe.merge_by_rank((b"a", b"b", b"c"), ranks),
        (b"a", b"bc"),
        what="a, b, c with the ranks bc 0, ab 1",
        idea="Training met bc before ab. Which of the two was still there when ab's turn came?",
        page=ENCODE,
    )
    expect_equal(
        bpe.merge_by_rank(
            (b"a", b"b", b"c", b"d"), {(b"ab", b"cd"): 2, (b"c", b"d"): 1, (b"a", b"b"): 0}
        ),
        (b"abcd",),
        what="a, b, c, d with the ranks ab 0, cd 1, ab+cd 2",
        idea="A merge can make a new pair that has a rank of its own: look again.",
        page=ENCODE,
    )


def test_a_word_is_merged_until_no_pair_has_a_rank():
    ranks = {(b"a", b"a"): 0, (b"aa", b"aa"): 1}
    for number, expected in (
        (0, ()),
        (1, (b"a",)),
        (3, (b"aa", b"a")),
        (7, (b"aaaa", b"aa", b"a")),
    ):
        expect_equal(
            bpe.merge_by_rank((b"a",) * number, ranks),
            expected,
            what=f"{number} times a, with the ranks aa 0, aa+aa 1",
            idea="Every place of the best pair, from left to right, then the next. A word may be empty or end up with several parts.",
            page=ENCODE,
        )
    expect_equal(
        bpe.merge_by_rank((b"x", b"y"), {}),
        (b"x", b"y"),
        what="x, y without any rank",
        idea="What no merge joins stays apart.",
        page=ENCODE,
    )
    expect_equal(
        bpe.merge_by_rank((b"x", b"c", b"d"), {(b"a", b"b"): 0, (b"c", b"d"): 2}),
        (b"x", b"cd"),
        what="x, c, d with the ranks ab 0, cd 2",
        idea="A file may name a merge twice, and then a number is left out. Which pair comes later than every rank?",
        page=ENCODE,
    )


def test_encoding_gives_what_training_would_have_made():
    found = tokenizer()
    for text, expected in (
        ("I work", [b"I", b" work"]),
        ("he worked", [b"he", b" worked"]),
        ("worked", [b"work", b"ed"]),
        ("she  worker", [b"s", b"he", b" ", b" work", b"e", b"r"]),
    ):
        expect_equal(
            shown(found)(text),
            expected,
            what=f"the tokens of {text!r}",
            idea="Pre-tokens, bytes, merges by rank, ids. No token reaches over a cut.",
            page=ENCODE,
        )


def test_no_token_reaches_over_a_cut():
    found = Tokenizer.from_merges([(b"k", b" ")])
    expect_equal(
        shown(found)("k w"),
        [b"k", b" ", b"w"],
        what="the tokens of 'k w' with the merge k+space",
        idea="k and the space stand in two pre-tokens: that merge was found where they stood in one.",
        page=ENCODE,
    )


def test_the_tokenizers_own_split_is_used():
    found = Tokenizer.from_merges([(b"b", b","), (b"a", b"b")], split="gpt2")
    expect_equal(
        shown(found)("ab,"),
        [b"ab", b","],
        what="the tokens of 'ab,' with GPT-2's pattern and the merges b+comma, a+b",
        idea="The comma is a pre-token of its own here: a merge that was found in other cuts can't reach it.",
        page=ENCODE,
    )


def test_ids_are_those_of_the_vocabulary():
    found = tokenizer(["<|end|>"])
    expect_equal(
        found.encode("I work<|end|>"),
        [74, 260, 0],
        what="the ids of 'I work<|end|>' with one special token and seven merges",
        idea="Special tokens come first, then byte b at 1 + b, then what merge 0, 1, ... makes.",
        page=ENCODE,
    )


def test_every_text_comes_back():
    found = tokenizer(NAMES)
    for text in (
        "",
        " ",
        "mañana",
        "man\u0303ana",
        "¿Cómo estás?",
        "🦊 字",
        "\ufeffa\r\n\x00",
        "a<|end|>>b|en<|en",
    ):
        expect_equal(
            found.decode(found.encode(text)),
            text,
            what=f"decode(encode({text!r}))",
            idea="Bytes in, the same bytes out: nothing is normalized, stripped or left out.",
            page=BYTES,
        )


def test_text_is_cut_at_special_tokens():
    for text, expected in (
        ("a<|end|>b<|end|>c", ["a", "<|end|>", "b", "<|end|>", "c"]),
        ("<|end|><|end|>", ["<|end|>", "<|end|>"]),
        ("<|e", ["<|e"]),
        ("", []),
        ("ab", ["ab"]),
        ("a|end", ["a", "|en", "d"]),
        ("a.b", ["a.b"]),
    ):
        expect_equal(
            cut(text, NAMES),
            expected,
            what=f"cut({text!r}, {NAMES})",
            idea="Pieces joined are the text, and none is empty. A name is text, no pattern: | and . mean themselves.",
            page=ENCODE,
        )
    expect_equal(
        cut("a.b axb", ["a.b"]),
        ["a.b", " axb"],
        what="cut('a.b axb', ['a.b'])",
        idea="A name is text, no pattern: a point means a point.",
        page=ENCODE,
    )
    for text, expected in (("a<|end|>b", ["a<|end|>b"]), ("", [])):
        expect_equal(
            cut(text, []),
            expected,
            what=f"cut({text!r}, []), without any special token",
            idea="Without names nothing is special, and no piece is empty.",
            page=ENCODE,
        )


def test_where_several_begin_the_longest_wins():
    for names in (NAMES, NAMES[::-1]):
        expect_equal(
            cut("a<|end|>>b", names),
            ["a", "<|end|>>", "b"],
            what=f"cut('a<|end|>>b', {names})",
            idea="Whatever the order in which they were named: of those that begin at one place, which is taken?",
            page=ENCODE,
        )
        expect_equal(
            cut("x<|end|>", names),
            ["x", "<|end|>"],
            what=f"cut('x<|end|>', {names})",
            idea="|en begins later than <|end|>. From left to right: what is found first?",
            page=ENCODE,
        )


def test_special_tokens_are_whole_and_cut_what_is_around_them():
    found = Tokenizer.from_merges([(b"a", b"b"), (b"<", b"|")], ["<|end|>"])
    expect_equal(
        shown(found)("a<|end|>b<|"),
        [b"a", b"<|end|>", b"b", b"<|"],
        what="the tokens of 'a<|end|>b<|' with the merges ab and <|",
        idea="A special token is never merged, and nothing is merged across it.",
        page=ENCODE,
    )
    expect_equal(
        shown(found)("<|end|>"),
        [b"<|end|>"],
        what="the tokens of a text that is a special token",
        idea="At the very beginning and at the very end there is no text beside it.",
        page=ENCODE,
    )


def test_special_tokens_can_be_plain_text():
    found = Tokenizer.from_merges([], ["<|end|>"])
    expect_equal(
        found.encode("<|end|>", specials=False),
        [1 + byte for byte in b"<|end|>"],
        what="the ids of '<|end|>' with specials=False",
        idea="Text of strangers mustn't end a document: then a special token's name is seven bytes like any others.",
        page=ENCODE,
    )


def test_bytes_are_decoded_together():
    found = tokenizer()
    expect_equal(
        found.decode(found.encode("é🦊")),
        "é🦊",
        what="decode of the six ids of 'é🦊'",
        idea="One character is several tokens here. At which moment do bytes become text?",
        page=BYTES,
    )


def test_bytes_that_are_no_text_are_replaced():
    found = tokenizer()
    for ids, expected in (
        ([0xC3], "\ufffd"),
        ([0x61, 0xFF, 0x62], "a\ufffdb"),
        ([0xA9, 0xC3], "\ufffd\ufffd"),
        ([], ""),
    ):
        expect_equal(
            found.decode(ids),
            expected,
            what=f"decode of the bytes {bytes(ids)!r}",
            idea="A model may say any ids in any order. That must never be an exception, nor lose what is sound beside it.",
            page=BYTES,
        )


def test_special_tokens_come_back():
    found = tokenizer(["<|end|>"])
    expect_equal(
        found.decode([0, 74, 0]),
        "<|end|>I<|end|>",
        what="decode of a special token, I, a special token",
        idea="Their ids are in a table of their own: token(id) knows both.",
        page=ENCODE,
    )


def test_an_unknown_id_is_named_with_its_position():
    found = tokenizer()
    for unknown in (99999, -1, found.vocab_size):
        for mentions in (str(unknown), "position 2"):
            with expect_raises(
                ValueError,
                what=f"decode([1, 2, {unknown}])",
                idea="Whoever has to find it needs the id and where it stood. -1 is no id either.",
                page=ENCODE,
                mentions=mentions,
            ):
                found.decode([1, 2, unknown])


def test_what_only_equals_an_id_is_refused():
    found = tokenizer(["<|end|>"])
    for unknown in (True, False, 1.0, 259.0):
        for mentions in (repr(unknown), "position 1"):
            with expect_raises(
                ValueError,
                what=f"decode([1, {unknown}])",
                idea="To a dict True and 1.0 are 1. A list of truths or of floats is a mistake of the caller, no text: token(id) knows.",
                page=ENCODE,
                mentions=mentions,
            ):
                found.decode([1, unknown])


def test_a_lone_surrogate_is_refused_with_its_position():
    with expect_raises(
        ValueError,
        what="encode('ab\\ud83e')",
        idea="Half of a pair of UTF-16 is no character: no UTF-8 holds it, and leaving it out would lose text.",
        page=BYTES,
        mentions="character 2",
    ):
        tokenizer().encode("ab\ud83e")


def test_ids_are_a_list_of_their_own():
    found = tokenizer()
    first = found.encode("I work")
    first.append(0)
    expect_equal(
        found.encode("I work"),
        [73, 259],
        what="encode('I work') after the list of the first call was changed",
        idea="What you hand out belongs to the caller: don't keep a list that you have given away.",
        page=ENCODE,
    )
