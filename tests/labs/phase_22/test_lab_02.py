"""Lab 22.2: one step: the same logits as without a cache, for every scheme of positions and rows of any lengths."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.cache import KVCache, cached_mask, step, visible
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minitorch import no_grad

PAGE = "theory/03-one-step.md"
SCHEMES = ("rope", "learned", "sinusoidal", "alibi", "none")


def gpt(dtype=np.float64, seed=0, **fields):
    given = {"vocab_size": 11, "d_model": 16, "n_heads": 4, "n_layers": 2, "d_ff": 32, "context_len": 24, "init_std": 0.3}  # fmt: skip
    return GPT(GPTConfig(**(given | fields)), np.random.default_rng(seed), dtype)


def texts(batch, length, seed=1):
    return np.random.default_rng(seed).integers(0, 11, (batch, length))


def whole(model, ids):
    with no_grad():
        return model(ids).numpy()


def in_pieces(model, ids, sizes):
    """Logits of a text that is read in pieces of these sizes."""
    cache, at, rows = KVCache(model, len(ids)), 0, []
    for size in sizes:
        rows.append(step(model, ids[:, at : at + size], cache))
        at += size
    return np.concatenate(rows, axis=1)


def close(got, expected, what, idea, tol=1e-12):
    expect_close(got, expected, tol=tol, what=what, idea=idea, page=PAGE)


def test_a_key_is_seen_from_its_place_on():
    got = visible(np.array([[2, 3]]), np.array([[0, 1, 2, 3, -1]]))
    expect_equal(
        got.tolist(),
        [[[[True, True, True, False, False], [True, True, True, True, False]]]],
        what="what queries at 2 and 3 see of keys at 0, 1, 2, 3 and a slot that is empty",
        idea="A query sees itself and all before; an empty slot has a position below 0.",
        page=PAGE,
    )
    rows = visible(np.array([[4], [1]]), np.array([[4, 5, 2, 3], [0, 1, -2, -1]]), window=3)
    expect_equal(
        rows.tolist(),
        [[[[True, False, True, True]]], [[[True, True, False, False]]]],
        what="two rows at 4 and 1 with a window of 3 and their keys in a ring",
        idea="With a window of 3 the query at 4 sees 2, 3 and itself.",
        page=PAGE,
    )
    far = visible(np.array([[5]]), np.array([[1, 2, 3, 4, 5]]), window=2)
    expect_equal(
        far.tolist(),
        [[[[False, False, False, True, True]]]],
        what="a query at 5 with a window of 2",
        idea="Count the query itself.",
        page=PAGE,
    )


def test_one_token_at_a_time():
    for scheme in SCHEMES:
        model, ids = gpt(positions=scheme), texts(2, 20)
        close(
            in_pieces(model, ids, [1] * 20),
            whole(model, ids),
            f"logits of 20 tokens, read one by one, positions {scheme}",
            "Where does the newest token stand, and does everything that must know it know it: what is added, what turns, what is taken off?",
        )


def test_a_prompt_then_tokens():
    for scheme in SCHEMES:
        model, ids = gpt(positions=scheme, n_kv_heads=2), texts(2, 20)
        for sizes in ([12, *[1] * 8], [3, 5, 4, 8], [20]):
            close(
                in_pieces(model, ids, sizes),
                whole(model, ids),
                f"logits of a text read in pieces of {sizes}, positions {scheme}, two heads of keys for four",
                "Tokens of one piece mustn't see each other's future, and all see what the cache holds.",
            )


def test_every_block():
    for fields in (
        {"norm": "rmsnorm", "ffn": "swiglu", "tied": False},
        {"norm_place": "after", "ffn": "relu"},
        {"norm_place": "none", "ffn": "gelu_tanh", "attn_bias": True},
        {"n_layers": 5, "n_kv_heads": 1, "rope_base": 100.0},
    ):
        model, ids = gpt(**fields), texts(1, 12)
        close(
            in_pieces(model, ids, [5, *[1] * 7]),
            whole(model, ids),
            f"logits of a model with {fields}",
            "The model's own parts, in the model's own order: `residual_step`, each block's norms and place, its head.",
        )


def test_float32_and_the_same_tokens():
    model = gpt(np.float32, d_model=32, context_len=130)
    ids = [3]
    for _ in range(120):
        ids.append(int(whole(model, np.array([ids]))[0, -1].argmax()))
    cache, mine = KVCache(model), [3]
    for _ in range(120):
        logits = step(model, np.array([mine[-1:]]), cache)
        mine.append(int(logits[0, 0].argmax()))
    expect_equal(mine, ids, what="120 tokens, the likeliest each, float32", idea="Where do they part first? At the first step, or later?", page=PAGE)  # fmt: skip
    close(
        logits[0, 0],
        whole(model, np.array([ids[:-1]]))[0, -1],
        "the last logits in float32",
        "A difference that grows with the text is no rounding.",
        1e-5,
    )
    expect_equal(logits.dtype, np.dtype(np.float32), what="their dtype", idea="The model's.", page=PAGE)  # fmt: skip


def test_each_row_equals_that_row_alone():
    lengths = np.array([3, 9, 6, 1])
    for scheme in SCHEMES:
        model, ids = gpt(positions=scheme), texts(4, 16)
        cache = KVCache(model, 4)
        prompt = step(model, ids[:, :9], cache, lengths)
        steps = [
            step(model, ids[np.arange(4), lengths + n][:, None], cache)[:, 0] for n in range(6)
        ]
        for row, length in enumerate(lengths):
            alone = whole(model, ids[row : row + 1])[0]
            close(
                prompt[row, :length],
                alone[:length],
                f"the prompt of {length} tokens among longer ones, positions {scheme}",
                "Padding stands behind: does anybody see it?",
            )
            close(
                np.stack([s[row] for s in steps]),
                alone[length : length + 6],
                f"six tokens behind a prompt of {length}, positions {scheme}",
                "Each row has positions of its own, and slots of its own.",
            )


def test_a_row_may_wait():
    model, ids = gpt(positions="learned"), texts(2, 24)
    cache = KVCache(model, 2)
    step(model, ids[:, :24], cache, np.array([24, 2]))
    logits = step(model, ids[:, 2:5], cache, np.array([0, 3]))
    expect_equal(cache.lengths.tolist(), [24, 5], what="lengths after one row waited", idea="Given.", page=PAGE)  # fmt: skip
    close(
        logits[1],
        whole(model, ids[1:, :5])[0, 2:],
        "a row of 2 that reads three more while a full one waits",
        "A row that reads nothing has positions too: which ones does every table have?",
    )
    fresh = KVCache(model, 2)
    step(model, ids[:, :1], fresh, np.array([1, 0]))
    close(
        step(model, ids[:, 1:2], fresh, np.array([1, 0]))[0],
        whole(model, ids[:1, :2])[0, 1:],
        "a row beside one that has read nothing yet",
        "Its positions mustn't fall below 0.",
    )


def test_alibi_takes_off_the_distance():
    layer = gpt(positions="alibi").blocks[0].attn
    got = cached_mask(layer, np.array([[5]]), np.array([[3, 4, 5, -1]]), None)
    close(
        got[0, :, 0, :3],
        np.array([[-2 * s, -s, 0] for s in (0.25, 0.0625, 0.015625, 0.00390625)]),
        "what each of four heads takes off at distances 2, 1 and 0",
        "The keys lie elsewhere than the queries; the distance is of positions.",
    )
    expect_true(
        np.isneginf(got[0, :, 0, 3]).all(),
        what="what an empty slot gets",
        expected="-inf in every head",
        got=got[0, :, 0, 3].tolist(),
        idea="Nobody sees it, whatever its distance.",
        page=PAGE,
    )
    plain = gpt().blocks[0].attn
    expect_true(
        cached_mask(plain, np.array([[2]]), np.array([[0, 1, 2]]), None) is None,
        what="the mask of a query that sees all there is",
        expected="None",
        got="a mask",
        idea="A mask of True alone costs time and does nothing.",
        page=PAGE,
    )


def test_no_graph_is_made():
    model = gpt()
    mixed = []

    def mix(q, k, v, *, mask=None):
        from minitorch.attention import attention

        mixed.append((q.requires_grad, mask))
        return attention(q, k, v, mask=mask)

    cache = KVCache(model)
    ids = texts(1, 4)
    got = step(model, ids, cache, mix=mix)
    expect_equal(
        [wants for wants, _ in mixed],
        [False, False],
        what="whether queries want a gradient, for each of two layers",
        idea="`mix` is called once a layer, in the place of `attention`.",
        page=PAGE,
    )
    close(got, whole(model, ids), "logits with a `mix` that is given", "The same call.")


def test_bad_input_is_named():
    model = gpt()
    cache = KVCache(model, 2)
    step(model, texts(2, 20), cache)
    told = {"what": "a step that can't be", "idea": "Given: it names the value.", "page": PAGE}
    with expect_raises(MinilmError, mentions="5 tokens for row 0, which has 20; it holds 24", **told):  # fmt: skip
        step(model, texts(2, 5), cache)
    with expect_raises(MinilmError, mentions="n_layers 2 there, 3 here", **told):
        step(gpt(n_layers=3), texts(2, 1), cache)
    with expect_raises(MinilmError, mentions="other weights", **told):
        step(gpt(seed=5), texts(2, 1), cache)
    with expect_raises(MinilmError, mentions="ids: 0 to 11", **told):
        step(model, np.array([[0], [11]]), cache)
    with expect_raises(MinilmError, mentions="counts", **told):
        step(model, texts(2, 1), cache, np.array([2, 1]))
    with expect_raises(MinilmError, mentions="ids: lists of different lengths", **told):
        step(model, [[1, 2], [3]], cache)
    with expect_raises(MinilmError, mentions="counts: [0, 0]", **told):
        step(model, texts(2, 1), KVCache(model, 2), np.array([0, 0]))
    with expect_raises(MinilmError, mentions="30 tokens for row 0, which has 0; it holds 24", **told):  # fmt: skip
        step(model, texts(2, 30), KVCache(model, 2))
    expect_equal(cache.lengths.tolist(), [20, 20], what="lengths afterwards", idea="Given.", page=PAGE)  # fmt: skip
    untied = gpt(tied=False)
    weight = untied.head.weight.numpy()
    weight[7] = np.nan
    untied.head.weight.data = weight
    fresh = KVCache(untied, 1)
    with expect_raises(MinilmError, mentions="nan for token 7, row 0, new token 0", **told):
        step(untied, texts(1, 3), fresh)
    expect_equal(fresh.lengths.tolist(), [0], what="its lengths", idea="Given.", page=PAGE)
