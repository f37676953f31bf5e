"""Lab 09.4: a PyTorch script, ported line by line."""

import ast
import sys
from pathlib import Path

import numpy as np

from given.checking import expect_equal, expect_true
from minitorch import optim

PAGE = "theory/06-line-by-line-from-pytorch.md"
ROOT = Path(__file__).parents[3]


def script():
    """The script that belongs to the minitorch that is on the path: the learner's, or the reference's."""
    import minitorch

    home = Path(minitorch.__file__).parents[1]
    path = home / "scripts" / "port_drill.py"
    return path if path.exists() else ROOT / "scripts" / "port_drill.py"


def run(calls=None, **settings):
    """What train() returns; `calls` collects what it asks `ring` for."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("port_drill", script())
    module = importlib.util.module_from_spec(spec)
    sys.modules["port_drill"] = module
    spec.loader.exec_module(module)
    ring = module.ring

    def noted(n, seed):
        calls.append((n, seed))
        return ring(n, seed)

    if calls is not None:
        module.ring = noted
    return module.train(**settings)


def with_optimizer(kind, **settings):
    """`run` with another class in the place of optim.AdamW."""
    sound = optim.AdamW
    optim.AdamW = kind
    try:
        return run(**settings)
    finally:
        optim.AdamW = sound


def test_it_learns():
    losses, right = run()
    expect_equal(len(losses), 300, what="how many losses train() returns", idea="The loss before each of the 300 steps.", page=PAGE)  # fmt: skip
    expect_true(0.5 < losses[0] < 1.0, what="the first loss", expected="near ln 2 = 0.69: two classes, nothing learned", got=f"{losses[0]:.3f}", idea="cross_entropy takes logits and class indices.", page=PAGE)  # fmt: skip
    expect_true(losses[-1] < 0.12, what="the last loss", expected="below 0.12", got=f"{losses[-1]:.3f}", idea="Read the original's loop line by line: what happens between two steps, and in which order?", page=PAGE)  # fmt: skip
    expect_true(right > 0.93, what="the accuracy on 500 new points", expected="above 0.93", got=f"{right:.3f}", idea="In which mode does the original count, and along which axis does it choose?", page=PAGE)  # fmt: skip


def test_a_seed_decides_everything():
    a, b, c = run(seed=3, steps=5), run(seed=3, steps=5), run(seed=4, steps=5)
    expect_equal((a[0] == b[0], a[0] == c[0]), (True, False), what="whether equal seeds give equal losses, and different seeds other ones", idea="manual_seed(seed) before the model is made.", page=PAGE)  # fmt: skip


def test_every_line_has_its_counterpart():
    tree = ast.parse(script().read_text(encoding="utf-8"))
    names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    wanted = ["manual_seed", "Sequential", "Linear", "ReLU", "AdamW", "parameters", "zero_grad", "cross_entropy", "backward", "clip_grad_norm_", "step", "item", "eval", "no_grad", "argmax"]  # fmt: skip
    expect_equal([name for name in wanted if name not in names], [], what="calls of the original that have no counterpart", idea="Porting is renaming: each line of the original has one here.", page=PAGE)  # fmt: skip


def test_pytorch_is_gone():
    tree = ast.parse(script().read_text(encoding="utf-8"))
    modules = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}  # fmt: skip
    modules |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}  # fmt: skip
    expect_equal(
        "torch" in modules,
        False,
        what="whether torch is imported",
        idea="That is the point.",
        page=PAGE,
    )
    expect_equal(sorted(modules - {"__future__", "sys", "numpy", "minitorch"}), [], what="other imports", idea="NumPy and minitorch suffice.", page=PAGE)  # fmt: skip


def test_the_data_are_float32():
    losses, _ = run(steps=2)
    expect_true(all(float(np.float32(v)) == v for v in losses), what="the losses", expected="float32 numbers: model and data have the same dtype", got="float64", idea="ring gives float32; a Tensor keeps an array's dtype.", page=PAGE)  # fmt: skip


def test_the_settings_are_the_originals():
    seen = []

    class Noted(optim.AdamW):
        def __init__(self, params, **settings):
            super().__init__(params, **settings)
            group = self.param_groups[0]
            seen.append((sum(p.size for p in group["params"]), group["lr"], group["weight_decay"]))

    calls = []
    losses, _ = with_optimizer(Noted, calls=calls, seed=5, steps=3)
    expect_equal(seen, [(1218, 0.01, 0.01)], what="the optimizer's numbers to train, rate and decay", idea="Read the original's layers and settings once more, line by line.", page=PAGE)  # fmt: skip
    expect_equal(calls, [(400, 5), (500, 6)], what="what ring was asked for with seed=5", idea="Which points may the model not have seen?", page=PAGE)  # fmt: skip
    expect_equal(len(losses), 3, what="how many losses train(steps=3) returns", idea="One a step.", page=PAGE)  # fmt: skip


def test_a_loss_is_from_before_its_step():
    class Erasing(optim.AdamW):
        def step(self):
            for p in self.param_groups[0]["params"]:
                p.data[...] = 0

    expect_equal(with_optimizer(Erasing, steps=1)[0], run(steps=1)[0], what="the first loss where the step sets all weights to 0, and where it doesn't", idea="Of which weights is it the loss?", page=PAGE)  # fmt: skip
