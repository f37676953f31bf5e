"""Lab 21.5: every outcome, and quality against variety."""

import itertools
import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.generate import Request, generate
from minilm.sample import Settings, filtered, probabilities
from minilm.search import effective_number, outcomes, quality_and_variety

VARIETY = "theory/06-quality-and-variety.md"
V, END = 4, 3


def noisy(rows):
    return np.stack([np.random.default_rng([len(row), *row]).normal(size=V) * 2 for row in rows])


def test_each_outcome_has_the_product_of_its_shares():
    for settings in (Settings(), Settings(temperature=0.6, repetition=1.3, top_p=0.9), Settings(top_k=2)):  # fmt: skip
        got = outcomes(noisy, [1, 0], settings, max_tokens=3, end=END)
        expected = {}
        for n in range(4):
            for ids in itertools.product(range(V - 1), repeat=n):
                share = 1.0
                for i, token in enumerate([*ids, END] if n < 3 else ids):
                    row = [1, 0, *ids[:i]]
                    share *= float(probabilities(filtered(noisy([row])[0], row, settings))[token])
                if share:
                    expected[ids] = share
        expect_equal(
            sorted(got),
            sorted(expected),
            what=f"the outcomes of up to 3 tokens, {settings}",
            idea="Each ends with the end token, which isn't written, or after 3.",
            page=VARIETY,
        )
        for ids, share in expected.items():
            expect_close(
                got[ids],
                share,
                tol=1e-12,
                what=f"the probability of {ids}",
                idea="What `filtered` leaves, as shares, one factor for each token and one for the end; penalties see prompt and completion.",
                page=VARIETY,
            )
        expect_close(
            sum(got.values()),
            1.0,
            tol=1e-12,
            what="their sum",
            idea="Something comes.",
            page=VARIETY,
        )


def test_drawing_comes_to_the_same():
    settings = Settings(temperature=0.7, top_k=3)
    found = outcomes(noisy, [0], settings, max_tokens=2, end=END)
    many = generate(noisy, [Request([0], 2, settings, seed) for seed in range(1500)], [b"x"] * V, context_len=9, end=END)  # fmt: skip
    for ids, share in found.items():
        seen = sum(tuple(one.ids) == ids for one in many) / 1500
        expect_true(
            abs(seen - share) < 4 * math.sqrt(share * (1 - share) / 1500) + 1e-9,
            what=f"how often 1500 draws give {ids}",
            expected=f"{share:.3f}, within four standard errors",
            got=seen,
            idea="Is it what `generate` draws from?",
            page=VARIETY,
        )


def test_a_floor_leaves_out_what_is_unlikely():
    every = outcomes(noisy, [0], Settings(), max_tokens=4, end=END)
    some = outcomes(noisy, [0], Settings(), max_tokens=4, end=END, floor=0.02)
    expect_true(
        0.5 < sum(some.values()) < 1 and len(some) < len(every),
        what="outcomes with floor=0.02",
        expected="fewer of them, and a sum below 1",
        got=(len(some), len(every), sum(some.values())),
        idea="A beginning that is less likely isn't followed.",
        page=VARIETY,
    )
    expect_close(
        [some[ids] for ids in some],
        [every[ids] for ids in some],
        tol=0,
        what="the probabilities of those that are left",
        idea="They aren't scaled.",
        page=VARIETY,
    )
    expect_equal(
        all(ids in some for ids, share in every.items() if share >= 0.02),
        True,
        what="whether all outcomes of 0.02 or more are there",
        idea="A beginning is at least as likely as its outcomes.",
        page=VARIETY,
    )


def test_without_sampling_there_is_one():
    got = outcomes(noisy, [2], Settings(sampled=False), max_tokens=5, end=END)
    wanted = generate(noisy, [Request([2], 5, Settings(sampled=False))], [b"x"] * V, context_len=9, end=END)  # fmt: skip
    expect_equal(
        got,
        {tuple(wanted[0].ids): 1.0},
        what="the outcomes of greedy",
        idea="The likeliest token has all of it.",
        page=VARIETY,
    )


def test_without_an_end_token_all_have_one_length():
    got = outcomes(noisy, [2], Settings(), max_tokens=2)
    expect_equal(
        sorted(got),
        sorted(itertools.product(range(V), repeat=2)),
        what="outcomes of two tokens without an end token",
        idea="end=None: no token ends anything.",
        page=VARIETY,
    )


def test_an_effective_number_counts_equals():
    for shares, expected in (([0.25] * 4, 4.0), ([1.0], 1.0), ([0.5, 0.5, 0.0], 2.0), ([3.0, 3.0], 2.0), ([0.5, 0.25, 0.25], 2**1.5)):  # fmt: skip
        expect_close(
            effective_number(shares),
            expected,
            tol=1e-12,
            what=f"the effective number of {shares}",
            idea="Of n equals it is n. Shares are scaled to sum to 1; one of 0 is none.",
            page=VARIETY,
        )
    for shares in ([], [0.0], [-0.1, 1.1], [math.nan]):
        with expect_raises(ValueError, mentions="effective_number", what=f"the effective number of {shares}", idea="Nothing to count.", page=VARIETY):  # fmt: skip
            effective_number(shares)


def test_quality_is_a_share_and_variety_is_of_the_right_ones():
    found = {(0,): 0.4, (1,): 0.2, (2,): 0.2}
    for right, expected in (
        (lambda ids: ids != (0,), (0.5, 2.0)),
        (lambda ids: ids == (0,), (0.5, 1.0)),
        (lambda ids: False, (0.0, 0.0)),
    ):
        expect_close(
            list(quality_and_variety(found, right)),
            list(expected),
            tol=1e-12,
            what="quality and variety of three outcomes that sum to 0.8",
            idea="Of what was found, which share is right? And how many are the right ones worth? Nonsense isn't variety.",
            page=VARIETY,
        )


def test_outcomes_refuses():
    for more, word in (({"max_tokens": 0}, "max_tokens"), ({"floor": 1.0}, "1.0"), ({"floor": -0.1}, "-0.1"), ({"prompt": []}, "prompt")):  # fmt: skip
        asked = {"prompt": [0], "max_tokens": 2, **more}
        with expect_raises(ValueError, mentions=word, what=f"outcomes with {more}", idea="The checks that were given are still in front.", page=VARIETY):  # fmt: skip
            outcomes(noisy, asked.pop("prompt"), Settings(), **asked)
