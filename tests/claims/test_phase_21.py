"""What holds the claims of phase 21, each beside its control at equal scale."""

from __future__ import annotations

import numpy as np

from minilm.generate import Request, StopText, generate
from minilm.sample import (
    frequency_penalty,
    probabilities,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)
from minilm.search import beam_search

SEEDS = (0, 1, 2)


def rows(seed, shape=(200, 64), spread=3.0):
    return np.random.default_rng(seed).normal(size=shape) * spread


def kept(z):
    return z > -np.inf


def early(seed, smallest_first):
    """The share of rows of 512 whose sum so far is 1 before all tokens have come."""
    p = np.sort(probabilities(rows(seed, (500, 512), 6.0)), axis=-1)
    if smallest_first:
        behind = p.cumsum(axis=-1)
        return float((behind[:, :-1] >= behind[:, -1:]).any(axis=-1).mean())
    return float((p[:, ::-1].cumsum(axis=-1)[:, :-1] >= 1).any(axis=-1).mean())


def test_a_sum_from_the_top_is_one_too_early():
    assert all(early(seed, smallest_first=False) > 0.2 for seed in SEEDS)
    for seed in SEEDS:
        assert kept(top_p(rows(seed, (500, 512), 6.0), 1.0)).all()


def test_a_sum_from_the_bottom_is_not():
    assert all(early(seed, smallest_first=True) == 0 for seed in SEEDS)


def same_sets(keep, before):
    """Whether a filter keeps the same tokens with and without a temperature in front, on all seeds."""
    return all(
        (kept(keep(temperature(z, before))) == kept(keep(z))).all() for z in map(rows, SEEDS)
    )


def test_temperature_does_not_change_what_top_k_keeps():
    assert same_sets(lambda z: top_k(z, 7), 0.5)


def test_temperature_changes_what_top_p_keeps():
    assert not same_sets(lambda z: top_p(z, 0.8), 0.5)


def moved(penalized):
    """How much the distribution after a penalty changes when 10 is added to all logits before."""
    worst = []
    for seed in SEEDS:
        z, ids = rows(seed, (16,), 2.0), [1, 4, 4]
        worst.append(
            float(
                np.abs(probabilities(penalized(z + 10, ids)) - probabilities(penalized(z, ids))).max()
            )
        )  # fmt: skip
    return worst


def test_a_frequency_penalty_does_not_feel_a_shift():
    assert max(moved(lambda z, ids: frequency_penalty(z, ids, 0.7, 0.2))) < 1e-12


def test_a_repetition_penalty_feels_it():
    assert max(moved(lambda z, ids: repetition_penalty(z, ids, 1.3))) > 0.01


def noisy(rows_, seed=0):
    return np.stack([np.random.default_rng([seed, len(row), *row]).normal(size=8) for row in rows_])


def text_of(neighbors):
    """What the request with seed 7 gets beside so many others."""
    others = [Request([seed % 8, 2], 9, seed=seed) for seed in range(neighbors)]
    return generate(noisy, [*others, Request([3], 12, seed=7)], [b"x"] * 8, context_len=64)[-1].ids


def test_a_text_does_not_depend_on_its_neighbors():
    assert text_of(0) == text_of(1) == text_of(5)


def test_a_text_depends_on_its_seed():
    texts = [
        generate(noisy, [Request([3], 12, seed=seed)], [b"x"] * 8, context_len=64)[0].ids
        for seed in (7, *SEEDS)
    ]
    assert len(set(map(tuple, texts))) == 4


def cut(pieces, rule):
    """What is shown under a rule, for stop sequences xaby and b."""
    if rule == "ends first":
        text = StopText(["xaby", "b"])
        return "".join(text.feed(piece) for piece in pieces) + text.close()
    shown = b""
    for piece in pieces:  # the one that begins first, as soon as one is there
        shown += piece
        places = [at for s in (b"xaby", b"b") if (at := shown.find(s)) >= 0]
        if places:
            return shown[: min(places)].decode()
    return shown.decode()


LETTERS, WHOLE = [b"1", b"x", b"a", b"b", b"y"], [b"1xaby"]


def test_the_one_that_ends_first_is_the_same_for_every_cut():
    assert cut(LETTERS, "ends first") == cut(WHOLE, "ends first")


def test_the_one_that_begins_first_is_not():
    assert cut(LETTERS, "begins first") != cut(WHOLE, "begins first")


def lengths(penalty):
    """The mean length of the best of all texts of up to 6 tokens, over three models that end with 0.2."""

    def model_of(seed):
        def model(rows_):
            z = np.stack([np.random.default_rng([seed, *row]).normal(size=4) for row in rows_])
            return np.concatenate([z, np.full((len(z), 1), 0.3)], axis=1)

        return model

    return [
        len(beam_search(model_of(seed), [0], width=2000, max_tokens=5, end=4, length_penalty=penalty)[0].ids)
        for seed in SEEDS
    ]  # fmt: skip


def test_the_likeliest_text_is_short():
    assert np.mean(lengths(0.0)) <= 2


def test_with_a_length_penalty_it_is_longer():
    assert np.mean(lengths(1.0)) > np.mean(lengths(0.0)) + 1
