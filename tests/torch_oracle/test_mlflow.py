"""A run's lines arrive in MLflow, in a store of SQLite."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from mlflow import MlflowClient

from minilm.training_files import Checkpoint, RunFolder, write_checkpoint

ROOT = Path(__file__).parents[2]
# MLflow uses what its database library is about to drop; that is theirs to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("to_mlflow", ROOT / "scripts" / "to_mlflow.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_number_of_every_line_arrives_at_its_step(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/mlruns.db"
    lines = [{"step": i, "loss": 3 - i / 200, "norm": 0.5 * i} for i in range(1, 301)]
    with RunFolder(tmp_path / "run", {"d_model": 64}) as run:
        for line in lines:
            run.write_line(line)
    file = tmp_path / "run" / "step-000300.safetensors"
    write_checkpoint(file, Checkpoint({"model.a": np.zeros(2)}, {}, {"d_model": 64, "lr": 3e-4}))
    ids = [script().send(tmp_path / "run", "18-test", store) for _ in range(2)]
    client = MlflowClient(tracking_uri=store)
    assert ids[0] != ids[1]
    for key in ("loss", "norm"):
        told = {m.step: m.value for m in client.get_metric_history(ids[0], key)}
        assert told == {line["step"]: line[key] for line in lines}
    found = client.get_run(ids[0])
    assert found.info.status == "FINISHED"
    assert found.data.params == {"d_model": "64", "lr": "0.0003"}
    assert client.get_experiment_by_name("18-test").experiment_id == found.info.experiment_id


def test_a_folder_without_lines_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no lines\.jsonl"):
        script().send(tmp_path, "18-test", f"sqlite:///{tmp_path}/mlruns.db")
    assert json.dumps([p.name for p in tmp_path.iterdir()]) == "[]"
