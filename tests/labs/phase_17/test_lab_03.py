"""Lab 17.3: what it costs."""

import itertools
from dataclasses import replace

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minilm.accounting import forward_flops, parameter_counts, score_bytes, training_bytes
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minitorch.nn import costs

PAGE = "theory/05-accounting.md"
SMALL = GPTConfig(31, d_model=24, n_heads=4, n_layers=3, d_ff=20, context_len=12)


def parts(model):
    """The parameters of a model by part, counted on the model."""
    seen = dict.fromkeys(("embed", "positions", "attention", "ffn", "norms", "head"), 0)
    for name, p in model.named_parameters():
        kinds = {"embed.": "embed", "position_table.": "positions", "head.": "head"}
        kind = next((k for start, k in kinds.items() if name.startswith(start)), "")
        kind = kind or ("norms" if "norm" in name else "attention" if ".attn." in name else "ffn")
        seen[kind] += p.size
    return seen


def test_every_configuration_is_counted_as_it_is_built():
    for place, norm, ffn, b1, b2, tied, kv, pos in itertools.product(
        ("before", "after", "none"),
        ("layernorm", "rmsnorm"),
        ("gelu", "swiglu"),
        (True, False),
        (True, False),
        (True, False),
        (None, 2),
        ("rope", "learned"),
    ):
        c = replace(
            SMALL,
            norm_place=place,
            norm=norm,
            ffn=ffn,
            ffn_bias=b1,
            attn_bias=b2,
            tied=tied,
            n_kv_heads=kv,
            positions=pos,
        )
        expect_equal(
            list(parameter_counts(c).items()),
            list(parts(GPT(c, np.random.default_rng(0))).items()),
            what=f"the parameters of {c}",
            idea="Which part is off, and by how much? The difference names the tensor.",
            page=PAGE,
        )


def test_gpt2_is_counted_as_published():
    gpt2 = GPTConfig(
        50_257,
        d_model=768,
        n_heads=12,
        n_layers=12,
        d_ff=3072,
        context_len=1024,
        attn_bias=True,
        positions="learned",
    )
    expect_equal(
        sum(parameter_counts(gpt2).values()),
        124_439_808,
        what="the parameters of GPT-2",
        idea="Counted from the configuration; nothing of this size is built.",
        page=PAGE,
    )


def test_operations_are_those_of_the_graph():
    for ffn, kv, layers in (("gelu", None, 2), ("swiglu", 2, 3)):
        c = replace(SMALL, ffn=ffn, n_kv_heads=kv, n_layers=layers)
        model = GPT(c, np.random.default_rng(0))
        for t in (1, 7, 12):
            counted = forward_flops(c, t)
            graph = costs.forward_flops(model(np.zeros((1, t), int)))
            expect_equal(
                (list(counted), sum(n for k, n in counted.items() if k != "scores")),
                (["projections", "scores", "ffn", "head"], graph),
                what=f"the products of {t} tokens, scores aside, {ffn}, n_kv_heads {kv}, {layers} layers",
                idea="Two operations for each multiply-add: how often is each weight used?",
                page=PAGE,
            )
            expect_equal(
                counted["scores"],
                layers * sum(2 * 2 * t * t * c.d_head for _ in range(c.n_heads)),
                what=f"the operations of the scores and shares of {t} tokens",
                idea="Every head multiplies every query by every key, and every share by every value.",
                page=PAGE,
            )


def test_bytes_that_stay():
    c = replace(SMALL, tied=False)
    n = sum(parameter_counts(c).values())
    for size in (4, 8):
        expect_equal(
            list(training_bytes(c, size).items()),
            [("parameters", size * n), ("gradients", size * n), ("state", 2 * size * n)],
            what=f"the bytes that stay with numbers of {size}",
            idea="What does AdamW remember of each parameter?",
            page=PAGE,
        )


def test_shares_grow_with_the_square():
    expect_close(
        [score_bytes(SMALL, 2, t) for t in (6, 12)] + [score_bytes(SMALL, 1, 6, 8)],
        [4 * 2 * 3 * 4 * 36, 4 * 2 * 3 * 4 * 144, 8 * 3 * 4 * 36],
        tol=0,
        what="the bytes of the shares of attention: batch 2 with 6 and 12 tokens, then 1 with 8 bytes a number",
        idea="One number for each layer, head, query and key of each row.",
        page=PAGE,
    )


def test_no_more_tokens_than_the_context():
    for call in (lambda: forward_flops(SMALL, 13), lambda: score_bytes(SMALL, 1, 0)):
        with expect_raises(
            MinilmError,
            what="tokens beyond the context",
            idea="Given.",
            page=PAGE,
            mentions="tokens",
        ):
            call()
