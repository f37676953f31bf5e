"""Lab 14.0: counts, add-k, and bits per byte."""

import math
from collections import Counter

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.errors import MinilmError
from minilm.evaluate import bits_per_byte
from minilm.ngram import BOS, EOS, UNK, AddK, count

COUNTING = "theory/00-count-what-follows.md"
MEASURE = "theory/01-bits-per-byte.md"
ROWS = [["he", "works"], ["he", "worked"], ["I", "work"], ["he", "works"]]


def test_every_length_up_to_the_order_is_counted_with_its_padding():
    got = count([["a", "b"], ["a"]], 3)
    wanted = {
        (): {BOS: 4, "a": 2, "b": 1, EOS: 2},
        (BOS,): {BOS: 2, "a": 2},
        (BOS, BOS): {"a": 2},
        ("a",): {"b": 1, EOS: 1},
        (BOS, "a"): {"b": 1, EOS: 1},
        ("b",): {EOS: 1},
        ("a", "b"): {EOS: 1},
    }
    expect_equal({context: dict(seen) for context, seen in got.followers.items()}, wanted, what="followers of [a b] and [a], order 3", idea="Write <s> <s> a b </s> on paper, and put a finger under each token in turn. Which contexts of 0, 1 and 2 tokens end just before your finger?", page=COUNTING)  # fmt: skip
    expect_equal((got.order, got.vocabulary), (3, (EOS, UNK, BOS, "a", "b")), what="order and vocabulary", idea="In the order of code points; the three specials belong to it.", page=COUNTING)  # fmt: skip


def test_a_single_token_has_no_context():
    got = count(["ab", "b"], 1)
    expect_equal({context: dict(seen) for context, seen in got.followers.items()}, {(): {"a": 1, "b": 2, EOS: 2}}, what="followers of 'ab' and 'b', order 1", idea="order - 1 tokens of padding are none. A string is the sequence of its characters.", page=COUNTING)  # fmt: skip
    expect_equal(got.vocabulary, (EOS, UNK, BOS, "a", "b"), what="vocabulary, order 1", idea="BOS is in it, seen or not.", page=COUNTING)  # fmt: skip


def test_counting_stays_within_a_sentence():
    got = count(iter([["a"], ["b"]]), 2)
    expect_equal(dict(got.followers[EOS,]) if (EOS,) in got.followers else {}, {}, what="what follows the end of a sentence", idea="The next sentence is another one; it begins after its own <s>.", page=COUNTING)  # fmt: skip
    expect_equal(dict(got.followers[("a",)]), {EOS: 1}, what="what follows a, of sentences from an iterator", idea="The next sentence is another one.", page=COUNTING)  # fmt: skip


def test_an_empty_sentence_is_one_too():
    expect_equal(dict(count([[]], 2).followers[BOS,]), {EOS: 1}, what="what follows <s> in a sentence without tokens", idea="It ends at once, and that is counted.", page=COUNTING)  # fmt: skip


def test_what_cannot_be_counted_is_refused():
    for order in (0, -1, 1.5, True):
        with expect_raises(ValueError, mentions=repr(order), what=f"count with order {order}", idea="An n-gram has at least one token.", page=COUNTING):  # fmt: skip
            count(ROWS, order)
    with expect_raises(ValueError, mentions="several sentences", what="count of one string", idea="Each of its characters would be a sentence.", page=COUNTING):  # fmt: skip
        count("he works", 2)
    with expect_raises(MinilmError, what="count of no sentence", idea="A model of nothing would say the same of everything.", page=COUNTING):  # fmt: skip
        count([], 2)
    for special in (BOS, EOS, UNK):
        for word in ("sentence 1", special):
            with expect_raises(MinilmError, mentions=word, what=f"count of a sentence that contains {special}", idea="A text must not be able to end itself. Which sentence is it, and which token?", page=COUNTING):  # fmt: skip
                count([["a"], ["b", special]], 2)


