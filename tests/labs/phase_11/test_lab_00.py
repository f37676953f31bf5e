"""Lab 11.0: pre-tokens, pairs, and training that counts all of them anew."""

from given.checking import expect_equal, expect_raises
from minilm import bpe

BYTES, MERGING = "theory/00-bytes.md", "theory/01-merging-pairs.md"
TEXTS = ["I work", "I work", "I worked", "he works", "he worked"]


def parts(text):
    return tuple(bytes([byte]) for byte in text.encode())


def test_a_word_takes_one_space_in_front_along():
    expect_equal(
        bpe.pretokens("I  work,\nhe\tworked. "),
        ["I", " ", " work,", "\n", "he", "\t", "worked.", " "],
        what="pretokens of 'I  work,\\nhe\\tworked. '",
        idea="Read the pattern ` ?\\S+|\\s` aloud. Whose is the second of two spaces, and whose is a line end?",
        page=MERGING,
    )
    expect_equal(
        bpe.pretokens(""),
        [],
        what="pretokens of an empty text",
        idea="A text without characters has no pre-tokens.",
        page=MERGING,
    )


def test_the_split_is_the_one_that_is_asked_for():
    text = "I've 1234 años,  ¿no?"
    expect_equal(
        bpe.pretokens(text, "gpt2"),
        ["I", "'ve", " 1234", " años", ",", " ", " ¿", "no", "?"],
        what="pretokens of \"I've 1234 años,  ¿no?\" by GPT-2's pattern",
        idea="Each split has its own pattern: pattern(split) gives it.",
        page=MERGING,
    )
    expect_equal(
        bpe.pretokens(text, "modern"),
        ["I", "'ve", " ", "123", "4", " años", ",", " ", " ¿", "no", "?"],
        what="pretokens of the same text by the modern pattern",
        idea="Each split has its own pattern: pattern(split) gives it.",
        page=MERGING,
    )


def test_joined_pretokens_are_the_text():
    text = "\ufeffa\r\nb\x00 cafe\u0301  d\u00a0 \t¿é? 字 🦊\n\n"
    for split in bpe.SPLITS:
        expect_equal(
            "".join(bpe.pretokens(text, split)),
            text,
            what=f"the joined pre-tokens of a text with BOM, NUL and line ends, split {split!r}",
            idea="Nothing of a text may be lost, changed or put elsewhere: these are cuts, no cleaning.",
            page=MERGING,
        )


def test_pairs_are_counted_with_those_that_overlap():
    expect_equal(
        dict(bpe.count_pairs([parts("aaa")])),
        {(b"a", b"a"): 2},
        what="count_pairs of the word 'aaa'",
        idea="How many places are there in three letters where two stand side by side?",
        page=MERGING,
    )


def test_pairs_are_counted_in_every_word_and_never_across_two():
    expect_equal(
        dict(bpe.count_pairs([parts("ab"), parts("ab"), parts("bc"), parts("d"), ()])),
        {(b"a", b"b"): 2, (b"b", b"c"): 1},
        what="count_pairs of the words ab, ab, bc, d and an empty one",
        idea="A word that occurs twice counts twice. Do the end of one word and the start of the next stand side by side?",
        page=MERGING,
    )


def test_pairs_are_of_parts_whatever_their_length():
    expect_equal(
        dict(bpe.count_pairs([(b" ", b"wor", b"k", b"ed")])),
        {(b" ", b"wor"): 1, (b"wor", b"k"): 1, (b"k", b"ed"): 1},
        what="count_pairs of the word with the parts ' ', 'wor', 'k', 'ed'",
        idea="After a merge a part is longer than a byte. What are neighbors now?",
        page=MERGING,
    )


def test_the_most_frequent_pair_wins():
    expect_equal(
        bpe.best_pair({(b"a", b"b"): 2, (b"c", b"d"): 5, (b"z", b"z"): 1}),
        (b"c", b"d"),
        what="best_pair of ab twice, cd 5 times, zz once",
        idea="Frequency first. What decides only where frequencies are equal?",
        page=MERGING,
    )


