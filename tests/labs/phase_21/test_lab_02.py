"""Lab 21.2: penalties, biases, and the order of all."""

import math

import numpy as np

from given.checking import expect_close, expect_raises
from minilm.sample import (
    Settings,
    filtered,
    frequency_penalty,
    logit_bias,
    min_p,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
    typical,
)

PENALTIES = "theory/03-penalties-and-order.md"
Z = np.array([2.0, -2.0, 0.0, 1.0, -np.inf])


def close(got, expected, what, idea):
    expect_close(got, expected, tol=1e-12, what=what, idea=idea, page=PENALTIES)


def test_repetition_makes_less_likely_on_both_sides_of_zero():
    close(repetition_penalty(Z, [0, 1, 2], 2.0), [1.0, -4.0, 0.0, 1.0, -np.inf], "penalty 2 for tokens 0, 1, 2 of (2, -2, 0, 1, -inf)", "Divided by 2, -2 would become likelier.")  # fmt: skip
    close(repetition_penalty(Z, [0, 1, 4], 0.5), [4.0, -1.0, 0.0, 1.0, -np.inf], "penalty 0.5", "Below 1 it is a reward.")  # fmt: skip


def test_repetition_counts_a_token_once():
    close(repetition_penalty(Z, [3, 3, 3], 2.0), [2.0, -2.0, 0.0, 0.5, -np.inf], "a token that came three times", "Once, however often.")  # fmt: skip
    close(repetition_penalty(Z, [], 2.0), Z, "nothing came yet", "Nothing to penalize.")


def test_frequency_counts_every_time_and_presence_once():
    close(frequency_penalty(Z, [3, 3, 1, 4], 0.5, 0.25), [2.0, -2.75, 0.0, -0.25, -np.inf], "frequency 0.5 and presence 0.25: token 3 twice, 1 and 4 once", "Subtracted from the logit: twice the one, once the other.")  # fmt: skip
    close(frequency_penalty(Z, [3, 3], 0.5), [2.0, -2.0, 0.0, 0.0, -np.inf], "frequency 0.5 alone", "Without presence.")  # fmt: skip
    close(frequency_penalty(Z, [3], -1.0, -1.0), [2.0, -2.0, 0.0, 3.0, -np.inf], "negative penalties", "They reward.")  # fmt: skip


def test_each_row_has_its_own_past():
    rows = np.stack([Z, Z])
    for f in (lambda z, ids: repetition_penalty(z, ids, 1.5), lambda z, ids: frequency_penalty(z, ids, 0.3, 0.1)):  # fmt: skip
        close(f(rows, [[0], [1, 3, 3]]), np.stack([f(Z, [0]), f(Z, [1, 3, 3])]), "two rows with pasts of two lengths", "Row 1 has said other things than row 0.")  # fmt: skip
    close(rows, np.stack([Z, Z]), "the input afterwards", "A new array.")


def test_penalties_refuse():
    for f, name in ((lambda z, ids: repetition_penalty(z, ids, 2.0), "repetition_penalty"), (lambda z, ids: frequency_penalty(z, ids, 1.0), "frequency_penalty")):  # fmt: skip
        for token in (5, -1):
            with expect_raises(ValueError, mentions=str(token), what=f"{name} with token {token} of 5", idea="The checks that were given are still in front.", page=PENALTIES):  # fmt: skip
                f(Z, [0, token])
        with expect_raises(ValueError, mentions="1 rows", what=f"{name}: one past for two rows", idea="The checks that were given are still in front.", page=PENALTIES):  # fmt: skip
            f(np.stack([Z, Z]), [[0]])
    for penalty in (0.0, -1.0, math.inf, math.nan):
        with expect_raises(ValueError, mentions=repr(penalty), what=f"repetition penalty {penalty}", idea="The checks that were given are still in front.", page=PENALTIES):  # fmt: skip
            repetition_penalty(Z, [], penalty)
    for values in ((math.nan, 0.0), (0.0, math.inf)):
        with expect_raises(ValueError, mentions="must be finite", what=f"frequency and presence {values}", idea="The checks that were given are still in front.", page=PENALTIES):  # fmt: skip
            frequency_penalty(Z, [], *values)
    large = np.array([1e10, 0.0])
    with expect_raises(ValueError, mentions="repetition_penalty", what="repetition penalty 1e-308, a logit of 1e10", idea="What overflows is refused where it does, and not by the next function.", page=PENALTIES):  # fmt: skip
        repetition_penalty(large, [0], 1e-308)
    with expect_raises(ValueError, mentions="frequency_penalty", what="a frequency penalty of -1.7e308, twice", idea="What overflows is refused where it does, and not by the next function.", page=PENALTIES):  # fmt: skip
        frequency_penalty(large, [0, 0], -1.7e308)


