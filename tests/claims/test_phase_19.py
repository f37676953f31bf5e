"""What holds the claims of phase 19, each beside its control."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from minilm.dynamics.faults import KINDS, diagnose, spikes
from minilm.dynamics.mup import growth, moved, schedulers, start
from minilm.dynamics.scaling import Source
from minilm.gpt import GPT, GPTConfig

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "19" / "ward"))

from patients import STEPS, Patient, admitted, texts, trainer_of, watched

SEEDS = range(100, 110)


@cache
def curve(kind: str, seed: int) -> np.ndarray:
    """A patient's whole loss curve: all that a grader without the other panels would see."""
    trainer = trainer_of(Patient("A", kind, seed), *texts())
    return np.array([trainer.advance()["loss"] for _ in range(STEPS)])


def right_by_loss(one: str, other: str) -> float:
    """Nearest mean curve, the pair of seeds left out in turn: the share of curves that get their own name.

    Each kind has seeds of its own, as patients have: none is held against its own twin.
    """
    curves = {
        one: [curve(one, s) for s in SEEDS],
        other: [curve(other, s + 1000) for s in SEEDS],
    }
    right = 0
    for kind, own in curves.items():
        for i, held in enumerate(own):
            means = {
                k: np.mean([c for j, c in enumerate(v) if k != kind or j != i], axis=0)
                for k, v in curves.items()
            }
            right += min(means, key=lambda k: float(((held - means[k]) ** 2).sum())) == kind
    return right / (2 * len(SEEDS))


@pytest.mark.slow
def test_the_loss_alone_is_a_coin():
    assert 0.25 <= right_by_loss("frozen", "silent") <= 0.75


def test_the_record_tells_what_the_loss_does_not():
    for kind in ("frozen", "silent"):
        for seed in (100, 101, 102):
            record, _ = watched(Patient("A", kind, seed), *texts())
            assert diagnose(record) == kind


def test_letters_tell_nothing():
    wards = [{p.letter: p.kind for p in admitted(seed)} for seed in range(600)]
    for letter in "ABCDE":
        found = [ward[letter] for ward in wards]
        assert abs(found.count("healthy") / 600 - 1 / 5) < 0.06
        for kind in KINDS[1:]:
            assert abs(found.count(kind) / 600 - 4 / 25) < 0.06


def test_each_ward_has_one_healthy_patient_and_four_faults():
    for seed in range(50):
        kinds = [p.kind for p in admitted(seed)]
        assert kinds.count("healthy") == 1 and len(set(kinds)) == 5


def series(seed, *events):
    values = 2 + 0.02 * np.random.default_rng(seed).standard_normal(80)
    for at, high in events:
        values[at] += high
    return values.tolist()


def test_a_spike_behind_a_large_one_is_seen():
    for seed in range(3):
        assert spikes(series(seed, (40, 50), (45, 1))) == [40, 45]


def test_a_mean_and_a_deviation_dont_see_it():
    for seed in range(3):
        values = np.array(series(seed, (40, 50), (45, 1)))
        past = values[25:45]
        assert values[45] < past.mean() + 2 * past.std()


def growths(with_mup):
    batch = Source(9, 8, 12, 0).batch("x")
    found = []
    for seed in range(3):
        by_width = {}
        for width in (16, 32, 64):
            config = GPTConfig(9, d_model=width, n_heads=width // 8, n_layers=1, d_ff=4 * width, context_len=16, tied=False, init_std=0.1)  # fmt: skip
            model, base = GPT(config, np.random.default_rng(seed)), 16 if with_mup else width
            start(model, base)
            steered = schedulers(model, base, lambda t: 0.01)
            by_width[width] = moved(model, [s.optimizer for s in steered], batch, 2)["stream"]
        found.append(growth(by_width))
    return found


def test_with_mup_a_step_moves_all_widths_alike():
    assert max(abs(g) for g in growths(True)) < 0.2


def test_without_it_a_wider_model_is_moved_farther():
    assert min(growths(False)) > 0.8
