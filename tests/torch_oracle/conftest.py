"""The reference, and PyTorch on one thread; without PyTorch nothing here runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "solutions"))

torch = pytest.importorskip(
    "torch", reason="PyTorch, the oracle, isn't installed: pip install torch==2.13.0"
)
torch.set_num_threads(1)
