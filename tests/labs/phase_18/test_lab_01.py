"""Lab 18.1: one step."""

import math
from functools import partial

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.schedules import warmup_cosine
from minilm.batches import Item, Loader, collate
from minilm.gpt import GPT, GPTConfig
from minilm.train import DivergedError, Trainer, accumulate, parameter_groups, summed_loss
from minitorch.optim import SGD, AdamW, Scheduler

PAGE = "theory/01-a-mean-over-tokens.md"
STEP = "theory/02-the-step.md"


def model_of(seed=0, dtype=np.float64, **settings):
    config = GPTConfig(10, **{"d_model": 8, "n_heads": 2, "n_layers": 1, "d_ff": 16, "context_len": 24, "init_std": 0.3, **settings})  # fmt: skip
    return GPT(config, np.random.default_rng(seed), dtype=dtype)


def texts(n=12, seed=0):
    rng = np.random.default_rng(seed)
    return [Item((0, *rng.integers(1, 10, k).tolist(), 0)) for k in rng.integers(1, 9, n)]


def trainer_of(lr=1e-2, steps=40, clip=1.0, model=None, **settings):
    model = model_of(dtype=np.float32) if model is None else model
    optimizer = AdamW(parameter_groups(model, 0.1), betas=(0.9, 0.95))
    schedule = partial(warmup_cosine, lr_max=lr, lr_min=lr / 10, warmup_steps=5, total_steps=steps)
    return Trainer(model, Loader(texts(), 2, 24, seed=0), [Scheduler(optimizer, schedule)], clip=clip, **settings)  # fmt: skip


def gradients(model):
    return {name: p.grad.copy() for name, p in model.named_parameters() if p.grad is not None}


def bits(model):
    return {name: a.tobytes() for name, a in model.state_dict().items()}


def test_what_has_two_axes_decays():
    model = model_of()
    groups = parameter_groups(model, 0.3)
    names = {id(p): name for name, p in model.named_parameters()}
    got = [(sorted(names[id(p)] for p in g["params"]), g["weight_decay"]) for g in groups]
    matrices = sorted(n for n, p in model.named_parameters() if len(p.shape) == 2)
    expect_equal(
        got,
        [(matrices, 0.3), (sorted(set(names.values()) - set(matrices)), 0.0)],
        what="the names and decay of the two groups of a GPT with a tied head",
        idea="A gain that decays to 0 silences a layer. Is the embedding a matrix?",
        page=STEP,
    )


def test_a_group_without_parameters_is_left_out():
    model = model_of(ffn_bias=False, norm_place="none")
    got = [len(g["params"]) for g in parameter_groups(model, 0.3)]
    expect_equal(got, [len(list(model.parameters()))], what="the sizes of the groups where nothing is a vector", idea="An empty group is refused by nobody and used by nobody.", page=STEP)  # fmt: skip


def test_the_loss_is_that_of_each_text_alone():
    model, some = model_of(), texts(6)
    alone = sum(summed_loss(model, collate([[item]])).item() for item in some)
    expect_close(
        summed_loss(model, collate([some[:3], some[3:]])).item(),
        alone,
        tol=1e-9,
        what="the summed loss of six texts in two rows",
        idea="Mask and positions come with the batch. Does the model get both? And which targets count?",
        page=PAGE,
    )


def test_unequal_batches_give_the_gradient_of_the_large_one():
    model, some = model_of(), texts(9)
    parts = [some[:1], some[1:3], some[3:]]
    large = summed_loss(model, collate([[i] for i in some])) / sum(map(len, some))
    large.backward()
    whole, loss = gradients(model), large.item()
    got, counted = accumulate(model, [collate([[i] for i in part]) for part in parts])
    expect_close(got, loss, tol=1e-10, what="the mean loss of 1, 2 and 6 texts", idea="A mean over tokens. What does a mean of means give a short batch?", page=PAGE)  # fmt: skip
    expect_equal(counted, sum(map(len, some)), what="the number of tokens", idea="Those that are asked for.", page=PAGE)  # fmt: skip
    for name, expected in whole.items():
        expect_close(
            gradients(model)[name],
            expected,
            tol=1e-10,
            what=f"the gradient of {name} from three unequal batches",
            idea="Each token weighs the same in the large batch. By what is each part divided?",
            page=PAGE,
        )