def test_add_k_by_hand():
    model = AddK(count(ROWS, 2), k=0.5)
    for token, context, wanted in (
        ("works", ["he"], 2.5 / 7),
        ("worked", ["he"], 1.5 / 7),
        ("I", ["he"], 0.5 / 7),
        (BOS, ["he"], 0.5 / 7),
        (UNK, ["he"], 0.5 / 7),
        ("he", [BOS], 3.5 / 8),
        ("he", [], 3.5 / 20),
    ):
        expect_close(model.prob(token, context), wanted, tol=1e-12, what=f"P({token} | {' '.join(context)}), k = 0.5", idea="Of 8 tokens in the vocabulary, each has been seen half a time more after every context. How often, in all?", page=COUNTING)  # fmt: skip
    expect_close(AddK(count(ROWS, 2)).prob("works", ["he"]), 3 / 11, tol=1e-12, what="P(works | he), k left out", idea="1 unless somebody says otherwise.", page=COUNTING)  # fmt: skip


def test_a_context_that_was_never_seen_says_nothing():
    model = AddK(count(ROWS, 3), k=0.01)
    expect_close(model.prob("he", ["works", "works"]), 1 / 8, tol=1e-12, what="P(he | works works), which never occurred", idea="Nothing was counted, so all eight tokens have their k and no more.", page=COUNTING)  # fmt: skip


def test_probabilities_of_a_context_sum_to_one():
    counts = count(ROWS, 3)
    for k in (1e-3, 1.0, 50.0):
        for context in ([], ["he"], [BOS, "he"], ["I", "I"]):
            expect_close(sum(AddK(counts, k).prob(token, context) for token in counts.vocabulary), 1.0, tol=1e-12, what=f"sum over the vocabulary after {context}, k = {k}", idea="What is added above the line is added below it, once for each token.", page=COUNTING)  # fmt: skip


def test_k_must_be_above_zero():
    for k in (0, -1, math.nan, math.inf):
        with expect_raises(ValueError, mentions="k must be above 0", what=f"AddK with k = {k}", idea="With k = 0 a context that was never seen divides by 0.", page=COUNTING):  # fmt: skip
            AddK(count(ROWS, 2), k)


def test_only_the_last_tokens_count_and_unknown_ones_are_unk():
    model = AddK(count(ROWS, 2), k=0.5)
    for context in (["I", "he"], ["?", "he"], ("he",), ["he", "works", "he"]):
        expect_close(model.prob("works", context), 2.5 / 7, tol=1e-12, what=f"P(works | {context}), order 2", idea="A bigram sees one token back.", page=COUNTING)  # fmt: skip
    expect_close(model.prob("swims", ["he"]), model.prob(UNK, ["he"]), tol=0, what="P(swims | he)", idea="A token that was never seen is UNK.", page=COUNTING)  # fmt: skip
    expect_close(model.prob("he", ["swims"]), 1 / 8, tol=1e-12, what="P(he | swims)", idea="As context, too: UNK was followed by nothing.", page=COUNTING)  # fmt: skip
    single = AddK(count(ROWS, 1), k=0.5)
    expect_close(single.prob("he", ["works"]), single.prob("he"), tol=0, what="P(he | works), order 1", idea="A model of order 1 sees no context: how many tokens are the last 0?", page=COUNTING)  # fmt: skip


def test_a_sentence_is_asked_token_by_token_to_its_end():
    for order in (1, 2, 3):
        model = AddK(count(ROWS, order), k=0.5)
        got = model.log_probs(["he", "works"])
        padded = [*[BOS] * (order - 1), "he", "works", EOS]
        wanted = [math.log(model.prob(padded[i], padded[:i][-(order - 1) :] if order > 1 else [])) for i in range(order - 1, len(padded))]  # fmt: skip
        expect_equal(np.shape(got), (3,), what=f"shape of log_probs, order {order}", idea="Two tokens, and the end.", page=MEASURE)  # fmt: skip
        expect_close(got, np.array(wanted), tol=1e-12, what=f"log_probs of he works, order {order}", idea="The first token has order - 1 times <s> before it. Natural logarithms.", page=MEASURE)  # fmt: skip
    expect_close(AddK(count(ROWS, 2), 0.5).log_probs([]), np.array([math.log(0.5 / 8)]), tol=1e-12, what="log_probs of a sentence without tokens", idea="It ends at once.", page=MEASURE)  # fmt: skip


