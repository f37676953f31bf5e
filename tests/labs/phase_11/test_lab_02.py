"""Lab 11.2: training by an index from pair to words, and words without end."""

import random

from given.checking import expect_equal, expect_raises, expect_true
from minilm import bpe
from minilm.tokenizer import Tokenizer, train

INDEX = "theory/03-an-index.md"
TEXTS = ["I work", "I work", "I worked", "he works", "he worked"]
BOTH = (
    "The same pairs, counts and ties as counting anew. Which counts does joining one place change?"
)


def words_of(*texts):
    return bpe.count_words(texts)


def drawn(seed, letters, number, length):
    rng = random.Random(seed)
    return [
        "".join(rng.choice(letters) for _ in range(rng.randint(1, length))) for _ in range(number)
    ]


def test_equal_words_are_counted_once():
    expect_equal(
        dict(bpe.count_words(iter(["I work I work I", "é I"]))),
        {b"I": 1, b" work": 2, b" I": 3, b"\xc3\xa9": 1},
        what="count_words of 'I work I work I' and 'é I'",
        idea="Pre-tokens as bytes, over all texts, each as often as it occurs. A word with a space in front is another word.",
        page=INDEX,
    )
    expect_equal(
        dict(bpe.count_words(["a,b"], "gpt2")),
        {b"a": 1, b",": 1, b"b": 1},
        what="count_words of 'a,b' by GPT-2's pattern",
        idea="The split is the caller's.",
        page=INDEX,
    )
    with expect_raises(
        TypeError,
        what="count_words of one str",
        idea="A str is an iterable of characters.",
        page=INDEX,
        mentions="several texts",
    ):
        bpe.count_words("I work")


def test_the_trace_comes_out():
    expect_equal(
        bpe.train_indexed(words_of(*TEXTS), 20),
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
        what="20 merges of the words of the trace",
        idea=BOTH,
        page=INDEX,
    )


def test_a_word_counts_as_often_as_it_occurs():
    expect_equal(
        bpe.train_indexed({b"ab": 1, b"xy": 3, b"abc": 1}, 1),
        [(b"x", b"y")],
        what="the first merge of ab once, xy 3 times, abc once",
        idea="Two words hold ab, but how often does each pair occur?",
        page=INDEX,
    )
    expect_equal(
        bpe.train_indexed({b"abc": 3, b"ab": 1, b"xy": 2}, 2),
        [(b"a", b"b"), (b"ab", b"c")],
        what="two merges of abc 3 times, ab once, xy twice",
        idea="After ab, how often do ab and c stand side by side? As often as their word occurs.",
        page=INDEX,
    )
    expect_equal(
        bpe.train_indexed({b"abc": 2, b"bc": 1, b"dabe": 2}, 2),
        [(b"a", b"b"), (b"d", b"ab")],
        what="two merges of abc twice, bc once, dabe twice",
        idea="After ab, how often do b and c still stand side by side, and how often d and ab? A word counts with its number there too.",
        page=INDEX,
    )


def test_repeated_letters_are_counted_as_they_stand():
    for word in (b"aaa", b"aaaa", b"aaaaaaa", b"abababab", b"aabaab", b"abaabaaab"):
        expect_equal(
            bpe.train_indexed({word: 1}, 9),
            bpe.train_naive([word.decode()], 9),
            what=f"the merges of the word {word!r}",
            idea="Where two places of the pair touch, the neighbor of the second is what the first has become: go from left to right.",
            page=INDEX,
        )


def test_all_merges_are_those_of_counting_anew():
    for seed, letters, length in (
        (0, "ab", 12),
        (1, "abc ", 9),
        (2, "abcdé ", 20),
        (3, "aab ", 30),
    ):
        texts = drawn(seed, letters, 25, length)
        expect_equal(
            bpe.train_indexed(words_of(*texts), 60),
            bpe.train_naive(texts, 60),
            what=f"60 merges of 25 random texts of {letters!r}",
            idea=BOTH,
            page=INDEX,
        )