def test_a_bias_is_added_in_every_row():
    close(logit_bias(np.stack([Z, Z + 1]), {1: 5.0, 0: -math.inf}), [[-np.inf, 3.0, 0.0, 1.0, -np.inf], [-np.inf, 4.0, 1.0, 2.0, -np.inf]], "biases 5 for token 1 and -inf for token 0, in two rows", "Added to the logit; -inf forbids.")  # fmt: skip
    z = Z.copy()
    logit_bias(z, {0: 1.0})
    close(z, Z, "the input afterwards", "A new array.")
    close(logit_bias(Z, {}), Z, "no bias", "Nothing changes.")


def test_biases_refuse():
    for bias, word in (({5: 1.0}, "token 5"), ({-1: 1.0}, "token -1"), ({2: math.inf}, "inf"), ({2: math.nan}, "nan"), ({0: -math.inf, 1: -math.inf, 2: -math.inf, 3: -math.inf}, "no token is left")):  # fmt: skip
        with expect_raises(ValueError, mentions=word, what=f"logit_bias with {bias}", idea="The message names it. When all are forbidden, nobody can draw.", page=PENALTIES):  # fmt: skip
            logit_bias(Z, bias)


def test_settings_that_say_nothing_change_nothing():
    z = np.random.default_rng(0).normal(size=(20, 300)) * 6
    close(filtered(z, [[1, 2]] * 20, Settings()), z, "logits after `filtered` with Settings()", "What isn't asked for isn't done.")  # fmt: skip


def test_the_order_is_kept():
    rng = np.random.default_rng(0)
    settings = Settings(bias={0: 2.0, 1: -math.inf}, repetition=1.3, frequency=0.2, presence=0.1, temperature=0.6, top_k=9, top_p=0.97, min_p=0.02, typical=0.9)  # fmt: skip
    for number in range(60):
        z, ids = rng.normal(size=14) * 2, rng.integers(0, 14, 6).tolist()
        expected = logit_bias(z, settings.bias)
        expected = repetition_penalty(expected, ids, 1.3)
        expected = temperature(frequency_penalty(expected, ids, 0.2, 0.1), 0.6)
        expected = typical(min_p(top_p(top_k(expected, 9), 0.97), 0.02), 0.9)
        close(filtered(z, ids, settings), expected, f"all settings at once, row {number}", "Bias, repetition, frequency, temperature, top-k, top-p, min-p, typical: each on what the one before it left.")  # fmt: skip


def test_each_setting_does_its_own():
    z, ids = np.random.default_rng(5).normal(size=12) * 2, [0, 0, 3]
    for settings, expected in (
        (Settings(bias={2: 1.5}), logit_bias(z, {2: 1.5})),
        (Settings(repetition=1.4), repetition_penalty(z, ids, 1.4)),
        (Settings(frequency=0.5), frequency_penalty(z, ids, 0.5)),
        (Settings(presence=0.5), frequency_penalty(z, ids, 0.0, 0.5)),
        (Settings(temperature=0.4), temperature(z, 0.4)),
        (Settings(top_k=4), top_k(z, 4)),
        (Settings(top_p=0.7), top_p(z, 0.7)),
        (Settings(min_p=0.3), min_p(z, 0.3)),
        (Settings(typical=0.5), typical(z, 0.5)),
    ):
        close(filtered(z, ids, settings), expected, f"{settings}", "One function for each.")


def test_without_sampling_only_biases_and_penalties_count():
    z, ids = np.random.default_rng(6).normal(size=12), [0, 3]
    for t in (0.0, 0.5):
        settings = Settings(sampled=False, bias={2: 1.5}, repetition=1.4, frequency=0.3, temperature=t, top_k=2, top_p=0.2, min_p=0.9, typical=0.2)  # fmt: skip
        expected = frequency_penalty(repetition_penalty(logit_bias(z, {2: 1.5}), ids, 1.4), ids, 0.3)  # fmt: skip
        close(filtered(z, ids, settings), expected, f"sampled=False with temperature {t} and filters", "Neither temperature nor filters can change which token is the likeliest; they aren't used.")  # fmt: skip


def test_a_temperature_of_zero_is_refused_when_sampling():
    with expect_raises(ValueError, mentions="0.0", what="Settings(temperature=0.0)", idea="The message names the value.", page=PENALTIES):  # fmt: skip
        filtered(Z, [], Settings(temperature=0.0))
    with expect_raises(ValueError, mentions="99", what="Settings(top_k=99) of 5 tokens", idea="The message names the value.", page=PENALTIES):  # fmt: skip
        filtered(Z, [], Settings(top_k=99))
