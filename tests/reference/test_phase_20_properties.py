"""Models as an evaluation asks them, and what must hold of any answer."""

from __future__ import annotations

import itertools
import runpy
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minilm import tutor
from minilm.asking import ask, table
from minilm.corpus import bare, examples, split
from minilm.doubles import Listed, oracle, over_confident, uniform
from minilm.errors import MinilmError
from minilm.intervals import holm, mcnemar, paired_bootstrap, wilson
from minilm.ngram import KneserNey, count
from minilm.probes import (
    adversarial,
    as_correction,
    check_probes,
    choices,
    classified,
    generations,
    leaks,
)
from minilm.report import decide
from minilm.scorers import GPTScorer, NgramScorer
from minilm.scoring import Model, best, scores, verdict
from minilm.tokenizer import train

ROOT = Path(__file__).parents[2]
TEXTS = [example.text for example in bare()]
CORE = choices()
relaxed = settings(max_examples=60, deadline=None, database=None)


def first_tutor() -> GPTScorer:
    model = tutor.load(ROOT / "data/models/18-tutor/tutor.safetensors")
    return GPTScorer(model, tutor.LETTERS)


def letters() -> NgramScorer:
    return NgramScorer(KneserNey(count(TEXTS, 4), 0.7))


def tokens() -> NgramScorer:
    tokenizer = train(TEXTS, 340)
    split_ = NgramScorer(KneserNey(count([["a"]], 1), 0.5), tokenizer).split
    return NgramScorer(KneserNey(count([split_(text) for text in TEXTS], 3), 0.7), tokenizer)


@pytest.mark.parametrize("make", [first_tutor, letters, tokens, uniform], ids=lambda make: make.__name__)  # fmt: skip
def test_a_row_at_once_is_the_same_as_token_by_token(make) -> None:
    model: Model = make()
    for text in ("he works", "I am going to go", "to be"):
        ids = model.encode(text)
        assert b"".join(model.pieces(ids)).decode() == text
        alone, beside = model.log_probs([ids])[0], model.log_probs([ids, model.encode("I go")])[0]
        assert alone == pytest.approx(beside, abs=1e-4)
        for at in range(len(ids) + 1):
            row = model.following(ids[:at])
            wanted = row[ids[at]] if at < len(ids) else row[-1]
            assert alone[at] == pytest.approx(wanted, abs=1e-4)
            # An n-gram keeps a little for what it never read.
            assert np.exp(row).sum() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("make", [letters, tokens], ids=lambda make: make.__name__)
def test_differences_of_scores_are_those_of_whole_texts(make) -> None:
    model = make()
    forms = ("works", "worked", "work", "will work")
    got = [one.nats for one in scores(model, "he ", forms) if one is not None]
    whole = [model.log_probs([model.encode(f"he {form}")])[0].sum() for form in forms]
    assert np.diff(got) == pytest.approx(np.diff(whole), abs=1e-9)


def test_the_oracle_judges_every_form_right_and_writes_every_answer() -> None:
    some = CORE[::9]
    judged = classified(some)
    assert all(one.hit for one in ask(oracle(CORE), judged))
    written = generations(some)
    told = Listed({one.prompt + one.expected: 1.0 for one in written})
    assert all(one.hit for one in ask(told, written))


def test_who_knows_nothing_is_unsure_of_plurals() -> None:
    plural = [one for one in adversarial() if one.kind == "classify"]
    said = ask(uniform(), plural, by="token", threshold=1e-6)
    assert {one.predicted for one in said} == {"ambiguous"}


def test_the_sets_are_sound_and_nothing_of_them_is_in_training() -> None:
    seen = [example.text for example in split(examples())["train"]]
    seen += [f"{e.text}>{e.correct_form or e.text}" for e in split(examples())["train"]]
    for probes in (CORE, adversarial(), classified(CORE), generations(CORE)):
        check_probes(probes, seen)
        assert not leaks(probes, seen)
    check_probes([as_correction(one) for one in CORE], seen)


def test_what_a_tutor_reads_is_a_mistake_of_the_right_sentence_or_the_sentence_itself() -> None:
    means = {e.text: e.correct_form for e in examples() if e.mistake}
    for one in (*CORE, *adversarial()):
        if one.kind == "choice":
            read = as_correction(one).prompt.split(">")[0]
            assert means.get(read, read) == one.text(one.expected)


def test_where_a_part_is_asked_the_right_one_stands_in_each_place_and_each_tense_in_both_frames() -> (
    None
):
    thinned = runpy.run_path(str(ROOT / "experiments/20/tutor/run.py"))["thinned"]
    some = thinned(CORE)
    counts = Counter(probe.candidates.index(probe.expected) for probe in some)
    assert len(counts) == 4 and max(counts.values()) - min(counts.values()) <= 1
    for tense in ("present_simple", "past_simple", "simple_future"):
        assert len({probe.after.split()[-1] for probe in some if probe.tense == tense}) == 2


def test_what_cannot_be_said_is_counted_apart() -> None:
    probe = replace(CORE[0], candidates=("w#", "work"), expected="w#")
    (said,) = ask(uniform(), [probe])
    assert said.unsayable and not said.hit
    with pytest.raises(MinilmError, match="no choice with finite values"):
        table([said])
    rival = replace(CORE[0], candidates=("w#", "work"), expected="work")
    assert ask(uniform(), [rival])[0].hit


def test_a_double_refuses_to_think_two_things_of_a_sentence() -> None:
    with pytest.raises(MinilmError, match="another weight"):
        over_confident(CORE, 6, 10)


@relaxed
@given(n=st.integers(1, 500), share=st.floats(0, 1), confidence=st.floats(0.01, 0.999))
def test_wilson_holds_the_share(n: int, share: float, confidence: float) -> None:
    hits = round(n * share)
    low, high = wilson(hits, n, confidence)
    assert 0 <= low <= hits / n + 1e-12 and hits / n - 1e-12 <= high <= 1
    assert wilson(n - hits, n, confidence) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@relaxed
@given(lost=st.integers(0, 80), gained=st.integers(0, 80))
def test_mcnemar_does_not_depend_on_the_order(lost: int, gained: int) -> None:
    assert mcnemar(lost, gained) == mcnemar(gained, lost) <= 1


@relaxed
@given(ps=st.lists(st.floats(0, 1), max_size=20))
def test_holm_keeps_the_order(ps: list[float]) -> None:
    found = holm(ps)
    assert all(p <= q <= 1 for p, q in zip(ps, found, strict=True))
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    assert all(found[a] <= found[b] for a, b in itertools.pairwise(order))


@relaxed
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60))
def test_the_bootstrap_turns_with_the_models(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 2, (2, n))
    one = paired_bootstrap(a, b, np.random.default_rng(seed), 200)
    other = paired_bootstrap(b, a, np.random.default_rng(seed), 200)
    assert one == pytest.approx((-other[1], -other[0]), abs=1e-12)


def test_what_isnt_a_number_is_no_opinion():
    for values in ([], [0.0, float("nan")]):
        with pytest.raises(MinilmError, match="best: numbers are needed"):
            best(values)
    with pytest.raises(ValueError, match="the gap is NaN"):
        verdict(float("nan"), 0.5)
    for p in (float("nan"), -0.1, 1.5):
        with pytest.raises(ValueError, match="p must be from 0 to 1"):
            decide(p, 1, 8)
