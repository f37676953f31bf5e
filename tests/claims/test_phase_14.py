"""What holds the claims of phase 14, each beside its control at equal scale."""

from __future__ import annotations

import runpy
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from minilm.corpus import bare, examples, split
from minilm.evaluate import bits_per_byte
from minilm.ngram import (
    BOS,
    AbsoluteDiscounting,
    AddK,
    KneserNey,
    WittenBell,
    continuations,
    count,
)
from minilm.rnn import LSTMCell, RecurrentLM, RNNCell, gradient_norms, train_truncated
from minitorch import Tensor
from minitorch.nn import Parameter
from minitorch.optim import Adam

MEMORY = Path(__file__).parents[2] / "experiments/14/memory/run.py"
SEEDS = (0, 1, 2)
STEPS, INPUTS, HIDDEN = 40, 8, 24


def lines(part):
    return [f"{e.spanish} / {e.text}" for e in split(examples())[part] if not e.mistake]


def bits(model):
    """On the different lines of the new verbs."""
    texts = sorted(set(lines("test_verbs")))
    nats = np.concatenate([model.log_probs(text) for text in texts])
    return bits_per_byte(nats, [one for text in texts for one in (*map(str.encode, text), b"")])


def kneser_ney(order, occurrences):
    """With companies for shorter contexts, as it is; or with occurrences there, and nothing else changed."""
    counts = count(lines("train"), order)
    model = KneserNey(counts, 0.9)
    if occurrences:
        model._tables = {
            context: Counter({token: n for token, n in seen.items() if token != BOS})
            for context, seen in counts.followers.items()
        }
    return model


def test_with_companies_longer_contexts_go_on_helping():
    assert bits(kneser_ney(7, False)) < bits(kneser_ney(4, False)) - 0.1


def test_with_occurrences_in_the_same_model_they_do_not():
    assert bits(kneser_ney(7, True)) > bits(kneser_ney(4, True)) + 0.1


class Mixed(AbsoluteDiscounting):
    """Absolute discounting in which one table says what a context expects, and the other how much it hands on."""

    def __init__(self, counts, discount, shares, opinions):
        super().__init__(counts, discount)
        self._shares, self._opinions = shares, opinions

    def _prob(self, token, context):
        opinion = self._opinions.get(context)
        if not context:
            return opinion[token] / opinion.total()
        shorter = self._prob(token, context[1:])
        if not opinion or context not in self._shares:
            return shorter
        _, share = self._weights(token, self._shares[context])
        return (1 - share) * opinion[token] / opinion.total() + share * shorter


def mixed(companies_share, companies_say):
    counts = count(lines("train"), 7)
    occurrences, companies = counts.followers, continuations(counts)
    return Mixed(
        counts,
        0.99,
        companies if companies_share else occurrences,
        companies if companies_say else occurrences,
    )


def test_shares_by_companies_are_the_gain():
    neither, both = bits(mixed(False, False)), bits(mixed(True, True))
    assert neither - both > 1
    assert bits(mixed(True, False)) < both + 0.1 * (neither - both)


def test_opinions_by_companies_are_none():
    assert bits(mixed(False, True)) > bits(mixed(False, False)) - 0.1


def test_each_model_that_counts_the_start_predicts_it():
    counts = count([e.text for e in bare()], 3)
    for model in (AddK(counts, 1.0), WittenBell(counts), AbsoluteDiscounting(counts, 0.5)):
        assert model.prob(BOS, "qz") > 0.02


def test_one_that_leaves_it_out_does_not():
    model = KneserNey(count([e.text for e in bare()], 3), 0.5)
    assert model.prob(BOS, "qz") == 0


def in_double(cell):
    for name, parameter in list(cell.named_parameters()):
        setattr(cell, name, Parameter(parameter.numpy().astype(np.float64)))
    return cell


def rnn(seed, sigma):
    rng = np.random.default_rng(seed)
    cell = in_double(RNNCell(INPUTS, HIDDEN, rng=rng))
    cell.weight_hh = Parameter(sigma * np.linalg.qr(rng.normal(size=(HIDDEN, HIDDEN)))[0])
    return cell


def left(cell, seed, size=0.5):
    """Which share of a gradient comes back over all steps."""
    rng = np.random.default_rng(seed + 100)
    x = Tensor(rng.normal(0, size, (STEPS, 4, INPUTS)))
    norms = gradient_norms(cell, x, rng.normal(size=(4, HIDDEN)))
    return norms[0] / norms[-1]


def test_below_one_the_gradient_vanishes_whatever_the_inputs():
    for seed in SEEDS:
        for size in (0.0, 0.01, 1.0, 10.0):
            assert left(rnn(seed, 0.9), seed, size) <= 0.9**STEPS * (1 + 1e-9)


def test_above_one_it_depends_on_them():
    for seed in SEEDS:
        assert left(rnn(seed, 1.5), seed, 0.01) > 1 or left(rnn(seed, 1.5), seed, 0.5) > 1
        assert left(rnn(seed, 1.5), seed, 10.0) < 1e-3


def lstm(seed, bias):
    return in_double(LSTMCell(INPUTS, HIDDEN, rng=np.random.default_rng(seed), forget_bias=bias))


def test_gates_without_a_bias_are_no_path():
    for seed in SEEDS:
        assert left(lstm(seed, 0.0), seed) < 0.01 * left(rnn(seed, 1.0), seed)


def test_with_a_bias_they_are():
    for seed in SEEDS:
        assert left(lstm(seed, 3.0), seed) > 10 * left(rnn(seed, 1.0), seed)


def trained(carried, seed):
    """The last losses on 0 0 1 1 0 0 1 1 ..., in spans of three, with the state carried on or each span a text of its own."""
    rng = np.random.default_rng(seed)
    model = RecurrentLM(2, 4, LSTMCell(4, 12, rng=rng), rng=rng)
    optimizer = Adam(model.parameters(), lr=0.02)
    ids = np.tile([[0], [0], [1], [1]], (150, 1))
    if carried:
        losses = train_truncated(model, ids, optimizer, 3)
    else:
        losses = [
            train_truncated(model, ids[at : at + 4], optimizer, 3)[0]
            for at in range(0, len(ids) - 4, 3)
        ]
    return float(np.mean(losses[-20:]))


def test_with_the_state_carried_on_the_first_token_of_a_span_has_a_past():
    for seed in SEEDS:
        assert trained(True, seed) < 0.05


def test_from_zeros_it_has_none():
    for seed in SEEDS:
        assert trained(False, seed) > 0.15


def scores(task, kind, bias=3.0, **changed):
    """Of three seeds, as the experiment trains them."""
    memory = runpy.run_path(str(MEMORY))
    changed = changed or {"draw": partial(memory["copy"], gap=10), "steps": 150}
    return [
        memory["trained"](replace(memory["TASKS"][task], **changed), kind, seed, bias)[1]
        for seed in SEEDS
    ]


def test_a_closed_gate_does_not_learn_to_copy():
    assert max(scores("copy", "lstm", 0.0)) < 0.25


def test_an_open_one_does():
    assert min(scores("copy", "lstm", 3.0)) > 0.95


def test_an_rnn_of_as_many_units_echoes_too():
    assert min(scores("echo", "rnn", hidden=(24, 24))) > 0.99


def test_an_lstm_of_as_many_units_is_behind():
    assert max(scores("echo", "lstm", hidden=(24, 24))) < 0.98
