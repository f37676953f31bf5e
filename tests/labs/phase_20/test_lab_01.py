"""Lab 20.1: scores that can be compared."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.doubles import Listed, uniform
from minilm.errors import MinilmError
from minilm.scoring import Score, best, scores, shared, shares

PAGE = "theory/01-what-a-candidate-costs.md"
SPAN = "theory/02-the-token-on-the-border.md"


class Merged:
    """Two tokens for `he works`: `he` and ` works`; letters elsewhere. Each token costs what it is told, the end 1 nat."""

    def __init__(self, costs, tokens=(" works", "he")):
        self.costs, self.tokens = costs, tokens
        self.words = []

    def encode(self, text):
        ids = []
        while text:
            word = next((token for token in self.tokens if text.startswith(token)), text[0])
            if word == "#":
                raise MinilmError("no #")
            text = text[len(word) :]
            if word not in self.words:
                self.words.append(word)
            ids.append(self.words.index(word))
        return ids

    def pieces(self, ids):
        return [self.words[i].encode() for i in ids]

    def log_probs(self, rows):
        return [np.array([*(-self.costs.get(self.words[i], 0.5) for i in row), -1.0]) for row in rows]  # fmt: skip


def test_a_score_in_four_units():
    score = Score(-12.0, 3, 4, 6)
    for by, wanted in (("total", -12.0), ("token", -4.0), ("character", -3.0), ("byte", -2.0)):
        expect_close(score.value(by), wanted, tol=1e-12, what=f"value by {by}", idea="Which unit stands below the line?", page=PAGE)  # fmt: skip
    expect_close(score.value(), -12.0, tol=0, what="value without a unit", idea="The probability itself.", page=PAGE)  # fmt: skip
    expect_close(Score(-1.5, 1, 0, 0).value("byte"), -1.5, tol=0, what="value by byte of a text without bytes", idea="The end alone was scored. There is nothing to divide by.", page=PAGE)  # fmt: skip
    with expect_raises(ValueError, mentions="word", what="value by word", idea="Four units have a name.", page=PAGE):  # fmt: skip
        score.value("word")


def test_what_is_shared_ends_within_the_prompt():
    for rows, pieces, prompt, wanted, case in (
        ([[1, 2, 3], [1, 2, 4]], [[b"he", b" ", b"a"], [b"he", b" ", b"b"]], b"he ", 2, "a border between tokens"),
        ([[1, 2], [1, 3]], [[b"he", b" a"], [b"he", b" b"]], b"he ", 1, "a token that spans the border"),
        ([[1, 2, 3], [1, 2, 4]], [[b"h", b"e w", b"a"], [b"h", b"e w", b"b"]], b"he ", 1, "the same spanning token in all"),
        ([[1, 2, 5], [3, 4]], [[b"he", b" ", b"a"], [b"h", b"e b"]], b"he ", 0, "prompts that are cut in two ways"),
        ([[1, 2]], [[b"he", b" "]], b"he ", 2, "one candidate, which is empty"),
        ([[1, 2, 3]], [["é".encode(), b" ", b"a"]], "é ".encode(), 2, "two bytes in a character"),
        ([], [], b"he ", 0, "no rows"),
    ):  # fmt: skip
        expect_equal(shared(rows, pieces, prompt), wanted, what=f"shared tokens: {case}", idea="Lay the rows side by side. Up to where has every candidate paid the same for the same?", page=SPAN)  # fmt: skip


def test_a_token_on_the_border_is_scored_whole():
    model = Merged({"he": 2.0, " works": 3.0, " ": 7.0})
    one, other = scores(model, "he ", ["works", "goes"])
    expect_close((one.nats, other.nats), (-4.0, -10.0), tol=1e-12, what="scores of works (one token with the blank before it) and goes (letters)", idea="` works` pays for the blank too. Then goes has to pay for its own.", page=SPAN)  # fmt: skip
    expect_equal((one.tokens, one.characters, one.bytes), (2, 5, 5), what="units of works", idea="The token and the end; five letters, since the blank is the prompt's.", page=SPAN)  # fmt: skip
    expect_equal((other.tokens, other.characters), (6, 4), what="units of goes", idea="The blank, four letters, the end.", page=SPAN)  # fmt: skip


def test_what_stands_behind_the_blank_and_the_end_count():
    model = Listed({"he works": 0.5, "he work": 0.25, "he works now": 0.25})
    work, works = scores(model, "he ", ["work", "works"])
    expect_close((work.nats, works.nats), (math.log(0.25), math.log(0.5)), tol=1e-12, what="scores of work and works", idea="Every text that begins with works begins with work. What tells that it is work and no more?", page=PAGE)  # fmt: skip
    expect_equal((work.tokens, work.characters), (5, 4), what="units of work", idea="The end is a token without characters.", page=PAGE)  # fmt: skip
    (now,) = scores(model, "he ", ["works"], " now")
    expect_close(now.nats, math.log(0.25), tol=1e-12, what="score of works with ` now` behind the blank", idea="The word that decides stands behind the blank.", page=PAGE)  # fmt: skip
    expect_equal(now.characters, 9, what="characters of works now", idea="What is scored is counted.", page=PAGE)  # fmt: skip


def test_the_prompt_is_not_scored():
    model = Listed({"he works": 0.3, "you work": 0.7})
    (got,) = scores(model, "he ", ["works"])
    expect_close(got.nats, 0.0, tol=1e-12, what="score of works after he, of which it is sure", idea="That the sentence begins with he is the question, not the answer.", page=PAGE)  # fmt: skip


def test_candidates_that_cannot_be_said_have_no_score():
    got = scores(Merged({}), "he ", ["works", "g#", "goes"])
    expect_equal([one is None for one in got], [False, True, False], what="which candidates have no score", idea="The others keep their places.", page=PAGE)  # fmt: skip
    expect_equal(scores(Merged({}), "# ", ["a", "b"]), [None, None], what="scores after a prompt that can't be said", idea="None of the texts has ids.", page=PAGE)  # fmt: skip


def test_a_model_that_says_nan_is_refused():
    for bad in (math.nan, -0.5):
        model = Merged({"he": bad})
        with expect_raises(MinilmError, mentions="he goes", what=f"scores where a token has ln P = {-bad}", idea="No share has this logarithm. Which text was it?", page=PAGE):  # fmt: skip
            scores(model, "he ", ["goes"])
    (sure,) = scores(Merged({"he": -1e-9}), "he ", ["x"])
    expect_true(sure.nats < 0, what="a logarithm of 1e-9", expected="accepted: rounding", got=sure.nats, idea="Rounding isn't a fault.", page=PAGE)  # fmt: skip


def test_shares_are_a_softmax_over_the_candidates():
    expect_close(shares([math.log(6), math.log(3), math.log(1)]), np.array([0.6, 0.3, 0.1]), tol=1e-12, what="shares of ln 6, ln 3, ln 1", idea="Six parts, three parts, one part.", page=PAGE)  # fmt: skip
    expect_close(shares([-1000.0, -1000.0]), np.array([0.5, 0.5]), tol=1e-12, what="shares of two values of -1000", idea="exp(-1000) is 0 in double precision. Only differences count.", page=PAGE)  # fmt: skip
    expect_close(shares([-math.inf, 0.0]), np.array([0.0, 1.0]), tol=0, what="shares with an impossible one", idea="It gets nothing.", page=PAGE)  # fmt: skip
    expect_close(shares([-math.inf] * 4), np.full(4, 0.25), tol=0, what="shares where all are impossible", idea="Nothing tells them apart.", page=PAGE)  # fmt: skip
    for values in ([math.nan, 0.0], []):
        with expect_raises(MinilmError, mentions="shares", what=f"shares of {values}", idea="NaN must not become a confidence.", page=PAGE):  # fmt: skip
            shares(values)


def test_the_first_of_the_best_is_chosen():
    for values, wanted in (([-3.0, -1.0, -2.0], 1), ([-1.0, -1.0], 0), ([-1.0 - 1e-12, -1.0], 0), ([-1.0 - 1e-6, -1.0], 1), ([-math.inf, -math.inf], 0), ([-math.inf, -5.0], 1)):  # fmt: skip
        expect_equal(best(values), wanted, what=f"best of {values}", idea="Sums of the same numbers in another order differ in the last digit. That is no opinion.", page=PAGE)  # fmt: skip


def test_the_uniform_model_takes_the_shortest_by_sum_and_the_first_by_token():
    got = scores(uniform(), "he ", ["works", "go", "wants"])
    expect_equal(best([one.value() for one in got]), 1, what="choice of the uniform model by total", idea="It pays the same for every letter.", page=PAGE)  # fmt: skip
    expect_equal(best([one.value("token") for one in got]), 0, what="choice of the uniform model by token", idea="Equal up to rounding.", page=PAGE)  # fmt: skip
