"""What a run's folder refuses: another run's checkpoints, a place that is no folder, and settings that mean nothing."""

from __future__ import annotations

import numpy as np
import pytest

from minilm.batches import Item
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minilm.train import Trainer, recipe, train
from minilm.training_files import RunFolder

CONFIG = {"d_model": 8}


def trainer() -> Trainer:
    config = GPTConfig(10, d_model=8, n_heads=2, n_layers=1, d_ff=16, context_len=16)
    model = GPT(config, np.random.default_rng(0))
    items = [Item((0, 1 + i, 2, 3, 0)) for i in range(6)]
    return recipe(model, items, steps=20, seed=0, rows=2, context_len=16)


def test_a_new_run_in_the_folder_of_a_longer_one_is_refused_and_takes_nothing(tmp_path):
    with RunFolder(tmp_path, CONFIG) as run:
        train(trainer(), 6, run, every=2)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with RunFolder(tmp_path, CONFIG) as run:
        with pytest.raises(MinilmError, match=r"step-000006.*resume it"):
            train(trainer(), 4, run, every=2)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
        again = trainer()
        assert run.resume(again)
        train(again, 8, run, every=2)
        assert [line["step"] for line in run.lines()] == list(range(1, 9))


def test_checkpoints_are_in_order_beyond_a_million_steps(tmp_path):
    with RunFolder(tmp_path, CONFIG) as run:
        some = trainer()
        for some.step in (999_998, 999_999, 1_000_000):
            run.save(some)
        assert [p.stem for p in run.checkpoints()] == ["step-999999", "step-1000000"]


def test_a_place_that_is_no_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(MinilmError, match="file: no folder for a run"), RunFolder(tmp_path / "file", CONFIG):  # fmt: skip
        pass


@pytest.mark.parametrize("settings", [{"every": 0}, {"patience": 2}])
def test_settings_that_would_end_a_run_in_silence_are_refused(settings):
    some = trainer()
    with pytest.raises(ValueError, match="every must be 1 or more and patience needs a check"):
        train(some, 5, **settings)
    assert some.step == 0
