"""Lab 18.2: before the run."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minilm.batches import Item, collate
from minilm.gpt import GPT, GPTConfig
from minilm.preflight import allowed, blinded, floor, influence, mean_loss, overfit, preflight
from minilm.train import accumulate
from minitorch.nn import Embedding, Linear, Module
from minitorch.optim import AdamW, clip_grad_norm_

PAGE = "theory/03-before-the-run.md"


def model_of(seed=0, **settings):
    config = GPTConfig(10, **{"d_model": 16, "n_heads": 2, "n_layers": 1, "d_ff": 32, "context_len": 24, **settings})  # fmt: skip
    return GPT(config, np.random.default_rng(seed))


BATCH = collate([[Item((0, 1, 2, 3, 0)), Item((0, 1, 4, 0))], [Item((0, 5, 2, 3, 6, 0))]])


class Mean(Module):
    """Every position sees the mean of all of its row: a leak, of the future and of other texts."""

    def __init__(self):
        super().__init__()
        rng = np.random.default_rng(0)
        self.embed, self.head = Embedding(10, 16, rng=rng), Linear(16, 10, rng=rng)

    def forward(self, ids, mask=None, positions=None):
        x = self.embed(ids)
        return self.head(x + x.mean(axis=1, keepdims=True))


class Blind(Module):
    """Says the same wherever it is asked."""

    def __init__(self):
        super().__init__()
        self.head = Linear(1, 10, rng=np.random.default_rng(0))

    def forward(self, ids, mask=None, positions=None):
        return self.head(np.ones((*ids.shape, 1), np.float32) * (self.head.weight[:1] * 0 + 1))


def test_the_floor_counts_what_follows_each_beginning():
    # 0 is followed by 1, 1, 5; 0 1 by 2, 4; all others by one token.
    expected = (2 * math.log(3 / 2) + math.log(3) + 2 * math.log(2)) / 12
    expect_close(floor(BATCH), expected, tol=1e-9, what="the floor of three texts", idea="Two texts begin with 1 and one with 5: what is the best that anybody can say first? And then?", page=PAGE)  # fmt: skip
    same = collate([[Item((0, 1, 2, 0))] * 3])
    expect_close(floor(same), 0.0, tol=1e-12, what="the floor of one text, three times", idea="Nothing is open.", page=PAGE)  # fmt: skip


def test_the_floor_asks_only_what_is_asked():
    batch = collate([[Item((0, 1, 2, 7, 0), quiet=2), Item((0, 1, 2, 8, 0), quiet=2), Item((0, 3, 3, 3, 0), quiet=3)]])  # fmt: skip
    expect_close(floor(batch), 2 * math.log(2) / 5, tol=1e-9, what="the floor of three texts with prompts", idea="A prompt is part of the beginning, and isn't asked for.", page=PAGE)  # fmt: skip


def test_the_floor_of_equal_beginnings_at_other_places():
    batch = collate([[Item((0, 1, 2, 0)), Item((0, 3, 1, 4, 0))]])
    expect_close(floor(batch), 2 * math.log(2) / 7, tol=1e-9, what="the floor where 1 stands at two places", idea="A beginning is all of the text so far, not the last token.", page=PAGE)  # fmt: skip


def test_a_blinded_batch_asks_the_same_of_nothing():
    batch = blinded(BATCH)
    expect_equal(int(np.abs(batch.ids).sum()), 0, what="the ids of a blinded batch", idea="All the border.", page=PAGE)  # fmt: skip
    expect_equal(batch.targets.tolist(), BATCH.targets.tolist(), what="its targets", idea="What is asked stays.", page=PAGE)  # fmt: skip
    expect_equal((batch.mask.tolist(), batch.positions.tolist()), (BATCH.mask.tolist(), BATCH.positions.tolist()), what="mask and positions", idea="They stay, too.", page=PAGE)  # fmt: skip
    expect_true(BATCH.ids.any(), what="the batch that was blinded", expected="as it was", got="all borders", idea="A copy.", page=PAGE)  # fmt: skip


def test_one_batch_is_learned_by_heart():
    model = model_of()
    begins = mean_loss(model, BATCH)
    losses = overfit(model, BATCH, 120, lr=1e-2)
    expect_equal(len(losses), 120, what="how many losses 120 steps give", idea="One before each step.", page=PAGE)  # fmt: skip
    expect_close(losses[0], begins, tol=1e-5, what="the first of them", idea="Before the step, in nats a token.", page=PAGE)  # fmt: skip
    least = floor(BATCH)
    expect_true(least - 1e-4 < losses[-1] < least + 0.1, what="the last of them", expected=f"near the floor of {least:.3f}, and not below", got=losses[-1], idea="Are gradients forgotten, clipped, and used?", page=PAGE)  # fmt: skip


def test_it_does_not_decay():
    one, other = model_of(), model_of()
    overfit(one, BATCH, 4, lr=1e-2)
    optimizer = AdamW(other.parameters(), lr=1e-2, betas=(0.9, 0.95), weight_decay=0.0)
    for _ in range(4):
        accumulate(other, [BATCH])
        clip_grad_norm_(other.parameters(), 1.0)
        optimizer.step()
    for name, weights in other.state_dict().items():
        expect_close(one.state_dict()[name], weights, tol=1e-6, what=f"{name} after four steps", idea="AdamW with betas 0.9 and 0.95 and no decay; the norm clipped to 1.", page=PAGE)  # fmt: skip


def test_a_token_moves_its_own_text_from_itself_on():
    model = model_of(init_std=0.5)
    for row, at, expected in (
        (0, 1, {(0, 1), (0, 2), (0, 3)}),
        (0, 0, {(0, 0), (0, 1), (0, 2), (0, 3)}),
        (0, 5, {(0, 5), (0, 6)}),
        (1, 4, {(1, 4)}),
    ):
        expect_equal(sorted(allowed(BATCH, row, at)), sorted(expected), what=f"the places that may move for ({row}, {at})", idea="Where does the text begin that stands there, where does it end?", page=PAGE)  # fmt: skip
        expect_equal(sorted(influence(model, BATCH, row, at)), sorted(expected), what=f"the places that move when ({row}, {at}) becomes another token", idea="One id is changed; which logits differ in any byte?", page=PAGE)  # fmt: skip


def test_the_last_id_becomes_the_first():
    batch = collate([[Item((0, 9, 9, 0))]])
    expect_equal(sorted(influence(model_of(init_std=0.5), batch, 0, 1)), [(0, 1), (0, 2)], what="what moves when id 9 of 10 becomes another", idea="The id behind the last is the first.", page=PAGE)  # fmt: skip
    expect_equal(batch.ids.tolist(), [[0, 9, 9]], what="the batch afterwards", idea="A copy is changed.", page=PAGE)  # fmt: skip


def test_leaks_and_blindness_show():
    moved = influence(Mean(), BATCH, 0, 1)
    expect_true((0, 0) in moved and (0, 6) in moved and (1, 0) not in moved, what="what moves in a model whose positions see their row's mean", expected="all of row 0, the earlier position and the other text too", got=sorted(moved), idea="All positions are compared, not those behind the change alone.", page=PAGE)  # fmt: skip
    expect_equal(influence(Blind(), BATCH, 0, 1), set(), what="what moves in a model that reads nothing", idea="Nothing.", page=PAGE)  # fmt: skip


def test_five_questions_are_answered():
    sound = preflight(model_of, BATCH, 80)
    expect_equal([f.sound for f in sound[:2]], [True, True], what="the first two answers for a GPT", idea="Those hold before any training.", page=PAGE)  # fmt: skip
    expect_equal([f.sound for f in preflight(Blind, BATCH, 20)][1::3], [False, False], what="the answers about reading for a model that is blind", idea="It moves nowhere, and loses nothing when it is blinded.", page=PAGE)  # fmt: skip
    leaks = preflight(Mean, BATCH, 200)
    expect_equal(leaks[1].sound, False, what="the answer about what a token moves for a model that leaks", idea="It moves what stands before it.", page=PAGE)  # fmt: skip
