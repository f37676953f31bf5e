"""Sends what a run of phase 18 left in its folder to MLflow, for those who want its pages: `to_mlflow.py FOLDER [NAME]`.

The folder stays what counts; nothing in the training knows of MLflow. Install mlflow-skinny, sqlalchemy and alembic beside the
project to use it, or mlflow for its pages.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

BATCH = 500
"""How many numbers MLflow takes in one call, at most half of its own limit."""


def send(folder: Path, name: str = "18-training", store: str = "sqlite:///mlruns.db") -> str:
    """One MLflow run: the newest checkpoint's configuration as parameters, and each line's numbers at its step.

    Returns:
        The run's id. ValueError if the folder has no lines.
    """
    path = folder / "lines.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    if not lines:
        raise ValueError(f"{folder}: no lines.jsonl with a line; name a run's folder")
    mlflow: Any = import_module("mlflow")
    metric: Any = import_module("mlflow.entities").Metric
    client = mlflow.MlflowClient(tracking_uri=store)
    found = client.get_experiment_by_name(name)
    experiment = found.experiment_id if found else client.create_experiment(
        name, artifact_location=(folder.resolve() / "mlflow").as_uri()
    )  # fmt: skip
    run = client.create_run(experiment, run_name=folder.name).info.run_id
    numbers = [
        metric(key, float(value), 0, int(line["step"]))
        for line in lines
        for key, value in line.items()
        if key != "step"
    ]
    for at in range(0, len(numbers), BATCH):
        client.log_batch(run, metrics=numbers[at : at + BATCH])
    for checkpoint in sorted(folder.glob("step-*.safetensors"))[-1:]:
        for key, value in _config(checkpoint).items():
            client.log_param(run, key, value)
    client.set_terminated(run)
    return str(run)


def _config(checkpoint: Path) -> dict[str, Any]:
    """The configuration in a checkpoint's metadata; read here, so that this script needs nothing of the packages."""
    content = checkpoint.read_bytes()
    size = int.from_bytes(content[:8], "little")
    text = json.loads(content[8 : 8 + size])["__metadata__"]["config"]
    config: dict[str, Any] = json.loads(text)
    return config


if __name__ == "__main__":
    if len(sys.argv) < 2 or not find_spec("mlflow"):
        raise SystemExit(
            "usage: to_mlflow.py FOLDER [NAME], with an interpreter that has mlflow installed"
        )
    print(send(Path(sys.argv[1]), *sys.argv[2:3]))
