"""Properties of the KV cache: any model of phase 17, any pieces, any rows; any pair of distributions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minilm.cache import KVCache, cache_bytes, step
from minilm.errors import MinilmError
from minilm.gpt import CHOICES, GPT, GPTConfig
from minilm.reader import Reader
from minilm.speculate import distribution, speculative
from minitorch import no_grad

CONFIGS = st.builds(
    GPTConfig,
    vocab_size=st.just(9),
    d_model=st.just(16),
    n_heads=st.just(4),
    n_kv_heads=st.sampled_from([None, 1, 2, 4]),
    n_layers=st.integers(1, 3),
    d_ff=st.integers(1, 20),
    context_len=st.just(16),
    tied=st.booleans(),
    attn_bias=st.booleans(),
    init_std=st.just(0.3),
    **{name: st.sampled_from(known) for name, known in CHOICES.items()},
)


def whole(model, ids, window=None):
    t = ids.shape[1]
    mask = None if window is None else np.tri(t, dtype=bool) & ~np.tri(t, k=-window, dtype=bool)
    with no_grad():
        return model(ids, mask=mask).numpy()


@settings(max_examples=30, deadline=None)
@given(CONFIGS, st.lists(st.integers(1, 5), min_size=1, max_size=5), st.sampled_from([None, 1, 3, 6]), st.integers(0, 2**32))  # fmt: skip
def test_any_pieces_give_what_the_whole_gives(config, sizes, window, seed):
    rng = np.random.default_rng(seed)
    model = GPT(config, rng, np.float64)
    ids = rng.integers(0, 9, (2, min(sum(sizes), 16)))
    cache, at, rows = KVCache(model, 2, window=window), 0, []
    for size in sizes:
        if at < ids.shape[1]:
            rows.append(step(model, ids[:, at : at + size], cache))
            at += size
    assert np.abs(np.concatenate(rows, axis=1) - whole(model, ids, window)).max() < 1e-11
    assert cache.nbytes == cache_bytes(config, 2, cache.capacity, 8)


@settings(max_examples=20, deadline=None)
@given(CONFIGS, st.sampled_from([None, 1, 3, 6]), st.lists(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=12), min_size=1, max_size=3), min_size=1, max_size=5))  # fmt: skip
def test_a_reader_answers_as_the_model_does_also_after_a_refusal(config, window, questions):
    model = GPT(config, np.random.default_rng(0), np.float64)
    reader = Reader(model, 3, window=window)
    for rows in questions:
        for row, logits in zip(rows, reader(rows), strict=True):
            assert np.abs(logits - whole(model, np.array([row]), window)[0, -1]).max() < 1e-11
        with pytest.raises(MinilmError, match="ids: "):
            reader([[*row[: len(row) // 2], 9] for row in rows])


def with_a_token_that_is_nan(window=None):
    """A model, a cache of two rows that have read two tokens, and row 0's next step, which fails."""
    model = GPT(GPTConfig(vocab_size=9, tied=False), np.random.default_rng(0), np.float64)
    table = model.embed.weight.numpy()
    table[8] = np.nan
    model.embed.weight.data = table
    cache = KVCache(model, 2, window=window)
    step(model, np.array([[1, 2], [3, 4]]), cache)
    with pytest.raises(ValueError, match="isn't finite"):
        step(model, np.array([[5, 8], [3, 4]]), cache)
    return model, cache


def test_what_a_failed_step_wrote_reaches_no_row():
    model, cache = with_a_token_that_is_nan()
    step(model, np.array([[0, 0], [5, 6]]), cache, np.array([0, 2]))
    got = step(model, np.array([[7], [7]]), cache)[:, -1]
    for row, text in enumerate(([1, 2, 7], [3, 4, 5, 6, 7])):
        assert np.abs(got[row] - whole(model, np.array([text]))[0, -1]).max() < 1e-12


def test_a_ring_that_a_failed_step_wrote_into_asks_to_be_read_anew():
    model, cache = with_a_token_that_is_nan(window=3)
    with pytest.raises(MinilmError, match="cache: row 0 has lost its first 1 tokens"):
        step(model, np.array([[7], [7]]), cache)
    for row in range(2):
        cache.rewind(row, 0)
    texts = np.array([[1, 2, 7], [3, 4, 7]])
    assert np.abs(step(model, texts, cache) - whole(model, texts, 3)).max() < 1e-12


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 3), st.integers(1, 3), st.integers(0, 3))
def test_a_draft_never_shows(seed, size, n, guesses):
    def model(which):
        def chances(text, n):
            ends = range(len(text) - n + 1, len(text) + 1)
            return np.stack([np.random.default_rng([seed, which, *text[:end]]).dirichlet(np.ones(size)) for end in ends])  # fmt: skip

        return chances

    target, draft = model(1), model(2)
    found = distribution(lambda choose: speculative(target, draft, [0], n, guesses, choose).ids)
    for tokens, p in found.items():
        rows = target([0, *tokens[:-1]], n)
        alone = np.prod([row[t] for row, t in zip(rows, tokens, strict=True)])
        assert abs(p - alone) < 1e-12
