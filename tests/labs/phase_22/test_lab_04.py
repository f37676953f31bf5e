"""Lab 22.4: windows and prefixes: a ring of slots, and texts that share their beginning."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.cache import KVCache, step
from minilm.errors import MinilmError
from minilm.generate import Request, generate
from minilm.gpt import GPT, GPTConfig
from minilm.reader import Reader, assigned, common_prefix
from minilm.sample import Settings
from minilm.speakers import of_gpt
from minitorch import no_grad

PAGE = "theory/05-windows-and-prefixes.md"
SCHEMES = ("rope", "learned", "sinusoidal", "alibi", "none")


def gpt(dtype=np.float64, **fields):
    given = {"vocab_size": 11, "d_model": 16, "n_heads": 4, "n_layers": 2, "d_ff": 32, "context_len": 24, "init_std": 0.3}  # fmt: skip
    return GPT(GPTConfig(**(given | fields)), np.random.default_rng(0), dtype)


def texts(batch, length, seed=1):
    return np.random.default_rng(seed).integers(0, 11, (batch, length))


def windowed(model, ids, window):
    """The model's own logits, where nobody sees farther than the window."""
    t = ids.shape[1]
    mask = np.tri(t, dtype=bool) & ~np.tri(t, k=-window, dtype=bool)
    with no_grad():
        return model(ids, mask=mask).numpy()


def close(got, expected, what, idea, tol=1e-12):
    expect_close(got, expected, tol=tol, what=what, idea=idea, page=PAGE)


def test_a_window_in_any_pieces():
    ids = texts(2, 20)
    for scheme in SCHEMES:
        model = gpt(positions=scheme, n_kv_heads=2)
        for window, sizes in ((5, [1] * 20), (5, [4, 9, 1, 1, 5]), (6, [20]), (1, [3, *[1] * 17]), (24, [7, 13])):  # fmt: skip
            cache, at, rows = KVCache(model, 2, window=window), 0, []
            for size in sizes:
                rows.append(step(model, ids[:, at : at + size], cache))
                at += size
            close(
                np.concatenate(rows, axis=1),
                windowed(model, ids, window),
                f"a window of {window}, read in pieces of {sizes}, positions {scheme}",
                "When several tokens come at once, the first of them still sees a key whose slot the last one takes.",
            )


def test_a_window_with_unequal_rows():
    ids, lengths = texts(3, 20), np.array([3, 11, 7])
    model = gpt()
    cache = KVCache(model, 3, window=4)
    prompt = step(model, ids[:, :11], cache, lengths)
    more = step(model, np.stack([ids[r, n : n + 3] for r, n in enumerate(lengths)]), cache, np.array([3, 2, 0]))  # fmt: skip
    one = step(model, np.stack([ids[r, n : n + 1] for r, n in enumerate(lengths + np.array([3, 2, 0]))]), cache)  # fmt: skip
    for row, (length, count) in enumerate(zip(lengths, (3, 2, 0), strict=True)):
        alone = windowed(model, ids[row : row + 1], 4)[0]
        close(prompt[row, :length], alone[:length], f"a prompt of {length} with a window of 4", "Padding behind isn't kept.")  # fmt: skip
        close(more[row, :count], alone[length : length + count], f"{count} more of row {row}", "Each row has its own places in the ring.")  # fmt: skip
        close(one[row, 0], alone[length + count], f"one more of row {row}", "What of the new ones is kept, where there are more than slots?")  # fmt: skip


def test_a_window_keeps_its_bytes():
    model = gpt()
    cache = KVCache(model, 1, window=4)
    size = cache.nbytes
    for n in range(40):
        logits = step(model, np.array([[n % 11]]), cache)
    expect_equal([cache.nbytes, int(cache.lengths[0])], [size, 40], what="bytes and length after 40 tokens in a context of 24", idea="Four slots are enough for any length.", page=PAGE)  # fmt: skip
    expect_true(np.isfinite(logits).all(), what="its logits", expected="finite", got="not", idea="Given.", page=PAGE)  # fmt: skip


