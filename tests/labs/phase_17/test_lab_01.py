"""Lab 17.1: the block, by hand."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minilm.gpt import Block, GPTConfig, SelfAttention, make_norm
from minitorch import Tensor
from minitorch.attention import MultiHeadAttention, leak
from minitorch.nn import LayerNorm
from minitorch.positions import frequencies, rope

PAGE = "theory/02-a-block.md"
PAST = "theory/04-only-the-past.md"


def numbers(*shape, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def config(**given):
    return GPTConfig(5, **{"d_model": 16, "n_heads": 4, "d_ff": 12} | given)


def shaken(module, seed=0):
    rng = np.random.default_rng(seed)
    for p in module.parameters():
        p.data = p.data + 0.3 * rng.normal(size=p.shape)
    return module


def by_hand(q, k, v, bias):
    """Softmax of scores plus bias, as numbers; q, k, v (B, H, T, d)."""
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]) + bias
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True) @ v


def causal(t):
    return np.where(np.tri(t, dtype=bool), 0, -np.inf)


def test_queries_and_keys_are_turned_and_only_with_rope():
    x = Tensor(numbers(2, 5, 16))
    for kind in ("rope", "none"):
        layer = shaken(SelfAttention(config(positions=kind, n_kv_heads=2, rope_base=100.0)))
        plain = MultiHeadAttention.project(layer, x)
        w = frequencies(4, 100.0)
        for a, b, name in zip(layer.project(x), plain, "qkv", strict=True):
            turns = kind == "rope" and name != "v"
            expect_close(
                a.data,
                rope(b, w=w).data if turns else b.data,
                tol=1e-5,
                what=f"{name} of a layer with positions={kind!r} and rope_base=100",
                idea="Who is turned, by which frequencies, and who isn't?",
                page=PAGE,
            )


def test_positions_that_are_given_turn_each_row_by_its_own():
    layer = shaken(SelfAttention(config()))
    x, p = Tensor(numbers(2, 4, 16)), np.array([[0, 1, 2, 3], [7, 0, 1, 2]])
    _, k, _ = layer.project(x, p)
    plain = MultiHeadAttention.project(layer, x)[1]
    for row in range(2):
        expect_close(
            k.data[row],
            rope(plain[row], p[row], frequencies(4)).data,
            tol=1e-5,
            what=f"keys of row {row} of positions (2, 4)",
            idea="Do the positions reach the turning, row by row?",
            page=PAGE,
        )


def test_alibi_takes_the_distance_off_and_keeps_the_mask():
    layer = SelfAttention(config(positions="alibi"))
    p = np.array([0, 1, 5])
    slopes = np.array([1 / 4, 1 / 16, 1 / 64, 1 / 256])
    distance = np.abs(p[:, None] - p)
    bias = layer.scores_mask(p, None)
    expect_close(
        np.broadcast_to(bias, (1, 4, 3, 3)),
        -slopes[:, None, None] * distance[None, None],
        tol=1e-12,
        what="the mask of an ALiBi layer at positions 0, 1, 5",
        idea="Which slope has head h, and how far apart are the positions that were given?",
        page=PAGE,
    )
    seen = np.ones((2, 1, 3, 3), bool)
    seen[1, 0, 2, 0] = False
    masked = layer.scores_mask(np.stack([p, p]), seen)
    expect_equal(
        (masked.shape, bool(np.isneginf(masked[1, :, 2, 0]).all()), int(np.isneginf(masked).sum())),
        ((2, 4, 3, 3), True, 4),
        what="the same with a mask that forbids one pair in one row",
        idea="Where the mask forbids, no slope counts any more.",
        page=PAGE,
    )
    expect_true(
        SelfAttention(config()).scores_mask(p, seen) is seen,
        what="the mask of a layer without ALiBi",
        expected="the one that was given",
        got="another",
        idea="Only ALiBi adds to the scores.",
        page=PAGE,
    )


def test_attention_by_hand():
    layer = shaken(SelfAttention(config(n_kv_heads=2, attn_bias=True)))
    x = Tensor(numbers(2, 5, 16))
    q, k, v = (t.data.astype(np.float64) for t in layer.project(x))
    found = by_hand(q, np.repeat(k, 2, 1), np.repeat(v, 2, 1), causal(5))
    rows = found.transpose(0, 2, 1, 3).reshape(2, 5, 16)
    expect_close(
        layer(x).data,
        rows @ layer.out.weight.data.T.astype(np.float64) + layer.out.bias.data,
        tol=2e-5,
        what="a layer with grouped heads and biases, on (2, 5, 16)",
        idea="Project, turn, score, mask, mix, merge, and one map more.",
        page=PAGE,
    )


def test_a_mask_forbids_besides_the_future():
    layer = shaken(SelfAttention(config(positions="alibi")))
    x = numbers(1, 6, 16)
    block = np.zeros((6, 6), bool)
    block[:2, :2] = block[2:, 2:] = True
    alone = layer(Tensor(x[:, 2:])).data
    expect_close(
        layer(Tensor(x), mask=block).data[:, 2:],
        alone,
        tol=1e-5,
        what="positions 2 to 5, when the mask hides 0 and 1",
        idea="Does the mask reach attention, and causality stay?",
        page=PAST,
    )


def test_the_block_has_its_parts():
    names = [
        *["attn_norm.weight", "attn_norm.bias", "attn.query.weight", "attn.key.weight"],
        *["attn.value.weight", "attn.out.weight", "ffn_norm.weight", "ffn_norm.bias"],
        *["ffn.up.weight", "ffn.up.bias", "ffn.down.weight", "ffn.down.bias"],
    ]
    expect_equal(
        [n for n, _ in Block(config()).named_parameters()],
        names,
        what="the names of a block's parameters",
        idea="Four parts, in the order in which they are used.",
        page=PAGE,
    )
    for place in ("before", "after", "none"):
        block = Block(config(norm_place=place, norm="rmsnorm", norm_eps=0.5))
        kinds = [type(n).__name__ for n in (block.attn_norm, block.ffn_norm)]
        expect_equal(
            kinds,
            ["NoneType" if place == "none" else "RMSNorm"] * 2,
            what=f"the two norms with norm_place={place!r}",
            idea="Two norms, or none.",
            page=PAGE,
        )
    two = Block(config())
    expect_true(
        two.attn_norm is not two.ffn_norm and isinstance(two.attn_norm, LayerNorm),
        what="the norms of one block",
        expected="two LayerNorms",
        got=f"{two.attn_norm!r} twice",
        idea="Each has its own gain.",
        page=PAGE,
    )
    for norm in ("layernorm", "rmsnorm"):
        expect_equal(
            make_norm(config(norm=norm, norm_eps=0.5)).eps,
            0.5,
            what=f"the eps of a {norm}",
            idea="The configuration says which.",
            page=PAGE,
        )


def test_the_block_by_hand():
    for place in ("before", "after", "none"):
        block = shaken(Block(config(norm_place=place)))
        x = Tensor(numbers(2, 5, 16))
        if place == "before":
            h = x + block.attn(block.attn_norm(x))
            expected = h + block.ffn(block.ffn_norm(h))
        elif place == "after":
            h = block.attn_norm(x + block.attn(x))
            expected = block.ffn_norm(h + block.ffn(h))
        else:
            h = x + block.attn(x)
            expected = h + block.ffn(h)
        expect_close(
            block(x).data,
            expected.data,
            tol=1e-5,
            what=f"a block with norm_place={place!r}",
            idea="Two steps: which stream does the second one read?",
            page=PAGE,
        )


def test_a_block_of_zeros_is_the_identity():
    block = Block(config())
    for p in block.parameters():
        p.data = np.zeros(p.shape)
    x = numbers(2, 5, 16)
    expect_equal(
        block(Tensor(x)).data.tobytes(),
        x.tobytes(),
        what="a block whose numbers are all 0",
        idea="If no part adds anything, what is left of the stream?",
        page=PAGE,
    )


def test_nothing_leaks_and_positions_and_mask_reach_attention():
    block = shaken(Block(config()))
    x = numbers(2, 6, 16)
    expect_equal(
        leak(lambda y: block(Tensor(y)), x, x + 1),
        None,
        what="where a block tells the past about the future",
        idea="Is attention causal, and does nothing else mix positions?",
        page=PAST,
    )
    own = np.array([3, 9, 1, 0, 4, 2])
    mask = np.eye(6, dtype=bool)
    for name, given in (("positions", {"positions": own}), ("mask", {"mask": mask})):
        h = x + block.attn(block.attn_norm(Tensor(x)), **given).data
        expect_close(
            block(Tensor(x), **given).data,
            h + block.ffn(block.ffn_norm(Tensor(h))).data,
            tol=1e-5,
            what=f"a block that is given a {name}",
            idea="Hand it on.",
            page=PAST,
        )