def test_training_ends_where_it_is_told_or_no_pair_is_left():
    for number, expected in ((0, 0), (2, 2), (99, 2)):
        expect_equal(
            len(bpe.train_indexed({b"abc": 1, b"x": 5}, number)),
            expected,
            what=f"how many merges {number} of abc and x are",
            idea="A pair whose count has fallen to 0 is no pair any more; a word of one part has none.",
            page=INDEX,
        )
    expect_equal(
        bpe.train_indexed({}, 3),
        [],
        what="the merges of no words",
        idea="Nothing to count is no error here.",
        page=INDEX,
    )


def test_the_words_stay_as_they_are():
    words = {b"abab": 2}
    bpe.train_indexed(words, 2)
    expect_equal(
        words,
        {b"abab": 2},
        what="the words that were handed over, afterwards",
        idea="They are the caller's.",
        page=INDEX,
    )


class Counting(dict):
    """A dict that knows how often a pair was looked up."""

    looked = 0

    def get(self, *args):
        self.looked += 1
        return super().get(*args)

    def __getitem__(self, key):
        self.looked += 1
        return super().__getitem__(key)

    def __contains__(self, key):
        self.looked += 1
        return super().__contains__(key)


def test_a_long_word_is_merged_like_a_short_one():
    ranks = {pair: rank for rank, pair in enumerate(bpe.train_naive(drawn(4, "abc", 40, 25), 80))}
    for word in [*drawn(5, "abc", 60, 40), "", "a", "ab", "aaaaaaa", "cccccccc"]:
        parts = bpe.to_parts(word.encode())
        expect_equal(
            bpe.merge_long(parts, ranks),
            by_rank(parts, ranks),
            what=f"merge_long of {word!r}",
            idea="Lowest rank first, of equal ones the leftmost; an entry whose pair isn't there any more is no pair.",
            page=INDEX,
        )


def by_rank(parts, ranks):
    """The definition, independent of lab 11.1: each merge in turn."""
    for pair in sorted(ranks, key=ranks.get):
        parts = bpe.merge(parts, pair)
    return parts


def test_the_work_of_a_long_word_grows_like_its_length():
    looked = {}
    for number in (1000, 4000):
        ranks = Counting({(b"a", b"b"): 3, (b"c", b"d"): 2, (b"ab", b"cd"): 1})
        ranks |= {(b"abcd" * 2**k, b"abcd" * 2**k): 4 + k for k in range(12)}
        bpe.merge_long(bpe.to_parts(b"abcd" * number), ranks)
        looked[4 * number] = ranks.looked
    expect_true(
        0 < looked[16000] < 6 * looked[4000],
        what="pairs that merge_long looks up for 4,000 and for 16,000 letters",
        expected="about four times as many for four times the letters",
        got=f"{looked[4000]} and {looked[16000]}",
        idea="After a merge only its two neighbors make new pairs. Do you look at all the others again?",
        page=INDEX,
    )


def test_a_tokenizer_is_trained_to_the_size_that_is_asked_for():
    found = train(TEXTS, 262, ["<|end|>"])
    expect_equal(
        [found.vocab_size, found.merges[-1], found.encode("he works<|end|>")],
        [262, (b"h", b"e"), [261, 260, 116, 0]],
        what="size, last merge and the ids of 'he works<|end|>' of a tokenizer of 262",
        idea="One special token, 256 bytes, five merges.",
        page=INDEX,
    )
    expect_equal(
        train([*TEXTS, "he<|end|>he"], 300, ["<|end|>"]).merges,
        bpe.train_naive([*TEXTS, "he", "he"], 43),
        what="the merges of texts in which a special token stands",
        idea="It cuts the text, and its letters are no words.",
        page=INDEX,
    )


def test_long_words_have_the_ids_of_short_ones():
    found = Tokenizer.from_merges([(b"a", b"b"), (b"ab", b"c")])
    expect_equal(
        found.encode("abc" * 100),
        [257] * 100,
        what="the ids of abc a hundred times without a space",
        idea="The tokenizer takes merge_long for words of more than 64 bytes; nobody may see where it changes.",
        page=INDEX,
    )