def test_how_far_a_row_can_go_back():
    cache = KVCache(gpt(), 2)
    cache.lengths[:] = [9, 2]
    expect_equal([cache.can_rewind(0, n) for n in (0, 4, 9)], [True] * 3, what="without a window", idea="Nothing was ever lost.", page=PAGE)  # fmt: skip
    ring = KVCache(gpt(), 2, window=4)
    ring.lengths[:], ring.lost[:] = [9, 4], [5, 0]
    expect_equal(
        [ring.can_rewind(0, n) for n in (0, 1, 7, 8, 9)],
        [True, False, False, True, True],
        what="a row of 9 with a window of 4, back to 0, 1, 7, 8 and 9",
        idea="Slots hold 5 to 8. Which positions does the token at 8 see? And the one at 7, and at 0?",
        page=PAGE,
    )
    expect_equal(
        [ring.can_rewind(1, n) for n in range(5)],
        [True] * 5,
        what="a row of 4 with a window of 4",
        idea="No slot has been taken twice.",
        page=PAGE,
    )
    ring.lengths[:], ring.lost[:] = [5, 5], [1, 1]
    expect_equal(
        [ring.can_rewind(0, n) for n in range(6)],
        [True] + [False] * 3 + [True] * 2,
        what="a row of 5 with a window of 4, back to 0 to 5",
        idea="Position 0 is lost. Who sees it?",
        page=PAGE,
    )
    alone = KVCache(gpt(), 1, window=1)
    alone.lengths[:], alone.lost[:] = 5, 4
    expect_equal([alone.can_rewind(0, n) for n in range(6)], [True] * 6, what="a row of 5 with a window of 1", idea="A token that sees itself alone: what does it need?", page=PAGE)  # fmt: skip


def test_a_row_goes_back_twice():
    model = gpt()
    ids = texts(1, 9)
    ring = KVCache(model, window=4)
    step(model, ids, ring)
    ring.rewind(0, 8)
    expect_equal(
        [ring.can_rewind(0, 7), ring.can_rewind(0, 0)],
        [False, True],
        what="a row that read 9 and went back to 8, back to 7 and to 0",
        idea="The token at 7 sees position 4, whose slot position 8 took. Did going back to 8 bring it back?",
        page=PAGE,
    )
    ring.rewind(0, 0)
    logits = [step(model, ids[:, :6], ring), step(model, ids[:, 6:], ring)]
    close(
        np.concatenate(logits, axis=1),
        windowed(model, ids, 4),
        "logits of a row that went back to 0 and was read anew",
        "What lay there before belongs to nobody.",
    )


def test_what_two_texts_share():
    cases = (([1, 2, 3], [1, 2, 4], 2), ([1, 2], [1, 2, 3], 2), ([1, 2, 3], [1, 2], 2), ([], [1], 0), ([2, 1], [1, 1], 0), ([1, 5, 3], [1, 4, 3], 1))  # fmt: skip
    for a, b, expected in cases:
        expect_equal(common_prefix(a, b), expected, what=f"what {a} and {b} begin with in common", idea="Up to the first that differs, no further.", page=PAGE)  # fmt: skip


def test_who_takes_which_text():
    cases = (
        ([[1, 2, 3], [1, 2]], [[1, 2], [1, 2, 3]], [1, 0]),
        ([[], [], [7]], [[1], [7, 8]], [0, 2]),
        ([[1, 2], [1, 2]], [[1, 2, 5], [1, 2, 6]], [0, 1]),
        ([[5], [1, 2, 3, 4]], [[1, 2, 9], [1, 2, 3, 9]], [0, 1]),
        ([[1], [2], [3]], [[3]], [2]),
    )
    for held, rows, expected in cases:
        expect_equal(
            assigned(held, rows),
            expected,
            what=f"which of {held} the rows {rows} take",
            idea="The best pair first, whoever asks first; no text twice.",
            page=PAGE,
        )
    with expect_raises(MinilmError, mentions="2 texts for a reader of 1", what="more rows than texts", idea="Given.", page=PAGE):  # fmt: skip
        assigned([[]], [[1], [2]])


def plain(model, rows):
    """Logits behind each row, without a cache."""
    with no_grad():
        return np.stack([model(np.array([row])).numpy()[0, -1] for row in rows])


def test_only_what_is_new_is_read():
    model = gpt()
    reader = Reader(model, 2)
    seen = []
    for rows in (
        [[1, 2, 3, 4]],
        [[1, 2, 3, 4, 5]],
        [[1, 2, 3, 9, 9]],
        [[1, 2, 3, 9, 9], [7, 8]],
        [[7, 8, 1], [1, 2, 3, 9, 9, 4]],
        [[7, 8, 1]],
        [[7, 8]],
        [[1, 2, 3, 9, 9, 4, 6]],
    ):
        before = reader.read
        close(reader(rows), plain(model, rows), f"logits behind {rows}", "A text that was changed behind its prefix must be read from there on.")  # fmt: skip
        seen.append(reader.read - before)
    expect_equal(
        seen,
        [4, 1, 2, 3, 2, 1, 1, 1],
        what="how many tokens each question read",
        idea="What is in common stays; the last token is read even if it was there, since its logits are wanted.",
        page=PAGE,
    )
    expect_equal(reader.texts, [[1, 2, 3, 9, 9, 4, 6], [7, 8]], what="what the reader holds at the end", idea="What no row takes over stays.", page=PAGE)  # fmt: skip