def test_old_gradients_are_forgotten():
    model, batch = model_of(), collate([texts(3)])
    accumulate(model, [batch])
    once = gradients(model)
    accumulate(model, [batch])
    expect_close(gradients(model)["embed.weight"], once["embed.weight"], tol=1e-12, what="the gradient of the same batch a second time", idea="Gradients add up until somebody forgets them.", page=PAGE)  # fmt: skip


def test_a_batch_without_targets_changes_nothing():
    model, batch = model_of(), collate([texts(3)])
    empty = collate([[Item((0, 3, 0), quiet=2)]])
    loss, _ = accumulate(model, [batch])
    once = gradients(model)
    got, tokens = accumulate(model, [empty, batch, empty])
    expect_equal((got, tokens), (loss, batch.tokens), what="loss and tokens with two batches that ask for nothing", idea="They add nothing to the sum and nothing to what divides it.", page=PAGE)  # fmt: skip
    expect_true(all((gradients(model)[n] == g).all() for n, g in once.items()), what="the gradients", expected="the same", got="others", idea="Nothing asked, nothing learned.", page=PAGE)  # fmt: skip
    loss, tokens = accumulate(model, [empty])
    expect_true(math.isnan(loss) and tokens == 0 and not gradients(model), what="a batch that asks for nothing, alone", expected="nan, 0 and no gradient", got=(loss, tokens, list(gradients(model))), idea="There is no mean of nothing, and no way to divide by it.", page=PAGE)  # fmt: skip


def test_a_step_is_that_of_the_clipped_gradient():
    a, b = trainer_of(clip=0.1), trainer_of()
    start = a.model.state_dict()
    loss, tokens = accumulate(b.model, [next(b.batches)])
    grads = gradients(b.model)
    norm = math.sqrt(sum(float((g.astype(np.float64) ** 2).sum()) for g in grads.values()))
    line = a.advance()
    for key, expected in (("step", 1), ("loss", loss), ("norm", norm), ("tokens", tokens), ("lr", 2e-3)):  # fmt: skip
        expect_close(line[key], expected, tol=1e-5, what=f"{key!r} of the first line", idea="The norm is the one before the clip, the rate the one that this step used.", page=STEP)  # fmt: skip
    # A first step of Adam is the sign of the gradient times the rate, and a clipped gradient is still far above eps.
    g = grads["embed.weight"] * (0.1 / norm)
    expected = start["embed.weight"] * (1 - 2e-3 * 0.1) - 2e-3 * g / (np.abs(g) + 1e-8)
    expect_close(a.model.state_dict()["embed.weight"], expected, tol=1e-5, what="the embedding after the first step", idea="Decay, and the gradient over its own size. At which rate?", page=STEP)  # fmt: skip


def test_what_is_clipped_is_the_norm_of_all_parameters():
    model = model_of(dtype=np.float32)
    scheduler = Scheduler(SGD(model.parameters()), lambda t: 1.0)
    trainer = Trainer(model, Loader(texts(), 2, 24, seed=0), [scheduler], clip=0.05)
    before = model.state_dict()
    line = trainer.advance()
    moved = math.sqrt(sum(float(((model.state_dict()[n] - a).astype(np.float64) ** 2).sum()) for n, a in before.items()))  # fmt: skip
    expect_true(line["norm"] > 0.1, what="the norm in the line", expected="the one before the clip, above 0.1", got=line["norm"], idea="What is the use of a number that is always 0.05?", page=STEP)  # fmt: skip
    expect_close(moved, 0.05, tol=1e-4, what="the length of an SGD step of rate 1 with clip 0.05", idea="One factor for all parameters, before the step.", page=STEP)  # fmt: skip


def test_the_rate_warms_up_and_falls():
    trainer = trainer_of(lr=1e-2, steps=40)
    rates = [trainer.advance()["lr"] for _ in range(40)]
    expected = [warmup_cosine(t, 1e-2, 1e-3, 5, 40) for t in range(1, 41)]
    expect_close(rates, expected, tol=1e-12, what="the rates of 40 steps", idea="Who moves the schedule on, and how often a step?", page=STEP)  # fmt: skip


