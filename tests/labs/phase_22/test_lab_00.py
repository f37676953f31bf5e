"""Lab 22.0: bytes and operations, on paper first."""

import numpy as np

from given.checking import expect_equal
from minilm.accounting import forward_flops
from minilm.cache import KVCache, cache_bytes, step_bytes, step_flops, tokens_that_fit
from minilm.gpt import GPT, GPTConfig

BYTES, COST = "theory/01-to-the-byte.md", "theory/02-what-a-token-costs.md"
KINDS = (
    {},
    {"n_kv_heads": 2},
    {"n_kv_heads": 1, "n_layers": 3},
    {"d_model": 24, "n_heads": 2, "d_ff": 20, "ffn": "swiglu", "tied": False},
    {"context_len": 40, "vocab_size": 7, "attn_bias": True, "positions": "learned"},
)


def config(**fields):
    given = {"vocab_size": 11, "d_model": 16, "n_layers": 2, "d_ff": 32, "context_len": 24}
    return GPTConfig(**(given | fields))


LLAMA_7B = GPTConfig(vocab_size=32_000, d_model=4096, n_heads=32, n_layers=32, d_ff=11_008, context_len=4096, ffn="swiglu", tied=False)  # fmt: skip


def test_bytes_are_those_of_the_arrays():
    for fields in KINDS:
        for batch, dtype in ((1, np.float32), (3, np.float64)):
            model = GPT(config(**fields), np.random.default_rng(0), dtype)
            n = model.config.context_len
            expect_equal(
                cache_bytes(model.config, batch, n, np.dtype(dtype).itemsize),
                KVCache(model, batch).nbytes,
                what=f"the bytes of a cache of {batch} rows of {n} tokens, {np.dtype(dtype)}, {fields}",
                idea="How many arrays are kept, and what are the axes of each? Which heads have keys of their own?",
                page=BYTES,
            )


def test_bytes_of_known_models():
    cases = (
        (LLAMA_7B, 1, 4096, 2, 2 << 30),
        (GPTConfig(vocab_size=50_257, d_model=768, n_heads=12, n_layers=12, d_ff=3072), 1, 1, 2, 36 << 10),
        (GPTConfig(vocab_size=100, d_model=8192, n_heads=64, n_kv_heads=8, n_layers=80), 1, 1, 2, 320 << 10),
        (GPTConfig(vocab_size=100), 1, 1, 4, 1 << 10),
    )  # fmt: skip
    for known, batch, tokens, itemsize, expected in cases:
        expect_equal(
            cache_bytes(known, batch, tokens, itemsize),
            expected,
            what=f"bytes of {tokens} tokens with {known.n_layers} layers and {known.kv_heads} heads of keys",
            idea="Multiply what page 01 multiplies, and write the units beside it.",
            page=BYTES,
        )


def test_tokens_that_fit():
    one = cache_bytes(config(), 3, 1, 2)
    for budget, expected in ((10 * one, 10), (10 * one - 1, 9), (10 * one + 1, 10), (1, 0)):
        expect_equal(
            tokens_that_fit(config(), 3, budget, 2),
            expected,
            what=f"tokens for each of 3 rows in {budget} bytes, where a token of all three takes {one}",
            idea="A token that fits in part doesn't fit.",
            page=BYTES,
        )
    expect_equal(
        tokens_that_fit(LLAMA_7B, 8, 26 << 30, 2),
        6656,
        what="Llama-2-7B, 8 rows, 26 GiB in 2 bytes each",
        idea="An int: `/` gives a float, which is wrong from 2 to the 53rd on.",
        page=BYTES,
    )
    expect_equal(
        tokens_that_fit(config(), 1, 3**45, 1),
        3**45 // cache_bytes(config(), 1, 1, 1),
        what="a budget of 3 to the 45th",
        idea="Whole numbers stay exact if no float comes between.",
        page=BYTES,
    )


def test_a_whole_text_costs_what_the_model_costs():
    for fields in KINDS:
        for n in (1, 9):
            expect_equal(
                step_flops(config(**fields), n, n),
                sum(forward_flops(config(**fields), n).values()),
                what=f"operations of a step that reads all of {n} tokens, {fields}",
                idea="With nothing in the cache it is the forward pass of phase 17.",
                page=COST,
            )


def test_a_step_is_linear_in_what_it_sees():
    for fields in KINDS:
        c = config(**fields)
        costs = [step_flops(c, 1, n) for n in (1, 2, 3, 1003)]
        expect_equal(
            [costs[1] - costs[0], costs[2] - costs[1], costs[3] - costs[2]],
            [4 * c.n_layers * c.d_model * n for n in (1, 1, 1000)],
            what=f"how much more a step costs for each token that it sees, {fields}",
            idea="Two products touch the cache: a query with each key, a share with each value. Do all query heads do it?",
            page=COST,
        )
        expect_equal(
            step_flops(c, 3, 10),
            3 * step_flops(c, 1, 10),
            what="three new tokens at once, of a length of 10",
            idea="Scores behind the mask are computed too.",
            page=COST,
        )


def test_bytes_of_a_step():
    for fields in KINDS:
        c = config(**fields)
        model = GPT(c, np.random.default_rng(0))
        weights = sum(
            p.data.nbytes
            for name, p in model.named_parameters()
            if p.ndim == 2 and "embed" not in name and "position_table" not in name
        )
        head = model.embed.weight.data.nbytes if c.tied else 0
        expect_equal(
            step_bytes(c, 2, 9),
            {"weights": weights + head, "cache": cache_bytes(c, 2, 9)},
            what=f"the bytes that a step of two rows reads, {fields}",
            idea="Every weight of a product once, however many rows there are. A tied head is a product too.",
            page=COST,
        )
    expect_equal(
        step_bytes(config(), 5, 7, 2)["weights"] * 2,
        step_bytes(config(), 1, 7, 4)["weights"],
        what="weights in numbers of 2 bytes for 5 rows, and of 4 for one",
        idea="Rows share the weights; the size of a number counts.",
        page=COST,
    )
    expect_equal(
        step_bytes(config(), 5, 7, 2)["cache"],
        cache_bytes(config(), 5, 7, 2),
        what="the cache of 5 rows in numbers of 2 bytes",
        idea="Rows don't share what they have read.",
        page=COST,
    )
