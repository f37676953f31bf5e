"""The reference, and PyTorch on one thread. Without the other side only `test_presence` is collected, and it says so."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "solutions"))

collect_ignore = (
    []
    if find_spec("torch")
    else ["test_operations.py", "test_random_graphs.py", "test_training.py"]
)
if not find_spec("tokenizers"):
    collect_ignore.append("test_tokenizer.py")
if find_spec("torch"):
    import torch

    torch.set_num_threads(1)
