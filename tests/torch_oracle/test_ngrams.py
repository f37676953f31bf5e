"""The n-gram models of phase 14 beside nltk's: the same n-grams and vocabulary, the same probabilities."""

from __future__ import annotations

import itertools

import pytest
from nltk.lm import (
    AbsoluteDiscountingInterpolated,
    KneserNeyInterpolated,
    Lidstone,
    WittenBellInterpolated,
)
from nltk.lm.preprocessing import everygrams

from minilm import ngram
from minilm.corpus import bare
from minilm.ngram import BOS, EOS, Counts, count

SENTENCES = [list(example.text) for example in bare()[::7]]
WORDS = [example.text.split() for example in bare()[::7]]


def fitted(model, sentences, order):
    """nltk's model on sentences that are padded as ours: all BOS in front, one EOS behind."""
    padded = [[BOS] * (order - 1) + sentence + [EOS] for sentence in sentences]
    model.fit(
        [everygrams(sentence, max_len=order) for sentence in padded],
        [token for sentence in padded for token in (*sentence, BOS)],
    )
    return model


def contexts(counts: Counts) -> list[tuple[str, ...]]:
    """Some that were seen, of every length, and some that weren't, with unknown tokens too."""
    seen = sorted(counts.followers, key=lambda context: (len(context), context))
    return [*seen[:: max(1, len(seen) // 60)], ("!",), ("e", "?"), ("?", "e")]


MODELS = [
    ("add-k 1", lambda order: Lidstone(1.0, order), lambda c: ngram.AddK(c, 1.0)),
    ("add-k 0.01", lambda order: Lidstone(0.01, order), lambda c: ngram.AddK(c, 0.01)),
    ("Witten-Bell", WittenBellInterpolated, ngram.WittenBell),
    (
        "absolute discounting",
        lambda order: AbsoluteDiscountingInterpolated(order, discount=0.6),
        lambda c: ngram.AbsoluteDiscounting(c, 0.6),
    ),
]


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("name, theirs, ours", MODELS, ids=[name for name, *_ in MODELS])
def test_nltk_gives_the_same_probabilities(name, theirs, ours, order) -> None:
    for sentences in (SENTENCES, WORDS):
        other, counts = fitted(theirs(order), sentences, order), count(sentences, order)
        assert set(other.vocab) == set(counts.vocabulary)
        one = ours(counts)
        for context in contexts(counts):
            for token in (*counts.vocabulary, "?"):
                kept = context[max(0, len(context) - order + 1) :]
                want = other.score(token, kept)
                assert one.prob(token, context) == pytest.approx(want, rel=1e-12, abs=1e-15)


def test_the_kneser_ney_of_nltk_predicts_the_start_of_a_sentence_and_does_not_sum_to_one() -> None:
    order = 3
    other = fitted(KneserNeyInterpolated(order, discount=0.6), SENTENCES, order)
    counts = count(SENTENCES, order)
    one = ngram.KneserNey(counts, 0.6)
    mass = {c: sum(other.score(token, c) for token in counts.vocabulary) for c in contexts(counts)}
    assert other.score(BOS) > 0.005
    assert max(abs(total - 1) for total in mass.values()) > 0.01
    for context, token in itertools.product(mass, (BOS,)):
        assert one.prob(token, context) == 0.0
    for context in mass:
        assert sum(one.prob(t, context) for t in counts.vocabulary) == pytest.approx(1, abs=1e-12)
