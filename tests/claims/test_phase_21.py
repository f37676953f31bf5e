"""What holds the claims of phase 21, each beside its control at equal scale."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import numpy as np

from minilm import tutor
from minilm.batches import BORDER
from minilm.corpus import examples, parse, split
from minilm.generate import Request, StopText, generate
from minilm.lessons import ASK, LETTERS, pairs
from minilm.ngram import KneserNey, count
from minilm.sample import (
    Settings,
    frequency_penalty,
    logit_bias,
    min_p,
    probabilities,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
    typical,
)
from minilm.search import beam_search, contrastive
from minilm.speakers import of_gpt, of_ngram

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


def sharpened(z):
    """The probabilities of a row, likeliest first, at temperature 1 and at 0.7."""
    z = np.sort(z)[::-1]
    return probabilities(z), probabilities(temperature(z, 0.7))


def test_a_lower_temperature_makes_every_token_rarer_against_the_best():
    for seed in SEEDS:
        for z in rows(seed):
            plain, sharp = sharpened(z)
            assert (sharp[1:] / sharp[0] < plain[1:] / plain[0]).all()


def test_a_lower_temperature_may_make_the_second_best_more_frequent():
    for seed in SEEDS:
        rise = [sharp[1] > plain[1] for plain, sharp in map(sharpened, rows(seed))]
        assert 0.2 < np.mean(rise) < 0.8


CAME = [1, 2, 2, 7]
STEPS = {
    "bias": lambda z: logit_bias(z, {1: 1.5, 3: -2.0, 5: -9.0}),
    "repetition": lambda z: repetition_penalty(z, [CAME] * len(z), 1.4),
    "frequency": lambda z: frequency_penalty(z, [CAME] * len(z), 0.4, 0.3),
    "temperature": lambda z: temperature(z, 0.6),
    "top-k": lambda z: top_k(z, 7),
    "top-p": lambda z: top_p(z, 0.8),
    "min-p": lambda z: min_p(z, 0.05),
    "typical": lambda z: typical(z, 0.7),
}
COMMUTE = {
    ("bias", "frequency"),
    ("repetition", "temperature"),
    ("temperature", "top-k"),
    ("top-k", "min-p"),
}


def apart(first, second):
    """How far the two orders of two steps are apart at most, on 600 rows."""
    one, other = STEPS[first], STEPS[second]
    z = np.concatenate([rows(seed, (200, 24), 2.0) for seed in SEEDS])
    return float(np.abs(probabilities(other(one(z))) - probabilities(one(other(z)))).max())


def test_four_pairs_of_steps_commute():
    assert all(apart(*pair) < 1e-12 for pair in COMMUTE)


def test_the_other_pairs_of_steps_do_not():
    pairs = set(itertools.combinations(STEPS, 2)) - COMMUTE
    assert len(pairs) == 24
    assert all(apart(*pair) > 1e-3 for pair in pairs)


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


CUTS, WHOLE = [b"1", b"x", b"a", b"b", b"y"], [b"1xaby"]


def test_the_one_that_ends_first_is_the_same_for_every_cut():
    assert cut(CUTS, "ends first") == cut(WHOLE, "ends first")


def test_the_one_that_begins_first_is_not():
    assert cut(CUTS, "begins first") != cut(WHOLE, "begins first")


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


@cache
def ngram():
    """The n-gram of the experiment."""
    train = sorted({e.text for e in split(examples())["train"] if not e.mistake})
    return of_ngram(KneserNey(count(train, 5), 0.75))


def drawn(t, seeds):
    """The texts of these seeds at a temperature."""
    speaker, settings = ngram(), Settings(temperature=t)
    requests = [Request([speaker.begin], 60, settings, seed) for seed in seeds]
    got = generate(speaker.next_logits, requests, speaker.pieces, context_len=99, end=speaker.end)
    return [one.text for one in got]


def shared(texts):
    """Which part of the shorter one two texts share from their beginning on, over all pairs."""
    parts = []
    for a, b in itertools.combinations(texts, 2):
        same = list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
        parts.append(len(same) / min(len(a), len(b)))
    return float(np.mean(parts))


def test_the_best_of_a_beam_share_their_beginning():
    speaker = ngram()
    found = beam_search(
        speaker.next_logits, [speaker.begin], width=5, max_tokens=60, end=speaker.end
    )
    texts = [b"".join(speaker.pieces[i] for i in one.ids).decode() for one in found]
    assert len(texts) == 5 and 0.7 < shared(texts) < 0.8


def test_draws_do_not():
    assert all(shared(drawn(0.5, range(5 * seed, 5 * seed + 5))) < 0.2 for seed in SEEDS)


def contrasted(seed, offset, alpha=0.6):
    """What contrastive search writes where an offset is added to every token's vector."""
    vectors = np.random.default_rng(seed).normal(size=(8, 4))
    vectors[:, 0] += offset
    return contrastive(
        lambda rows_: noisy(rows_, seed), lambda ids: vectors[ids], [1], k=4, alpha=alpha, max_tokens=9
    )  # fmt: skip


def test_in_one_direction_nothing_is_left_but_greedy():
    assert all(contrasted(seed, 1e4) == contrasted(seed, 0, alpha=0.0) for seed in SEEDS)


def test_in_many_directions_the_price_decides():
    assert all(contrasted(seed, 0) != contrasted(seed, 0, alpha=0.0) for seed in SEEDS)


def counted(t, seed):
    """Of three times 50 texts: how many are right, how many right ones differ among 50, how many of all."""
    found = np.zeros(3, dtype=int)
    for first in range(0, 150, 50):
        texts = drawn(t, range(1000 * seed + first, 1000 * seed + first + 50))
        right = [text for text in texts if parse(text)]
        found += len(right), len(set(right)), len(set(texts))
    return found


def test_down_to_a_half_quality_and_variety_rise():
    for seed in SEEDS:
        (right, differ, _), (fewer, less, _) = counted(0.5, seed), counted(1.0, seed)
        assert right > fewer and differ > less


def test_with_wrong_texts_counted_variety_falls():
    for seed in SEEDS:
        assert counted(0.5, seed)[2] < counted(1.0, seed)[2]


def corrected(**penalties):
    """The share of 24 sentences that the tutor of phase 18 puts right, greedy, with penalties."""
    path = Path(__file__).parents[2] / "data/models/18-tutor/tutor.safetensors"
    speaker = of_gpt(tutor.load(path), LETTERS.pieces, begin=BORDER, end=BORDER)
    known = pairs(split(examples())["train"])
    asked = [known[i] for i in np.random.default_rng(0).choice(len(known), 24, replace=False)]
    settings = Settings(sampled=False, **penalties)
    requests = [Request(speaker.encode(wrong + ASK), 60, settings) for wrong, _ in asked]
    got = generate(speaker.next_logits, requests, speaker.pieces, context_len=72, end=speaker.end)
    return np.mean([one.text == right for one, (_, right) in zip(got, asked, strict=True)])


def test_a_sure_tutor_does_not_feel_a_mild_penalty():
    assert corrected(repetition=1.3) == corrected(frequency=0.5) == 1


def test_it_feels_a_strong_one():
    assert corrected(repetition=4.0) < 0.3 and corrected(frequency=3.0) < 0.3
