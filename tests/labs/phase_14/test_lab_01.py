"""Lab 14.1: contexts that lean on shorter ones: Witten-Bell and absolute discounting."""

import math

from given.checking import expect_close, expect_equal, expect_raises
from minilm.ngram import BOS, EOS, UNK, AbsoluteDiscounting, Interpolated, WittenBell, count

PAGE = "theory/02-lean-on-shorter-contexts.md"
ROWS = [["he", "works"], ["he", "worked"], ["I", "work"], ["he", "works"]]
BOTH = {"WittenBell": WittenBell, "AbsoluteDiscounting": lambda c: AbsoluteDiscounting(c, 0.4)}


def test_with_no_context_left_the_relative_frequency_decides():
    for name, model in BOTH.items():
        one = model(count(ROWS, 2))
        for token, wanted in (("he", 3 / 16), ("works", 2 / 16), (BOS, 4 / 16), (EOS, 4 / 16), (UNK, 0.0), ("swims", 0.0)):  # fmt: skip
            expect_close(one.prob(token), wanted, tol=1e-12, what=f"{name}: P({token}) without a context", idea="How often it was counted, of all that was counted, its padding too.", page=PAGE)  # fmt: skip


def test_witten_bell_by_hand():
    model = WittenBell(count(ROWS, 2))
    expect_close(model.prob("works", ["he"]), 2 / 5 + 2 / 5 * 2 / 16, tol=1e-12, what="Witten-Bell: P(works | he)", idea="Of the times that somebody stood after he and at its beginning: how often came something new?", page=PAGE)  # fmt: skip
    expect_close(model.prob("worked", ["he"]), 1 / 5 + 2 / 5 * 1 / 16, tol=1e-12, what="Witten-Bell: P(worked | he)", idea="The rest is shared in proportion to the counts.", page=PAGE)  # fmt: skip
    expect_close(model.prob("I", ["he"]), 2 / 5 * 1 / 16, tol=1e-12, what="Witten-Bell: P(I | he), never seen there", idea="Only the shorter context speaks for it.", page=PAGE)  # fmt: skip


def test_absolute_discounting_by_hand():
    model = AbsoluteDiscounting(count(ROWS, 2), 0.4)
    expect_close(model.prob("works", ["he"]), 1.6 / 3 + 0.8 / 3 * 2 / 16, tol=1e-12, what="absolute discounting: P(works | he), 0.4", idea="0.4 off each of the two counts that aren't 0. How much is there to give away?", page=PAGE)  # fmt: skip
    expect_close(model.prob("worked", ["he"]), 0.6 / 3 + 0.8 / 3 * 1 / 16, tol=1e-12, what="absolute discounting: P(worked | he), 0.4", idea="0.4 off a count of 1 as well.", page=PAGE)  # fmt: skip
    expect_close(model.prob("I", ["he"]), 0.8 / 3 * 1 / 16, tol=1e-12, what="absolute discounting: P(I | he)", idea="Nothing below 0: where nothing was counted nothing is taken.", page=PAGE)  # fmt: skip
    expect_equal(AbsoluteDiscounting(count(ROWS, 2)).discount, 0.75, what="the discount if none is given", idea="0.75.", page=PAGE)  # fmt: skip


def test_each_context_leans_on_the_one_without_its_first_token():
    counts = count([["a", "b", "c"], ["x", "b", "d"], ["y", "b", "d"]], 3)
    model = WittenBell(counts)
    single = 1 / 18
    pair = 1 / (3 + 2) + 2 / (3 + 2) * single
    expect_close(model.prob("c", ["b"]), pair, tol=1e-12, what="Witten-Bell: P(c | b)", idea="b was followed by c once and by d twice.", page=PAGE)  # fmt: skip
    expect_close(model.prob("c", ["a", "b"]), 1 / 2 + 1 / 2 * pair, tol=1e-12, what="Witten-Bell: P(c | a b)", idea="What is far away is dropped first: a b leans on b, and b on nothing.", page=PAGE)  # fmt: skip


def test_a_context_that_was_never_seen_leaves_it_all_to_the_shorter_one():
    counts = count(ROWS, 3)
    for name, model in BOTH.items():
        one = model(counts)
        for long, short in ((["works", "he"], ["he"]), (["swims", "he"], ["he"]), (["swims", "swims"], [])):  # fmt: skip
            expect_close(one.prob("works", long), one.prob("works", short), tol=1e-12, what=f"{name}: P(works | {' '.join(long)})", idea="It has no opinion. Whose is asked?", page=PAGE)  # fmt: skip


def test_probabilities_of_every_context_sum_to_one():
    counts = count(ROWS, 4)
    for name, model in BOTH.items():
        one = model(counts)
        for context in (*counts.followers, ("swims",), ("he", "he", "he")):
            expect_close(sum(one.prob(token, context) for token in counts.vocabulary), 1.0, tol=1e-12, what=f"{name}: sum over the vocabulary after {context}", idea="What a context gives away is what the shorter one gets: all of it, once.", page=PAGE)  # fmt: skip


def test_the_largest_and_the_smallest_discount():
    counts = count(ROWS, 2)
    for discount in (1e-9, 1 - 1e-9):
        expect_close(AbsoluteDiscounting(counts, discount).prob("works", ["he"]), (2 - discount) / 3 + 2 * discount / 3 * 2 / 16, tol=1e-12, what=f"P(works | he), discount {discount}", idea="Off every count.", page=PAGE)  # fmt: skip


def test_a_discount_outside_is_refused():
    for discount in (0, 1, -0.1, 1.5, math.nan):
        with expect_raises(ValueError, mentions="discount must lie between 0 and 1", what=f"AbsoluteDiscounting with {discount}", idea="With 0 nothing is left for what was never seen.", page=PAGE):  # fmt: skip
            AbsoluteDiscounting(count(ROWS, 2), discount)


def test_mixing_asks_for_the_weights_of_the_context_itself():
    told = []

    class Half(Interpolated):
        def _weights(self, token, seen):
            told.append((token, dict(seen)))
            return 0.25, 0.5

    got = Half(count(ROWS, 3)).prob("works", [BOS, "he"])
    expect_close(got, 0.25 + 0.5 * (0.25 + 0.5 * 2 / 20), tol=1e-12, what="P(works | <s> he) with weights of 0.25 and 0.5 everywhere", idea="own + share times what the shorter context says, twice.", page=PAGE)  # fmt: skip
    expect_equal(sorted(told, key=str), [("works", {"works": 2, "worked": 1})] * 2, what="what _weights was asked", idea="For the token, with what followed each context.", page=PAGE)  # fmt: skip
