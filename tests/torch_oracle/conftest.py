"""The reference, and PyTorch on one thread. What isn't installed isn't collected, and `test_presence` says so."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "solutions"))

collect_ignore = (
    []
    if find_spec("torch")
    else [
        "test_operations.py",
        "test_random_graphs.py",
        "test_recurrence.py",
        "test_training.py",
    ]
)
if not find_spec("tokenizers"):
    collect_ignore.append("test_tokenizer.py")
if not find_spec("gensim"):
    collect_ignore.append("test_word_vectors.py")
if not (find_spec("torch") and find_spec("transformers")):
    collect_ignore += ["test_gpt.py", "hugging_face.py"]
if not find_spec("mlflow"):
    collect_ignore.append("test_mlflow.py")
if not find_spec("nltk"):
    collect_ignore.append("test_ngrams.py")
if not (find_spec("torch") and find_spec("transformers")):
    collect_ignore.append("test_positions.py")
if find_spec("torch"):
    import torch

    torch.set_num_threads(1)