def test_micro_batches_make_one_step():
    trainer = trainer_of(micro=3)
    others = Loader(texts(), 2, 24, seed=0)
    tokens = sum(next(others).tokens for _ in range(3))
    line = trainer.advance()
    expect_equal((line["tokens"], line["step"]), (tokens, 1), what="tokens and step of a step of three batches", idea="Three are drawn, one step is made.", page=STEP)  # fmt: skip
    expect_equal(trainer.batches.state_dict(), others.state_dict(), what="where the loader stands afterwards", idea="Three are drawn.", page=STEP)  # fmt: skip


def test_every_scheduler_steps():
    model = model_of(dtype=np.float32)
    named = dict(model.named_parameters())
    one, two = [named.pop("embed.weight")], list(named.values())
    schedulers = [Scheduler(SGD(one), lambda t: 0.1 * t), Scheduler(SGD(two), lambda t: 0.2 * t)]
    before = model.state_dict()
    trainer = Trainer(model, Loader(texts(), 2, 24, seed=0), schedulers)
    line = trainer.advance()
    still = [n for n, a in model.state_dict().items() if (a == before[n]).all()]
    expect_equal(still, [], what="parameters that stayed where they were", idea="Two optimizers share the model.", page=STEP)  # fmt: skip
    expect_equal([s.t for s in schedulers], [1, 1], what="the steps of the schedulers", idea="Each goes on by one.", page=STEP)  # fmt: skip
    expect_close(line["lr"], 0.1, tol=1e-12, what="the rate that is written down", idea="The first optimizer's, as it was for this step.", page=STEP)  # fmt: skip


def test_it_learns():
    trainer = trainer_of(lr=2e-2, steps=100)
    losses = [trainer.advance()["loss"] for _ in range(100)]
    expect_true(np.mean(losses[-6:]) < 0.6 * losses[0], what="the mean of the last six of 100 losses", expected=f"less than 0.6 of the first, {losses[0]:.2f}", got=float(np.mean(losses[-6:])), idea="Draw, differentiate, clip, step: is one of them missing?", page=STEP)  # fmt: skip


def test_a_loss_that_is_no_number_stops_before_the_step():
    for poison in (np.nan, np.inf):
        trainer = trainer_of()
        trainer.advance()
        weights = trainer.model.state_dict()
        weights["embed.weight"][3, 0] = poison
        trainer.model.load_state_dict(weights)
        before, t = bits(trainer.model), trainer.schedulers[0].t
        with expect_raises(DivergedError, what=f"a step of a model with {poison}", idea="A loss of nan teaches nan to every weight.", page=STEP, mentions="step 2"):  # fmt: skip
            trainer.advance()
        expect_true(bits(trainer.model) == before and (trainer.step, trainer.schedulers[0].t) == (1, t), what="the model, and the count of steps", expected="as they were", got="changed", idea="Look before you step.", page=STEP)  # fmt: skip


def test_a_loss_that_climbs_stops_it():
    model = model_of(dtype=np.float32)
    trainer = Trainer(model, Loader(texts(), 2, 24, seed=0), [Scheduler(SGD(model.parameters()), lambda t: 30.0)])  # fmt: skip
    lines = []
    try:
        for _ in range(200):
            lines.append(trainer.advance()["loss"])
    except DivergedError as error:
        expect_true(f"step {len(lines) + 1}" in str(error), what="what the error names", expected=f"step {len(lines) + 1}", got=str(error), idea="The step that showed it.", page=STEP)  # fmt: skip
    smooth, ceiling = lines[0], 1.5 * lines[0]
    for loss in lines[1:]:
        smooth = 0.9 * smooth + 0.1 * loss
        expect_true(smooth <= ceiling, what="the running mean of the losses that were let through", expected=f"at most {ceiling:.2f}", got=smooth, idea="0.9 of what it was and 0.1 of what came; the first loss begins it.", page=STEP)  # fmt: skip
    expect_true(len(lines) < 200, what="200 steps at a rate of 30", expected="an end before", got=f"{len(lines)} steps, the last loss {lines[-1]:.2f}", idea="What is compared with the first loss?", page=STEP)  # fmt: skip


def test_one_bad_batch_is_no_divergence():
    trainer = trainer_of()
    trainer.advance()
    trainer.smooth = trainer.first * 1.2
    trainer.ceiling = 1.21
    expect_equal(trainer.advance()["step"], 2, what="a step whose running mean is high, and below the ceiling", idea="One loss moves the mean by a tenth.", page=STEP)  # fmt: skip
