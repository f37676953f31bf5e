"""Lab 21.0: temperature, greedy, and a draw."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.sample import draw, greedy, probabilities, temperature

TOKEN, HEAT = "theory/00-one-token.md", "theory/01-temperature.md"
ROWS = np.array([[2.0, 1.0, 0.0, -1.0], [-3.0, -1.0, -2.0, -np.inf]])


class Told:
    """A generator whose `random()` gives the numbers that it was told, and counts."""

    def __init__(self, *numbers):
        self.numbers, self.used = list(numbers), 0

    def random(self):
        self.used += 1
        return self.numbers[self.used - 1]


def drawn(logits, *numbers):
    return [int(draw(np.atleast_2d(logits), [Told(u)])[0]) for u in numbers]


def test_temperature_makes_sharper_and_flatter():
    for t in (0.5, 1.0, 3.0):
        expect_close(
            probabilities(temperature(ROWS, t)),
            probabilities(ROWS) ** (1 / t) / (probabilities(ROWS) ** (1 / t)).sum(-1, keepdims=True),
            tol=1e-12,
            what=f"probabilities of two rows at temperature {t}",
            idea="Half the temperature squares every probability, up to their sum. What is a square, as a logarithm?",
            page=HEAT,
        )  # fmt: skip
    expect_close(
        temperature([2.0, -4.0], 0.5),
        [4.0, -8.0],
        tol=0,
        what="the logits 2 and -4 at temperature 0.5",
        idea="Logits, not probabilities; and nothing is added to them.",
        page=HEAT,
    )


def test_temperature_leaves_its_input_alone():
    for dtype in (np.float32, np.float16, np.int64):
        z = np.array([[1, 2, 3]], dtype=dtype)
        got = temperature(z, 2.0)
        expect_equal(
            (z.tolist(), str(got.dtype), got.shape),
            ([[1, 2, 3]], "float64", (1, 3)),
            what=f"{dtype.__name__} logits after `temperature`, and the result's dtype and shape",
            idea="A new array, in float64.",
            page=HEAT,
        )


def test_temperatures_that_are_none_are_refused():
    for t in (0, -1.0, math.inf, math.nan):
        with expect_raises(ValueError, mentions=repr(t), what=f"temperature {t}", idea="Which distribution would it be? The message names the value.", page=HEAT):  # fmt: skip
            temperature(ROWS, t)
    with expect_raises(ValueError, mentions="temperature", what="temperature 1e-320", idea="Is what comes out finite?", page=HEAT):  # fmt: skip
        temperature([5.0, 1.0], 1e-320)


def test_greedy_takes_the_likeliest():
    expect_equal(
        greedy(ROWS).tolist(),
        [0, 1],
        what="greedy of two rows",
        idea="For each row, on the axis of tokens.",
        page=TOKEN,
    )
    expect_equal(
        int(greedy([1.0, 3.0, 3.0])),
        1,
        what="greedy of (1, 3, 3)",
        idea="Of equals the lowest id, so that it is the same on every machine.",
        page=TOKEN,
    )


def test_a_draw_goes_by_the_sum_so_far():
    z = np.log([0.5, 0.25, 0.125, 0.125])
    expect_equal(
        drawn(z, 0.0, 0.49, 0.51, 0.74, 0.76, 0.87, 0.88, 0.999),
        [0, 0, 1, 1, 2, 2, 3, 3],
        what="tokens of (1/2, 1/4, 1/8, 1/8) for u = 0, 0.49, 0.51, 0.74, 0.76, 0.87, 0.88, 0.999",
        idea="Lay the probabilities end to end from 0 to 1, in the order of ids. Where does u fall?",
        page=TOKEN,
    )


def test_what_has_no_probability_is_never_drawn():
    hidden = [-np.inf, 0.0, -np.inf, 0.0, -np.inf]
    expect_equal(
        drawn(hidden, 0.0, 1 - 2**-53),
        [1, 3],
        what="tokens 1 and 3 of five for the smallest and the largest u",
        idea="At u = 0 the sum so far of token 0 is 0 too: does it exceed u?",
        page=TOKEN,
    )
    z = np.concatenate([np.random.default_rng(3).normal(size=(400, 997)), np.full((400, 3), -np.inf)], axis=1)  # fmt: skip
    got = draw(z, [Told(1 - 2**-53) for _ in range(400)])
    expect_true(
        (got < 997).all(),
        what="the largest u with 400 rows of 997 tokens, and three without probability behind them",
        expected="tokens below 997",
        got=got.max(),
        idea="Rounding may leave the whole sum below u. Which token is it then?",
        page=TOKEN,
    )


def test_every_draw_uses_one_number():
    rngs = [Told(0.3, 0.3), Told(0.9, 0.9)]
    draw([[0.0, -np.inf], [0.0, 0.0]], rngs)
    expect_equal(
        [rng.used for rng in rngs],
        [1, 1],
        what="how many numbers a row with one token and a row with two used up",
        idea="A draw that skips its number when there is no choice moves all later ones.",
        page=TOKEN,
    )


def test_a_row_depends_on_itself_alone():
    z = np.random.default_rng(0).normal(size=(5, 30))
    together = draw(z, [np.random.default_rng(seed) for seed in range(5)])
    alone = [int(draw(z[i : i + 1], [np.random.default_rng(i)])[0]) for i in range(5)]
    expect_equal(
        together.tolist(),
        alone,
        what="five requests in one batch, and each alone",
        idea="Whose generator does row 3 use?",
        page=TOKEN,
    )


def test_draws_come_as_often_as_they_should():
    p = np.array([0.5, 0.3, 0.15, 0.05])
    rng = np.random.default_rng(42)
    seen = np.bincount([int(draw(np.log(p)[None], [rng])[0]) for _ in range(4000)], minlength=4)
    chi = float(((seen - 4000 * p) ** 2 / (4000 * p)).sum())
    expect_true(
        chi < 11.34,
        what="4000 draws from (0.5, 0.3, 0.15, 0.05): chi-square",
        expected="below 11.34, the 1 % point of three degrees of freedom",
        got=chi,
        idea="Each token should come in proportion to its probability.",
        page=TOKEN,
    )


def test_draw_refuses_what_does_not_fit():
    rng = np.random.default_rng(0)
    for z, rngs in (([0.0, 1.0], [rng]), ([[0.0, 1.0]], [rng, rng])):
        with expect_raises(ValueError, mentions=str(len(rngs)), what=f"draw with {len(rngs)} generators for logits {np.shape(z)}", idea="A generator for each row.", page=TOKEN):  # fmt: skip
            draw(z, rngs)


def test_logits_that_are_none_are_refused():
    for f in (greedy, probabilities, lambda z: temperature(z, 1.0), lambda z: draw(z, [Told(0.5)] * 2)):  # fmt: skip
        for z, words in (
            ([[0.0, 1.0], [0.0, np.nan]], ("row 1, token 1", "nan")),
            ([[0.0, np.inf], [0.0, 0.0]], ("row 0, token 1", "inf")),
            ([[0.0, 0.0], [-np.inf, -np.inf]], ("row 1", "no token is left")),
        ):
            for word in words:
                with expect_raises(ValueError, mentions=word, what=f"logits {z}", idea="The check that was given is still in front.", page=TOKEN):  # fmt: skip
                    f(np.array(z))