def test_the_reader_keeps_its_own_texts():
    model = gpt()
    reader = Reader(model)
    row = [1, 2, 3]
    reader([row])
    row += [4, 5]
    close(reader([row]), plain(model, [row]), "logits behind a row that its owner went on writing in place", "Whose list is it that the reader remembers?")  # fmt: skip
    expect_equal(reader.read, 5, what="how many tokens were read in all", idea="Each once.", page=PAGE)  # fmt: skip


def test_several_last_tokens():
    model = gpt()
    reader = Reader(model)
    reader([[1, 2, 3, 4, 5]])
    before = reader.read
    got = reader.last([[1, 2, 3, 4, 6]], 3)[0]
    with no_grad():
        expected = model(np.array([[1, 2, 3, 4, 6]])).numpy()[0, 2:]
    close(got, expected, "logits behind the last three of five", "All three are read in one step, with what stands before them kept.")  # fmt: skip
    expect_equal(reader.read - before, 3, what="how many tokens that read", idea="Those whose logits are wanted.", page=PAGE)  # fmt: skip
    close(reader.chances([1, 2, 3, 4, 6], 3).sum(axis=-1), np.ones(3), "the sums of three distributions", "Given.")  # fmt: skip
    two = Reader(model, 3).last([[4, 4, 4, 4], [5, 6]], 2)
    for row, logits in zip(([4, 4, 4, 4], [5, 6]), two, strict=True):
        with no_grad():
            close(logits, model(np.array([row])).numpy()[0, -2:], f"the last two of {row}, beside another row", "Each row's own last ones, not the padding's.")  # fmt: skip
    with expect_raises(MinilmError, mentions="6 last tokens of row 0, which has 5", what="more than there are", idea="Given.", page=PAGE):  # fmt: skip
        reader.last([[1, 2, 3, 4, 6]], 6)


def test_the_loop_of_phase_21_writes_the_same():
    model = gpt(np.float32)
    pieces = [b"%d" % n for n in range(11)]
    requests = [
        Request([1, 2, 3], 12, Settings(temperature=1.5), seed=1),
        Request([4], 20, Settings(top_k=4), seed=2),
        Request([1, 2, 3], 5, Settings(temperature=1.5), seed=3),
        Request([5, 6, 7, 8, 9], 19, Settings(sampled=False)),
    ]
    speaker = of_gpt(model, pieces, begin=0, end=0)
    expected = generate(speaker.next_logits, requests, pieces, context_len=24, end=0)
    reader = Reader(model, 4)
    got = generate(reader, requests, pieces, context_len=24, end=0)
    expect_equal(
        [done.ids for done in got],
        [done.ids for done in expected],
        what="what four requests get, with a reader and without",
        idea="Requests end at different times: does a row find its text again when there are fewer?",
        page=PAGE,
    )
    read = sum(len(r.prompt) + len(done.ids) for r, done in zip(requests, got, strict=True))
    expect_true(reader.read <= read, what="how many tokens were read in all", expected=f"at most {read}", got=reader.read, idea="Each once.", page=PAGE)  # fmt: skip


def test_a_window_that_lost_its_prefix():
    model = gpt()
    reader = Reader(model, 1, window=4)
    row = [1, 2, 3, 4, 5, 6, 7]
    reader([row])
    for asked in ([*row[:6], 9], [1, 2, 9]):
        close(
            reader([asked])[0],
            windowed(model, np.array([asked]), 4)[0, -1],
            f"logits behind {asked} with a window of 4, after {row}",
            "What the next token sees may be gone: then all is read anew.",
        )
    for asked in ([*row[:5], 9], [*row[:6], 9], row):
        reader([row])
        with expect_raises(MinilmError, mentions="ids: 11 to 11", what="a token that isn't one", idea="Given.", page=PAGE):  # fmt: skip
            reader([[*row[:6], 11]])
        close(
            reader([asked])[0],
            windowed(model, np.array([asked]), 4)[0, -1],
            f"logits behind {asked} with a window of 4, after {row} and a question that was refused",
            "The row went back for the refused question, and its ring didn't.",
        )


def test_a_text_that_is_too_long():
    model = gpt()
    reader = Reader(model)
    reader([[1, 2, 3]])
    with expect_raises(MinilmError, mentions="it holds 24", what="25 tokens in a context of 24", idea="Given.", page=PAGE):  # fmt: skip
        reader([[1] * 25])
    held = int(reader.cache.lengths[0])
    expect_equal(
        reader.texts,
        [[1, 2, 3][:held]],
        what=f"what the reader says that it holds, after [1, 2, 3] and a refused text, where the cache holds {held} tokens",
        idea="Has the row gone back already? The refused tokens never came.",
        page=PAGE,
    )
    close(reader([[1, 2, 3]]), plain(model, [[1, 2, 3]]), "logits behind [1, 2, 3] after that", "What the reader says that it holds, the cache must hold.")  # fmt: skip