def test_of_several_the_greatest_pair_of_byte_strings_wins():
    for tied, expected in (
        ([(b"w", b"o"), (b"o", b"r"), (b"r", b"k"), (b" ", b"w")], (b"w", b"o")),
        ([(b"e", b"a"), (b"e", b"d"), (b"d", b"z")], (b"e", b"d")),
        ([(b"ab", b"a"), (b"a", b"zz")], (b"ab", b"a")),
        ([(b"ab", b"cde"), (b"ac", b"b")], (b"ac", b"b")),
        ([(b"z", b"z"), (b"\xc3", b"\xa9")], (b"\xc3", b"\xa9")),
    ):
        for order in (tied, tied[::-1]):
            expect_equal(
                bpe.best_pair(dict.fromkeys(order, 3)),
                expected,
                what=f"best_pair of {order}, each 3 times",
                idea="Compare them as Python compares tuples of bytes: first part first, byte by byte. "
                "Neither the order of counting nor the length may decide.",
                page=MERGING,
            )


def test_without_a_pair_there_is_nothing_to_choose():
    with expect_raises(
        ValueError,
        what="best_pair of no counts",
        idea="There is no sensible answer: say so instead of returning one.",
        page=MERGING,
        mentions="no pair",
    ):
        bpe.best_pair({})


def test_a_pair_is_joined_from_left_to_right():
    for word, pair, expected in (
        (parts("aaa"), (b"a", b"a"), (b"aa", b"a")),
        (parts("aaaa"), (b"a", b"a"), (b"aa", b"aa")),
        (parts("abcab"), (b"a", b"b"), (b"ab", b"c", b"ab")),
        (parts("ba"), (b"a", b"b"), (b"b", b"a")),
        ((b"a", b"bc"), (b"a", b"b"), (b"a", b"bc")),
        ((b"wor", b"k", b"wor"), (b"wor", b"k"), (b"work", b"wor")),
        ((), (b"a", b"b"), ()),
        ((b"a",), (b"a", b"a"), (b"a",)),
    ):
        expect_equal(
            bpe.merge(word, pair),
            expected,
            what=f"merge of {word} by {pair}",
            idea="Go from left to right; what was just joined isn't there to be joined again.",
            page=MERGING,
        )


def test_training_finds_the_merges_of_the_trace():
    expect_equal(
        bpe.train_naive(TEXTS, 20),
        [
            (b"w", b"o"),
            (b"wo", b"r"),
            (b"wor", b"k"),
            (b" ", b"work"),
            (b"h", b"e"),
            (b"e", b"d"),
            (b" work", b"ed"),
            (b" work", b"s"),
        ],
        what="20 merges of 'I work' twice, 'I worked', 'he works', 'he worked'",
        idea="Page 01 does the first by hand. After each merge count anew; stop where no word has two parts left.",
        page=MERGING,
    )


def test_training_stops_where_it_is_told_to():
    for number in (0, 1, 3):
        expect_equal(
            len(bpe.train_naive(TEXTS, number)),
            number,
            what=f"how many merges train_naive(texts, {number}) gives",
            idea="So many merges, fewer only where no pair is left.",
            page=MERGING,
        )
    expect_equal(
        bpe.train_naive([], 5),
        [],
        what="the merges of no texts",
        idea="Without words there are no pairs.",
        page=MERGING,
    )


def test_training_uses_its_split_and_keeps_texts_apart():
    expect_equal(
        bpe.train_naive(["ab,ab", "ab"], 2, split="gpt2"),
        [(b"a", b"b")],
        what="2 merges of 'ab,ab' and 'ab' by GPT-2's pattern",
        idea="The comma is a pre-token of its own here, and a text ends where it ends.",
        page=MERGING,
    )


def test_training_sees_bytes():
    expect_equal(
        bpe.train_naive(["é é é"], 2),
        [(b"\xc3", b"\xa9"), (b" ", b"\xc3\xa9")],
        what="2 merges of 'é é é'",
        idea="How many bytes is an é, and which of the three pairs occur three times?",
        page=BYTES,
    )


def test_one_text_alone_is_refused():
    with expect_raises(
        TypeError,
        what="train_naive of one str",
        idea="A str is an iterable of characters: it would be trained on letters, without a word of warning.",
        page=MERGING,
        mentions="several texts",
    ):
        bpe.train_naive("I work", 3)
