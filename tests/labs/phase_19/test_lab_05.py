"""Lab 19.5: one rate for all widths."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.dynamics.mup import growth, moved, role, schedulers, start
from minilm.dynamics.scaling import Source
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig

PAGE = "theory/06-one-rate-for-all-widths.md"


def model_of(width, seed=0, **settings):
    given = {"n_heads": width // 8, "n_layers": 1, "d_ff": 4 * width, "context_len": 16, "tied": False, "init_std": 0.1, **settings}  # fmt: skip
    return GPT(GPTConfig(9, d_model=width, **given), np.random.default_rng(seed))


def test_roles_are_told_by_the_axes_that_grow():
    model = model_of(16, positions="learned")
    roles = {n: role(n, p.ndim) for n, p in model.named_parameters()}
    expect_equal({r: sum(x == r for x in roles.values()) for r in ("hidden", "output")}, {"hidden": 6, "output": 1}, what="how many are hidden and output", idea="Four maps of attention, two of the feed-forward; one head.", page=PAGE)  # fmt: skip
    table = next(n for n in roles if n.startswith("position_table"))
    expect_equal([roles[n] for n in ("embed.weight", table, "blocks.0.ffn.up.bias", "final_norm.weight", "head.weight")], ["input"] * 4 + ["output"], what="five roles", idea="Which axes get longer in a wider model?", page=PAGE)  # fmt: skip


def test_a_start_shrinks_by_role():
    model = model_of(64)
    before = model.state_dict()
    start(model, 16)
    after = model.state_dict()
    for name, p in model.named_parameters():
        factor = {"input": 1.0, "hidden": 0.5, "output": 0.25}[role(name, p.ndim)]
        expect_close(after[name], before[name] * factor, tol=1e-6, what=f"{name} of a width of 64 over a base of 16", idea="How many terms does each sum, and do they agree?", page=PAGE)  # fmt: skip
        expect_equal(after[name].dtype, before[name].dtype, what=f"the dtype of {name}", idea="It stays.", page=PAGE)  # fmt: skip


def test_at_the_base_nothing_changes():
    model = model_of(16)
    before = model.state_dict()
    start(model, 16)
    same = all((a == before[n]).all() for n, a in model.state_dict().items())
    expect_true(same, what="a model of the base's width", expected="as it was", got="another", idea="All ratios are 1.", page=PAGE)  # fmt: skip
    steered = schedulers(model, 16, lambda t: 0.01 * t)
    expect_equal({g["lr"] for s in steered for g in s.optimizer.param_groups}, {0.01}, what="its rates", idea="One for all.", page=PAGE)  # fmt: skip


def test_what_cant_be_is_refused():
    with expect_raises(MinilmError, what="a tied head", idea="Input and output at once?", page=PAGE, mentions="tied"):  # fmt: skip
        start(model_of(16, tied=True), 16)
    for base in (12, 0):
        with expect_raises(MinilmError, what=f"a base of {base} with heads of 8", idea="How many heads would it have?", page=PAGE, mentions="base"):  # fmt: skip
            start(model_of(16), base)


def test_rates_shrink_by_role_too():
    model = model_of(64)
    steered = schedulers(model, 16, lambda t: 0.04 / t)
    rates = {id(p): g["lr"] for s in steered for g in s.optimizer.param_groups for p in g["params"]}
    for name, p in model.named_parameters():
        wanted = 0.04 if role(name, p.ndim) == "input" else 0.01
        expect_close(rates[id(p)], wanted, tol=1e-9, what=f"the first rate of {name}", idea="A step of Adam is as long as its rate, entry by entry: how many entries are summed?", page=PAGE)  # fmt: skip
    expect_close(steered[0].optimizer.param_groups[0]["lr"], 0.04, tol=1e-9, what="the first one's rate", idea="The input's comes first.", page=PAGE)  # fmt: skip
    for s in steered:
        s.step()
    expect_equal(sorted({round(g["lr"], 9) for s in steered for g in s.optimizer.param_groups}), [0.005, 0.02], what="the rates of the second step", idea="Each follows the schedule.", page=PAGE)  # fmt: skip


def test_decay_and_means_are_as_told():
    groups = [g for s in schedulers(model_of(32), 16, lambda t: 0.1, 0.3) for g in s.optimizer.param_groups]  # fmt: skip
    expect_equal({(g["betas"], g["weight_decay"]) for g in groups}, {((0.9, 0.95), 0.3)}, what="means and decay", idea="The same for all.", page=PAGE)  # fmt: skip


def test_moved_is_told_on_the_batch_itself():
    batch = Source(9, 4, 12, 0).batch("x")
    model = model_of(16)
    still = schedulers(model, 16, lambda t: 0.0)
    expect_equal(moved(model, [s.optimizer for s in still], batch, 2), {"stream": 0.0, "logits": 0.0}, what="how far steps of rate 0 move", idea="Before and after are the same.", page=PAGE)  # fmt: skip
    model = model_of(16)
    before = model(batch.ids, mask=batch.mask, positions=batch.positions).numpy()
    steered = schedulers(model, 16, lambda t: 0.01)
    far = moved(model, [s.optimizer for s in steered], batch, 3)["logits"]
    after = model(batch.ids, mask=batch.mask, positions=batch.positions).numpy()
    expect_close(far, math.sqrt(float(((after - before) ** 2).mean())), tol=1e-4, what="how far three steps move the logits", idea="The root of the mean of squares.", page=PAGE)  # fmt: skip


def test_growth_is_a_power():
    expect_close(growth({16: 3.0, 64: 6.0, 256: 12.0}), 0.5, tol=1e-9, what="the power of what doubles when the width is four times", idea="On paper with two logarithms it is a slope.", page=PAGE)  # fmt: skip
    with expect_raises(MinilmError, what="one width", idea="No slope.", page=PAGE, mentions="16"):
        growth({16: 1.0})
    with expect_raises(MinilmError, what="nothing moved", idea="No logarithm.", page=PAGE, mentions="width 32"):  # fmt: skip
        growth({16: 1.0, 32: 0.0})


def test_with_mup_logits_move_alike_at_all_widths():
    found = {}
    batch = Source(9, 8, 12, 0).batch("x")
    for name, base in (("mup", lambda w: 16), ("standard", lambda w: w)):
        by_width = {}
        for width in (16, 32, 64):
            model = model_of(width)
            start(model, base(width))
            steered = schedulers(model, base(width), lambda t: 0.01)
            by_width[width] = moved(model, [s.optimizer for s in steered], batch, 2)["logits"]
        found[name] = growth(by_width)
    expect_true(abs(found["mup"]) < 0.25 < found["standard"], what="the growth of the logits' change, with muP and without", expected="about 0, and clearly above", got=found, idea="The coordinate check.", page=PAGE)  # fmt: skip
