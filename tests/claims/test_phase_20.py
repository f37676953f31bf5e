"""What holds the claims of phase 20, each beside its control at equal scale, with three seeds."""

from __future__ import annotations

import math

import numpy as np

from given.verbs import VERBS as TABLE
from minigrad.calibration import expected_calibration_error
from minilm.asking import Answer, ask
from minilm.confidence import believed, null_band
from minilm.corpus import examples, split
from minilm.doubles import uniform
from minilm.intervals import holm, mcnemar, paired_bootstrap
from minilm.ngram import KneserNey, count
from minilm.probes import adversarial, choices
from minilm.report import compare, decide
from minilm.scorers import NgramScorer
from minilm.scoring import scores

SEEDS = (0, 1, 2)
VERBS, EACH = 20, 26


def counted(seed):
    """An n-gram of order 9 of the right sentences without a frame, nine in ten of the others and all of he: texts that begin others, and end."""
    texts = sorted({e.text for e in split(examples())["train"] if not e.mistake and not e.frame})
    kept = np.random.default_rng(seed).random(len(texts)) < 0.9
    kept |= np.array([text.startswith("he ") for text in texts])
    return NgramScorer(KneserNey(count([t for t, k in zip(texts, kept, strict=True) if k], 9), 0.1))  # fmt: skip


STEMS = ("want", "play", "talk")
"""Regular verbs whose present is in training."""


def test_with_the_end_scored_the_third_person_can_win():
    for seed in SEEDS:
        model = counted(seed)
        for stem in STEMS:
            short, long = scores(model, "he ", [stem, f"{stem}s"])
            assert long.nats > short.nats


def test_without_the_end_the_shorter_one_always_wins():
    for seed in SEEDS:
        model = counted(seed)
        for stem in STEMS:
            short, long = (
                float(model.log_probs([model.encode(f"he {form}")])[0][:-1].sum())
                for form in (stem, f"{stem}s")
            )
            assert short >= long


def missed(seed, by_verb, grouped):
    """In which share of 150 comparisons of equal models the interval at 95 % doesn't hold 0.

    by_verb: whether all probes of a verb have the same difference; else each has its own.
    """
    rng = np.random.default_rng(seed)
    verbs = np.repeat(np.arange(VERBS), EACH)
    out = 0
    for _ in range(150):
        change = rng.choice([-1, 0, 1], size=VERBS if by_verb else VERBS * EACH, p=[0.2, 0.6, 0.2])
        each = change[verbs] if by_verb else change
        groups = list(verbs) if grouped else None
        low, high = paired_bootstrap(np.zeros(len(each)), each, rng, 300, groups=groups)
        out += not low <= 0 <= high
    return out / 150


def test_verbs_drawn_one_by_one_count_each_fact_several_times():
    for seed in SEEDS:
        assert missed(seed, by_verb=True, grouped=False) > 0.4
        assert missed(seed, by_verb=True, grouped=True) < 0.2


def test_where_probes_are_independent_one_by_one_is_right():
    for seed in SEEDS:
        assert missed(seed, by_verb=False, grouped=False) < 0.13


def test_sixty_calibrated_probes_have_an_ece():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        assert null_band(rng.uniform(0.25, 1, 60), rng, draws=200).mean > 0.08


def test_six_thousand_have_hardly_any():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        sure = rng.uniform(0.25, 1, 6000)
        assert expected_calibration_error(sure, rng.random(6000) < sure) < 0.025


def values(seed):
    return np.random.default_rng(seed).normal(size=(400, 4)) * 3


def test_one_temperature_changes_no_answer():
    for seed in SEEDS:
        z = values(seed)
        for temperature in (0.3, 2.0, 7.0):
            assert (believed(z, temperature)[1] == z.argmax(axis=1)).all()


def test_a_temperature_of_each_candidate_changes_some():
    for seed in SEEDS:
        z = values(seed)
        assert (believed(z / np.array([1, 2, 3, 4]))[1] != z.argmax(axis=1)).mean() > 0.1


def alarms(seed, corrected):
    """In which share of 400 comparisons of equal models in 13 slices some p is below 0.05."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(400):
        lost = rng.binomial(60, 0.5, size=13)
        ps = [mcnemar(int(one), 60 - int(one)) for one in lost]
        found += min(holm(ps) if corrected else ps) < 0.05
    return found / 400


def test_with_holms_correction_false_alarms_are_rare():
    for seed in SEEDS:
        assert alarms(seed, corrected=True) < 0.07


def test_without_it_they_are_not():
    for seed in SEEDS:
        assert alarms(seed, corrected=False) > 0.25


IRREGULAR = sorted(lemma for lemma in TABLE if not TABLE[lemma].regular)


def knows(verbs):
    """Answers to all pasts: those of irregular verbs are right where the verb is among these, and all others are."""
    return [
        Answer(p, p.expected if p.regular or p.verb in verbs else "", 0.9, (0.0,))
        for p in choices()
        if p.tense == "past_simple"
    ]


def winners(named):
    """The exact share of pairs of equally good models with a winner: each irregular past belongs to one of them, by a coin.

    named: whether the first k verbs against the others is a pair with one. Which verbs they are changes nothing.
    """
    n = len(IRREGULAR)
    return sum(math.comb(n, k) for k in range(n + 1) if named(k)) / 2**n


def test_with_whole_verbs_few_winners_are_named_where_there_is_none():
    for seed in SEEDS:
        share = winners(
            lambda k, seed=seed: (
                compare(knows(IRREGULAR[:k]), knows(IRREGULAR[k:]), seed)["all"].verdict
                != "no difference"
            )
        )
        assert share == 18 / 256


def test_p_alone_names_one_in_more_than_a_quarter():
    share = winners(
        lambda k: decide(mcnemar(6 * k, 48 - 6 * k), 6 * k, 48 - 6 * k) != "no difference"
    )
    assert round(share, 2) == 0.29


def passed(trick, by):
    """The uniform model's share of a trick."""
    said = ask(uniform(), [one for one in adversarial() if one.trick == trick], by)
    return sum(answer.hit for answer in said) / len(said)


def test_by_the_sum_a_model_that_knows_nothing_is_far_from_a_half():
    assert passed("over_regularization", "total") > 0.9
    assert passed("wrong_person_agreement", "total") < 0.1


def test_by_the_token_it_has_a_half():
    assert passed("over_regularization", "token") == 0.5
    assert passed("wrong_person_agreement", "token") == 0.5
