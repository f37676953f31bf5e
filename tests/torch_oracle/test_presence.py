"""Says whether what lies here was compared: minitorch with PyTorch, the parts of minilm with
`tokenizers`, gensim, `nltk` and `transformers`."""

from __future__ import annotations

from importlib.util import find_spec

import pytest


def test_pytorch_is_here_to_be_compared_with() -> None:
    if find_spec("torch") is None:
        pytest.skip("PyTorch isn't installed here: `just oracle` compares minitorch with it")
    import torch

    assert torch.get_num_threads() == 1


def test_tokenizers_is_here_to_be_compared_with() -> None:
    if find_spec("tokenizers") is None:
        pytest.skip("tokenizers isn't installed here: `just oracle` compares the tokenizer with it")


def test_gensim_is_here_to_be_compared_with() -> None:
    if find_spec("gensim") is None:
        pytest.skip("gensim isn't installed here: `just oracle` compares the word vectors with its")
    from gensim.models import Word2Vec

    assert Word2Vec.__name__ == "Word2Vec"


def test_nltk_is_here_to_be_compared_with() -> None:
    if find_spec("nltk") is None:
        pytest.skip("nltk isn't installed here: `just oracle` compares the n-grams with its")


def test_transformers_is_here_to_be_compared_with() -> None:
    if find_spec("transformers") is None:
        pytest.skip("transformers isn't installed here: `just oracle` compares the GPT with its")


def test_mlflow_is_here_to_be_sent_to() -> None:
    if find_spec("mlflow") is None:
        pytest.skip("mlflow isn't installed here: `just oracle` sends a run to it")
