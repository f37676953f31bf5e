"""Lab 17.2: the model."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig, initialize
from minitorch import Tensor
from minitorch import functional as F
from minitorch.attention import leak
from minitorch.positions import sinusoidal

PAGE = "theory/03-the-whole-model.md"
PAST = "theory/04-only-the-past.md"
IDS = np.random.default_rng(0).integers(0, 31, (2, 10))


def model(dtype=np.float64, **given):
    small = {"d_model": 16, "d_ff": 24, "context_len": 12}
    return GPT(GPTConfig(31, **small | given), np.random.default_rng(0), dtype)


def test_the_canonical_model_is_counted_to_the_last_parameter():
    for v in (31, 64):
        got = sum(p.size for p in GPT(GPTConfig(v)).parameters())
        expect_equal(
            got,
            99_584 + 64 * v,
            what=f"the parameters of the canonical model with a vocabulary of {v}",
            idea="64 V off: the head. 128 off: a norm. 640 off: biases of the feed-forward.",
            page=PAGE,
        )


def test_the_parts_have_their_names():
    def ends(m):
        return [n for n, _ in m.named_parameters() if not n.startswith("blocks.")]

    for given, expected in (
        ({}, ["embed.weight", "final_norm.weight", "final_norm.bias"]),
        (
            {"tied": False, "norm": "rmsnorm"},
            ["embed.weight", "final_norm.weight", "head.weight"],
        ),
        (
            {"positions": "learned", "norm_place": "after"},
            ["embed.weight", "position_table.table.weight"],
        ),
    ):
        m = model(**given)
        expect_equal(
            ends(m),
            expected,
            what=f"the parameters outside the blocks with {given or 'nothing else'}",
            idea="What does each field add or take away?",
            page=PAGE,
        )
    expect_equal(
        (len(model(n_layers=3).blocks), model(positions="learned").position_table.length),
        (3, 12),
        what="how many blocks, and how many learned positions",
        idea="n_layers and context_len say so.",
        page=PAGE,
    )


def test_weights_that_write_into_the_stream_start_smaller():
    m = GPT(GPTConfig(300, d_model=128, n_layers=8, init_std=0.1), np.random.default_rng(0))
    for name, p in m.named_parameters():
        if p.ndim == 2:
            writes = name.endswith(("out.weight", "down.weight"))
            expect_close(
                p.data.std() / (0.025 if writes else 0.1),
                1.0,
                tol=0.03,
                what=f"the spread of {name} over what it should be, 8 layers, init_std 0.1",
                idea="How many parts add to the stream, and how do variances add up?",
                page=PAGE,
            )


def test_biases_start_at_zero_and_norms_at_one():
    m = model()
    for p in m.parameters():
        p.data = np.full(p.shape, 7.0)
    initialize(m, m.config, np.random.default_rng(5))
    expect_equal(
        (m.blocks[1].ffn.up.bias.data.any(), m.final_norm.weight.data[0]),
        (np.False_, 7.0),
        what="a bias, and a norm's gain of 7, after initialize",
        idea="Biases become 0; norms stay as they are.",
        page=PAGE,
    )
    first = m.embed.weight.numpy()
    initialize(m, m.config, np.random.default_rng(5))
    expect_true(
        np.array_equal(first, m.embed.weight.data) and first.std() < 1,
        what="the table after the same generator twice",
        expected="the same numbers, drawn anew",
        got="others",
        idea="Only the generator that is given is asked.",
        page=PAGE,
    )


def test_the_stream_begins_with_rows_of_the_table_and_of_positions():
    p = np.array([[0, 1, 2], [5, 6, 7]])
    ids = IDS[:, :3]
    for kind in ("rope", "sinusoidal", "learned"):
        m = model(positions=kind)
        expected = m.embed.weight.data[ids]
        if kind == "learned":
            expected = expected + m.position_table.table.weight.data[p]
        if kind == "sinusoidal":
            expected = expected + sinusoidal(p.ravel(), 16).reshape(2, 3, 16)
        expect_close(
            m.stream(ids, p).data,
            expected,
            tol=1e-12,
            what=f"what enters the first block with positions={kind!r}",
            idea="Are rows for positions added, and for the positions that were given?",
            page=PAGE,
        )


def test_the_head_scores_by_the_table_or_by_its_own():
    x = Tensor(np.random.default_rng(1).normal(size=(2, 3, 16)))
    for tied in (True, False):
        m = model(tied=tied)
        weight = m.embed.weight if tied else m.head.weight
        expect_close(
            m.logits(x).data,
            F.linear(F.layer_norm(x, *m.final_norm.parameters(), 1e-5), weight).data,
            tol=1e-10,
            what=f"logits of a stream, tied={tied}",
            idea="A norm, then one product with each row of which table? And no softmax.",
            page=PAGE,
        )
    after = model(norm_place="after")
    expect_close(
        after.logits(x).data,
        F.linear(x, after.embed.weight).data,
        tol=1e-10,
        what="logits of a model whose norms stand behind",
        idea="Each block has normalized what it hands on; nothing is left to do.",
        page=PAGE,
    )


def test_the_whole_by_hand():
    m = model(n_layers=3)
    x = m.embed(IDS)
    for block in m.blocks:
        x = block(x)
    expect_close(
        m(IDS).data,
        m.logits(x).data,
        tol=1e-12,
        what="logits of (2, 10) ids through three blocks",
        idea="The table, every block once, the head.",
        page=PAGE,
    )
    x = m.embed(IDS)
    for block in m.blocks:
        x = block(x, 2 * np.arange(10))
    expect_close(
        m(IDS, positions=2 * np.arange(10)).data,
        m.logits(x).data,
        tol=1e-12,
        what="logits at positions 0, 2, 4, ...",
        idea="RoPE is in the blocks. Do positions get there?",
        page=PAGE,
    )
    expect_equal(
        (m(IDS[0]).shape, str(model(np.float32)(IDS).dtype)),
        ((10, 31), "float32"),
        what="the shape for one row, and the dtype of a model in float32",
        idea="Nothing on the way is float64 by itself.",
        page=PAGE,
    )


def test_a_waved_model_in_float32_stays_in_it():
    expect_equal(
        str(model(np.float32, positions="sinusoidal")(IDS).dtype),
        "float32",
        what="the dtype of logits with sinusoidal positions",
        idea="The table of waves is computed in float64. In which dtype is it added?",
        page=PAGE,
    )


def test_nothing_leaks():
    for kind in ("rope", "alibi", "learned"):
        expect_equal(
            leak(model(positions=kind), IDS, (IDS + 1) % 31, axis=1),
            None,
            what=f"where a model with positions={kind!r} tells the past about the future",
            idea="Bit for bit. Which step mixes positions, and does it hide the later ones?",
            page=PAST,
        )


def test_a_packed_row_is_two_rows():
    mask = np.zeros((10, 10), bool)
    mask[:4, :4] = mask[4:, 4:] = True
    places = np.r_[0:4, 0:6]
    for kind in ("rope", "learned", "alibi", "sinusoidal"):
        m = model(positions=kind)
        got = m(IDS, mask=mask, positions=np.stack([places, places])).data
        expect_close(
            got,
            np.concatenate([m(IDS[:, :4]).data, m(IDS[:, 4:]).data], axis=1),
            tol=1e-10,
            what=f"two texts in a row with a mask and positions of their own, {kind!r}",
            idea="Do mask and positions reach every block, and the positions what is added?",
            page=PAST,
        )


def test_one_table_gets_both_gradients():
    m = model()
    F.cross_entropy(m(IDS), IDS).backward()
    unseen = sorted(set(range(31)) - set(IDS.ravel().tolist()))[0]
    expect_true(
        np.abs(m.embed.weight.grad[unseen]).max() > 0,
        what=f"the gradient of row {unseen} of a tied table, a token that isn't in the text",
        expected="not 0: every row is scored against",
        got="0",
        idea="Is the head the table itself, or a copy of it?",
        page=PAGE,
    )


def test_what_cant_be_is_refused():
    m = model(positions="learned")
    for what, args, kwargs in (
        ("ids", (np.zeros((1, 13), int),), {}),
        ("ids", ([[0, 31]],), {}),
        ("ids", ([[0, -1]],), {}),
        ("ids", ([[0.5]],), {}),
        ("mask", (IDS,), {"mask": np.ones((3, 3), bool)}),
        ("mask", (IDS,), {"mask": np.ones((10, 10))}),
        ("positions", (IDS,), {"positions": np.arange(9)}),
        ("positions", (IDS,), {"positions": np.arange(10) + 3}),
    ):
        with expect_raises(
            MinilmError,
            what=f"{what} that can't be",
            idea="It is checked before anything of yours runs.",
            page=PAGE,
            mentions=f"{what}:",
        ):
            m(*args, **kwargs)
