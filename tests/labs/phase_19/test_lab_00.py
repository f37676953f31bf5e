"""Lab 19.0: instruments."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minilm.batches import Item, collate
from minilm.dynamics.probes import (
    gradient_norms,
    head_entropies,
    layer_of,
    look,
    observed_step,
    silent_share,
    update_ratios,
    watching,
)
from minilm.gpt import GPT, GPTConfig
from minilm.train import Trainer, accumulate
from minitorch.nn import Linear
from minitorch.optim import SGD, Scheduler
from minitorch.tensor import Tensor

PAGE = "theory/00-what-a-loss-hides.md"
HEADS = "theory/01-inside.md"
BATCH = collate([[Item((0, 1, 2, 3, 0)), Item((0, 1, 4, 0))], [Item((0, 5, 2, 3, 6, 0))]])


def model_of(seed=0, **settings):
    given = {"d_model": 8, "n_heads": 2, "n_layers": 2, "d_ff": 16, "context_len": 24, "init_std": 0.2, **settings}  # fmt: skip
    return GPT(GPTConfig(8, **given), np.random.default_rng(seed))


class Again:
    """The same batch for ever."""

    def __next__(self):
        return BATCH

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def trainer_of(model, rate=0.1, clip=1.0):
    return Trainer(model, Again(), [Scheduler(SGD(model.parameters()), lambda _: rate)], clip=clip)


def test_a_layer_is_a_block_or_a_first_name():
    names = ["embed.weight", "blocks.0.attn.out.weight", "blocks.11.ffn.up.bias", "final_norm.weight", "weight"]  # fmt: skip
    expect_equal([layer_of(n) for n in names], ["embed", "blocks.0", "blocks.11", "final_norm", "weight"], what="the layers of five names", idea="What belongs together in a drawing?", page=PAGE)  # fmt: skip


def test_gradient_norms_of_layers_make_the_norm_of_all():
    model = model_of()
    accumulate(model, [BATCH])
    norms = gradient_norms(model)
    whole = math.sqrt(sum(float((p.grad.astype(float) ** 2).sum()) for p in model.parameters()))
    expect_equal(list(norms), ["embed", "blocks.0", "blocks.1", "final_norm"], what="the layers", idea="In the order of the parameters.", page=PAGE)  # fmt: skip
    expect_close(math.sqrt(sum(n * n for n in norms.values())), whole, tol=1e-6, what="all layers together", idea="How do two perpendicular lengths add up?", page=PAGE)  # fmt: skip


def test_a_layer_without_gradient_has_norm_zero():
    model = model_of()
    model.zero_grad()
    expect_equal(set(gradient_norms(model).values()), {0.0}, what="norms without any gradient", idea="Nothing came, so nothing is there.", page=PAGE)  # fmt: skip


def test_an_update_is_told_in_units_of_its_weights():
    model = model_of()
    before = model.state_dict()
    for name, p in model.named_parameters():
        if name.startswith("blocks.1."):
            p.data = p.data * np.float32(1.01)
    ratios = update_ratios(before, model)
    expect_close(ratios["blocks.1"], 0.01, tol=1e-4, what="a block whose weights all grew by one percent", idea="How far, compared with where it stood?", page=PAGE)  # fmt: skip
    expect_close([ratios["embed"], ratios["blocks.0"]], [0.0, 0.0], tol=1e-12, what="layers that stayed", idea="They didn't move.", page=PAGE)  # fmt: skip
    before["final_norm.bias"] = before["final_norm.bias"] * 0
    bare = {n: a * 0 for n, a in before.items()}
    expect_true(math.isfinite(update_ratios(bare, model)["embed"]), what="a layer that began at 0", expected="a finite number", got="infinity or nan", idea="What is divided by?", page=PAGE)  # fmt: skip


def test_old_weights_are_what_counts_below_the_line():
    model = Linear(2, 1, bias=False, rng=np.random.default_rng(0))
    before = {"weight": np.array([[3.0, 4.0]])}
    model.weight.data = np.array([[30.0, 40.0]], np.float32)
    expect_close(update_ratios(before, model)["weight"], 9.0, tol=1e-6, what="from (3, 4) to (30, 40)", idea="45 on a length of 5.", page=PAGE)  # fmt: skip


def test_a_watched_module_tells_what_enters_and_gives_what_it_gave():
    layer, seen = Linear(3, 2, rng=np.random.default_rng(0)), []
    x = Tensor(np.ones((1, 3), np.float32))
    plain = layer(x).numpy()
    with watching(layer, seen.append):
        inside = layer(x).numpy()
    layer(x)
    expect_true(len(seen) == 1 and seen[0] is x, what="what was seen", expected="the input, once", got=f"{len(seen)} inputs", idea="In the block, and not behind it.", page=HEADS)  # fmt: skip
    expect_close(inside, plain, tol=0, what="what a watched layer gives", idea="Looking changes nothing.", page=HEADS)  # fmt: skip


def test_an_error_ends_the_watching_too():
    layer, seen = Linear(3, 2, rng=np.random.default_rng(0)), []
    try:
        with watching(layer, seen.append):
            raise KeyError("stop")
    except KeyError:
        pass
    layer(Tensor(np.ones((1, 3), np.float32)))
    expect_equal(len(seen), 0, what="how often was seen after an error in the block", idea="Whatever ends the block, the watching ends.", page=HEADS)  # fmt: skip


def test_two_watchers_both_see_and_both_leave():
    layer, a, b = Linear(3, 2, rng=np.random.default_rng(0)), [], []
    x = Tensor(np.ones((1, 3), np.float32))
    with watching(layer, a.append):
        with watching(layer, b.append):
            layer(x)
        layer(x)
    layer(x)
    expect_equal((len(a), len(b)), (2, 1), what="what two watchers saw", idea="The outer one is still there when the inner one has gone.", page=HEADS)  # fmt: skip


def test_entropy_is_a_share_of_what_could_be():
    w = np.zeros((1, 2, 3, 3))
    w[0, 0] = [[1, 0, 0], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]]
    w[0, 1] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    seen = np.tri(3, dtype=bool)
    expect_close(head_entropies(w, seen), [1.0, 0.0], tol=1e-12, what="a head that looks everywhere and one that looks at one key", idea="A query with one key has no choice: does it say anything about its head?", page=HEADS)  # fmt: skip
    w[0, 1] = [[1, 0, 0], [0.9, 0.1, 0], [0.5, 0.5, 0]]
    h = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1)) / math.log(2)
    expect_close(head_entropies(w, seen)[1], (h + math.log(2) / math.log(3)) / 2, tol=1e-9, what="a head between both", idea="Each query in units of its own largest entropy.", page=HEADS)  # fmt: skip
    expect_true(all(math.isnan(x) for x in head_entropies(w[:, :, :1, :1], seen[:1, :1])), what="a text of one token", expected="nan", got=head_entropies(w[:, :, :1, :1], seen[:1, :1]), idea="A mean of nothing.", page=HEADS)  # fmt: skip


def test_entropy_weighs_every_query_of_the_batch_alike():
    w = np.zeros((2, 1, 2, 2))
    w[0, 0], w[1, 0] = [[1, 0], [0.5, 0.5]], [[1, 0], [1, 0]]
    expect_close(head_entropies(w, np.tri(2, dtype=bool)), [0.5], tol=1e-12, what="one wide and one narrow query", idea="A mean over rows and queries.", page=HEADS)  # fmt: skip


def test_a_unit_is_silent_if_it_is_so_everywhere():
    hidden = np.zeros((2, 3, 4))
    hidden[1, 2, 0], hidden[..., 1], hidden[0, 0, 2] = 1.0, -2.0, 5e-4
    expect_close(silent_share(hidden), 0.5, tol=1e-12, what="four units, of which one speaks once and one always", idea="Once is enough, and below zero is no silence.", page=HEADS)  # fmt: skip


def test_a_look_leaves_no_trace():
    model = model_of()
    before = model.state_dict()
    accumulate(model, [BATCH])
    grads = [p.grad.copy() for p in model.parameters()]
    first = look(model, BATCH)
    expect_equal(look(model, BATCH), first, what="a second look", idea="The same model, the same batch.", page=HEADS)  # fmt: skip
    same = all((a == b.grad).all() for a, b in zip(grads, model.parameters(), strict=True))
    same = same and all((a == b).all() for a, b in zip(before.values(), model.state_dict().values(), strict=True))  # fmt: skip
    expect_true(same, what="weights and gradients after a look", expected="as before", got="others", idea="Looking changes nothing.", page=HEADS)  # fmt: skip
    expect_equal([len(first["entropy"]), len(first["entropy"][0]), len(first["silent"])], [2, 2, 2], what="blocks, heads, blocks", idea="An entry a block.", page=HEADS)  # fmt: skip


def test_an_observed_step_tells_norms_before_the_clip():
    model, twin = model_of(), model_of()
    accumulate(twin, [BATCH])
    norms = gradient_norms(twin)
    line = observed_step(trainer_of(model, clip=0.05))
    expect_close(list(line["gradients"].values()), list(norms.values()), tol=1e-4, what="gradient norms of a clipped step", idea="What is in the gradients after the step? By what were they multiplied?", page=PAGE)  # fmt: skip
    free = observed_step(trainer_of(model_of(), clip=1e6))
    expect_close(list(free["gradients"].values()), list(norms.values()), tol=1e-6, what="gradient norms of a step that isn't clipped", idea="Nothing was shrunk.", page=PAGE)  # fmt: skip


def test_an_observed_step_tells_the_update():
    model = model_of()
    before = model.state_dict()
    line = observed_step(trainer_of(model))
    expect_close(list(line["updates"].values()), list(update_ratios(before, model).values()), tol=1e-9, what="the updates of a step", idea="Before is before the step.", page=PAGE)  # fmt: skip
    expect_equal((line["step"], line["tokens"]), (1, BATCH.tokens), what="the trainer's own entries", idea="They stay.", page=PAGE)  # fmt: skip