def test_a_probability_of_zero_has_the_logarithm_minus_infinity():
    class Sure(AddK):
        def _prob(self, token, context):
            return float(token == "he")

    got = Sure(count(ROWS, 2)).log_probs(["he", "works"])
    expect_equal([float(x) for x in got], [0.0, -math.inf, -math.inf], what="log_probs where the model is wrong and sure", idea="No error and no NaN: infinitely surprised.", page=MEASURE)  # fmt: skip


def test_bits_per_byte_by_hand():
    got = bits_per_byte(np.log([0.5, 0.25, 0.125]), [b"a", "ñ".encode(), b"bcd"])
    expect_close(got, 6 / 6, tol=1e-12, what="1 + 2 + 3 bits for 1 + 2 + 3 bytes", idea="Bits of all targets over bytes of all targets, and not the mean of their ratios.", page=MEASURE)  # fmt: skip
    expect_close(bits_per_byte([math.log(0.5)], [b"abcd"]), 0.25, tol=1e-12, what="one bit for a token of four bytes", idea="A tokenizer with longer tokens gets no discount, and no fine.", page=MEASURE)  # fmt: skip
    expect_true(isinstance(got, float), what="what bits_per_byte returns", expected="a float", got=type(got).__name__, idea="One number.", page=MEASURE)  # fmt: skip


def test_specials_count_for_nothing():
    got = bits_per_byte(np.log([0.5, 1e-9, 0.5]), [b"a", b"", b"b"])
    expect_close(got, 1.0, tol=1e-12, what="two targets of one bit and one byte, and a special between", idea="It has no bytes; so what about its bits?", page=MEASURE)  # fmt: skip
    expect_close(bits_per_byte([-math.inf, math.log(0.5)], [b"", b"a"]), 1.0, tol=1e-12, what="a special with probability 0", idea="Not even infinitely many of its bits count.", page=MEASURE)  # fmt: skip


def test_a_target_that_was_impossible_costs_infinitely_much():
    expect_equal(bits_per_byte([-math.inf, -1.0], [b"a", b"b"]), math.inf, what="a target with probability 0", idea="One impossible byte can't be averaged away.", page=MEASURE)  # fmt: skip


def test_numbers_in_half_precision_are_summed_in_double():
    nats = np.full(40_000, -2.5, np.float16)
    expect_close(bits_per_byte(nats, [b"a"] * 40_000), 2.5 / math.log(2), tol=1e-9, what="40,000 targets of 2.5 nats, in float16", idea="What is the largest sum that float16 can hold?", page=MEASURE)  # fmt: skip


def test_what_is_no_logarithm_of_a_share_is_refused():
    for nats, targets, word in (
        ([-1.0], [b"a", b"b"], "2"),
        ([[-1.0]], [b"a"], "(1, 1)"),
        ([-1.0, math.nan], [b"a", b"b"], "position 1"),
        ([-1.0, 0.1, 0.2], [b"a", b"b", b"c"], "position 1"),
        ([-1.0, -1.0], [b"a", "b"], "position 1"),
        ([], [], "byte"),
        ([-1.0], [b""], "byte"),
    ):
        with expect_raises(ValueError, mentions=word, what=f"bits_per_byte({nats}, {targets})", idea="Which numbers can be the logarithm of a probability?", page=MEASURE):  # fmt: skip
            bits_per_byte(nats, targets)
    expect_close(bits_per_byte([1e-9], [b"a"]), 0.0, tol=1e-6, what="a logarithm that rounding has put above 0", idea="1e-6 is let through.", page=MEASURE)  # fmt: skip


def test_the_counts_are_not_changed_by_asking():
    counts = count(ROWS, 2)
    before = {context: Counter(seen) for context, seen in counts.followers.items()}
    model = AddK(counts)
    for context in (["swims"], ["I"], []):
        model.prob("swims", context)
    expect_equal(dict(counts.followers), before, what="the counts after three questions", idea="Does looking something up put it in?", page=COUNTING)  # fmt: skip
