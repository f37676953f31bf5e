"""Lab 18.4: a run that can be killed."""

import errno
import io
import json
import os
import signal
from functools import partial

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from labkit.generators import make_rng
from minigrad.schedules import warmup_cosine
from minilm.batches import Item, Loader
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minilm.muon import Muon, hidden_matrices
from minilm.train import DivergedError, Trainer, train
from minilm.training_files import (
    FORMAT,
    Checkpoint,
    RunFolder,
    read_checkpoint,
    write_checkpoint,
)
from minitorch.checkpoint import load_file, load_metadata, save_file
from minitorch.optim import AdamW, Scheduler

PAGE = "theory/04-a-run-that-can-be-killed.md"
CONFIG = {"d_model": 8, "n_heads": 2, "sizes": (1, 2)}
STEPS, EVERY = 6, 2


class Noisy(GPT):
    """A GPT whose logits are shaken while it trains, by a generator that the trainer keeps."""

    def __init__(self, rng):
        super().__init__(GPTConfig(10, d_model=8, n_heads=2, n_layers=1, d_ff=8, context_len=16), np.random.default_rng(0))  # fmt: skip
        self.noise = rng

    def forward(self, ids, mask=None, positions=None):
        said = super().forward(ids, mask, positions)
        return said * (1 + 0.1 * self.noise.standard_normal(said.shape).astype(np.float32))


def texts(n=9, seed=0):
    rng = np.random.default_rng(seed)
    return [Item((0, *rng.integers(1, 10, k).tolist(), 0)) for k in rng.integers(1, 9, n)]


def trainer_of(lr=1e-2, both=False):
    rng = make_rng(7)
    model = Noisy(rng)
    schedule = partial(warmup_cosine, lr_max=lr, warmup_steps=2, total_steps=STEPS)
    hidden, rest = hidden_matrices(model) if both else ([], list(model.parameters()))
    optimizers = [AdamW(rest), *([Muon(hidden)] if both else [])]
    schedulers = [Scheduler(optimizer, schedule) for optimizer in optimizers]
    return Trainer(model, Loader(texts(), 2, 16, seed=0), schedulers, rng=rng, micro=2)


def checked(trainer):
    """A number to be best in: it falls and rises again."""
    return lambda: abs(trainer.step - 4) + 1.0


def run_to_the_end(folder, trainer, steps=STEPS):
    with RunFolder(folder, CONFIG) as run:
        run.resume(trainer)
        train(trainer, steps, run, check=checked(trainer), every=EVERY)


def content(trainer):
    """Everything that a run has learned and drawn, to be compared bit for bit."""
    arrays, facts = trainer.state_dict()
    return {n: (a.dtype.str, a.shape, a.tobytes()) for n, a in arrays.items()}, json.dumps(facts, sort_keys=True)  # fmt: skip


def left_behind(folder):
    lines = (folder / "lines.jsonl").read_text().splitlines()
    told = [{k: v for k, v in json.loads(line).items() if k != "tokens_per_second"} for line in lines]  # fmt: skip
    best = {n: a.tobytes() for n, a in load_file(folder / "best.safetensors").items()}
    return told, best, sorted(p.name for p in folder.iterdir())


def test_all_five_states_go_there_and_back():
    a = trainer_of()
    for _ in range(3):
        a.advance()
    a.best = (1.5, 2)
    arrays, facts = a.state_dict()
    then, facts = content(a), json.loads(json.dumps(facts))
    names = {n.split(".")[0] for n in arrays}
    expect_equal(names, {"model", "optimizer"}, what="the first parts of the arrays' names", idea="Weights, and what the optimizer remembers of each.", page=PAGE)  # fmt: skip
    a.advance()
    expect_true({n: x.tobytes() for n, x in arrays.items()} == {n: x[2] for n, x in then[0].items()}, what="the state that was taken, one step later", expected="as it was", got="changed", idea="Copies.", page=PAGE)  # fmt: skip
    b = trainer_of()
    b.load_state_dict(arrays, facts)
    expect_true(content(b) == then, what="the state of a trainer that it was loaded into", expected="the same, bit for bit", got="another", idea="Weights, optimizer, schedule, loader, generator: which is missing?", page=PAGE)  # fmt: skip
    expect_equal((b.step, b.best, b.first, b.smooth), (3, (1.5, 2), facts["first"], facts["smooth"]), what="its count of steps, its best check, its losses", idea="What decides when it ends?", page=PAGE)  # fmt: skip


def test_it_goes_on_as_if_nothing_had_happened():
    for both in (False, True):
        for stop in (0, 1, 2, 5):
            whole, half, rest = (trainer_of(both=both) for _ in range(3))
            expected = [whole.advance() for _ in range(STEPS)]
            for _ in range(stop):
                half.advance()
            rest.advance()  # it has a past of its own
            rest.advance()
            arrays, facts = half.state_dict()
            rest.load_state_dict(arrays, json.loads(json.dumps(facts)))
            got = [rest.advance() for _ in range(STEPS - stop)]
            expect_equal(got, expected[stop:], what=f"the steps of a run that goes on after {stop}" + (", with Muon and AdamW" if both else ""), idea="Equal states aren't enough; what is drawn, and at which rate, comes after. Does the model still draw from the generator that was restored?", page=PAGE)  # fmt: skip
            expect_true(content(rest) == content(whole), what="its weights in the end", expected="those of the whole run, bit for bit", got="others", idea="Which of the five states is missing?", page=PAGE)  # fmt: skip


def test_a_state_of_other_texts_changes_nothing(tmp_path):
    a, b = trainer_of(), trainer_of()
    b.batches = Loader(texts(8), 2, 16, seed=0)
    run_to_the_end(tmp_path, a)
    then = content(b)
    with RunFolder(tmp_path, CONFIG) as run, expect_raises(MinilmError, what="a run that is resumed with other texts", idea="The loader says so. What was loaded before it did?", page=PAGE, mentions="other texts"):  # fmt: skip
        run.resume(b)
    expect_true(content(b) == then, what="the trainer", expected="as it was", got="changed", idea="What may refuse, first.", page=PAGE)  # fmt: skip


def test_a_checkpoint_comes_back_whole(tmp_path):
    arrays = {"model.a": np.arange(6, dtype=np.float32).reshape(2, 3), "model.b": np.ones(2, np.float64), "optimizer.0.1.m": np.zeros(2)}  # fmt: skip
    facts = {"step": 3, "rng": {"state": 2**100}}
    path = tmp_path / "c.safetensors"
    write_checkpoint(path, Checkpoint(arrays, facts, CONFIG))
    back = read_checkpoint(path, CONFIG)
    expect_equal(back.facts, facts, what="the facts that come back", idea="Integers of JSON have no end.", page=PAGE)  # fmt: skip
    expect_equal({n: (a.dtype.str, a.tolist()) for n, a in back.arrays.items()}, {n: (a.dtype.str, a.tolist()) for n, a in arrays.items()}, what="the arrays", idea="All, with their dtypes.", page=PAGE)  # fmt: skip
    expect_equal(sorted(back.weights()), ["a", "b"], what="the names of its weights", idea="Given.", page=PAGE)  # fmt: skip
    expect_equal(back.config, {"d_model": 8, "n_heads": 2, "sizes": [1, 2]}, what="its configuration", idea="A tuple is a list in JSON, and that is no difference.", page=PAGE)  # fmt: skip
    expect_equal(load_metadata(path)["format"], FORMAT, what="the format that the file names", idea="A later program must be able to say that it can't read it.", page=PAGE)  # fmt: skip


def refused(path, mentions, what, config=CONFIG):
    for part in (str(path), *mentions):
        with expect_raises(MinilmError, what=what, idea="Which file, which part of it, and what was expected?", page=PAGE, mentions=part):  # fmt: skip
            read_checkpoint(path, config)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    arrays = {"model.a": np.arange(600, dtype=np.float32)}
    write_checkpoint(path, Checkpoint(arrays, {"step": 3}, CONFIG))
    whole = path.read_bytes()
    for cut in (0, 5, 60, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        refused(path, ["damaged"], f"a checkpoint of {len(whole)} bytes that was cut off after {cut}")  # fmt: skip
    refused(tmp_path / "none.safetensors", ["can't be read"], "a file that isn't there")
    for metadata, mentions, what in (
        ({}, ["None"], "weights that are no checkpoint"),
        ({"format": "minilm-checkpoint-2", "facts": "{}", "config": "{}"}, ["minilm-checkpoint-2", FORMAT], "a checkpoint of a later format"),
        ({"format": FORMAT, "facts": "{", "config": "{}"}, ["damaged"], "facts that aren't JSON"),
    ):  # fmt: skip
        save_file(arrays, path, metadata)
        refused(path, mentions, what)


def test_another_configuration_is_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    write_checkpoint(path, Checkpoint({"model.a": np.zeros(2)}, {"step": 3}, CONFIG))
    refused(path, ["d_model 8", "16"], "a checkpoint of width 8 for a model of 16", {**CONFIG, "d_model": 16})  # fmt: skip
    refused(path, ["n_layers None", "2"], "one that lacks a field", {**CONFIG, "n_layers": 2})
    refused(path, ["n_heads 2"], "one with a field too many", {"d_model": 8, "sizes": (1, 2)})
    expect_equal(read_checkpoint(path).facts, {"step": 3}, what="the facts where no configuration is asked for", idea="None takes any.", page=PAGE)  # fmt: skip


def test_what_is_not_finite_is_neither_written_nor_read(tmp_path):
    path = tmp_path / "c.safetensors"
    good = {"model.a": np.zeros(2, np.float32)}
    write_checkpoint(path, Checkpoint(good, {}, CONFIG))
    before = path.read_bytes()
    for bad in (np.nan, np.inf, -np.inf):
        arrays = {**good, "optimizer.0.3.v": np.array([1, bad], np.float32)}
        with expect_raises(MinilmError, what=f"saving {bad}", idea="A checkpoint is where one goes back to.", page=PAGE, mentions="optimizer.0.3.v"):  # fmt: skip
            write_checkpoint(path, Checkpoint(arrays, {}, CONFIG))
        expect_true(path.read_bytes() == before, what="the file", expected="as it was", got="changed", idea="Look before you write.", page=PAGE)  # fmt: skip
        save_file(arrays, tmp_path / "bad", {"format": FORMAT, "facts": "{}", "config": json.dumps(CONFIG)})  # fmt: skip
        refused(tmp_path / "bad", ["optimizer.0.3.v"], f"a checkpoint with {bad}")


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch):
    a = trainer_of()
    run_to_the_end(tmp_path, a, 2)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with RunFolder(tmp_path, CONFIG) as run:
        a.advance()
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with expect_raises(MinilmError, what="saving on a full disk", idea="What does the reader have to do?", page=PAGE, mentions="No space left"):  # fmt: skip
                run.save(a)
    expect_true({p.name: p.read_bytes() for p in tmp_path.iterdir()} == before, what="the folder", expected="as it was", got=sorted(p.name for p in tmp_path.iterdir()), idea="Old checkpoints go when the new one stands, not before.", page=PAGE)  # fmt: skip
    b = trainer_of()
    run_to_the_end(tmp_path, b)
    whole = trainer_of()
    train(whole, STEPS, check=checked(whole), every=EVERY)
    expect_true(content(b) == content(whole), what="the run that goes on when there is room again", expected="the bits of one that was left alone", got="others", idea="It goes on from the last checkpoint.", page=PAGE)  # fmt: skip


def test_one_run_at_a_time(tmp_path):
    with RunFolder(tmp_path, CONFIG), expect_raises(MinilmError, what="a folder that another run uses", idea="Given: the lock.", page=PAGE, mentions="in use"), RunFolder(tmp_path, CONFIG):  # fmt: skip
        pass
    with RunFolder(tmp_path, CONFIG):
        pass


def test_two_checkpoints_stay(tmp_path):
    a = trainer_of()
    with RunFolder(tmp_path, CONFIG) as run:
        names = []
        for _ in range(4):
            a.advance()
            run.save(a)
            names.append([p.name for p in run.checkpoints()])
    expect_equal(names, [["step-000001.safetensors"]] + [[f"step-{i:06d}.safetensors", f"step-{i + 1:06d}.safetensors"] for i in (1, 2, 3)], what="the checkpoints after each of four saves", idea="The newest two, and the name tells the step.", page=PAGE)  # fmt: skip


def test_lines_are_those_of_the_run(tmp_path):
    whole, a = trainer_of(), trainer_of()
    run_to_the_end(tmp_path / "whole", whole)
    with RunFolder(tmp_path / "a", CONFIG) as run:
        expect_equal(run.resume(a), False, what="resuming an empty folder", idea="There is nothing to go on from.", page=PAGE)  # fmt: skip
        train(a, 4, run, check=checked(a), every=EVERY)
        run.write_line(a.advance())
    with (tmp_path / "a" / "lines.jsonl").open("a") as file:
        file.write('{"step": 6, "lo')
    b = trainer_of()
    with RunFolder(tmp_path / "a", CONFIG) as run:
        expect_equal([line["step"] for line in run.lines()], [1, 2, 3, 4, 5], what="the lines of a run that was killed while it wrote", idea="A line without its end isn't one.", page=PAGE)  # fmt: skip
        expect_equal(run.resume(b), True, what="resuming it", idea="The newest checkpoint is of step 4.", page=PAGE)  # fmt: skip
        expect_equal([line["step"] for line in run.lines()], [1, 2, 3, 4], what="the lines after resuming at 4", idea="Step 5 will be made again.", page=PAGE)  # fmt: skip
        train(b, STEPS, run, check=checked(b), every=EVERY)
    expect_true(left_behind(tmp_path / "a") == left_behind(tmp_path / "whole"), what="what the run leaves behind", expected="what one left alone does", got=left_behind(tmp_path / "a")[0], idea="Lines, best weights, names.", page=PAGE)  # fmt: skip
    expect_equal([line.get("bits_per_byte") for line in left_behind(tmp_path / "whole")[0]], [None, 3.0, None, 1.0, None, 3.0], what="the checks in the lines", idea="Where it was checked, the line says so.", page=PAGE)  # fmt: skip


def test_a_run_that_diverges_keeps_its_last_good_state(tmp_path):
    a = trainer_of()
    with RunFolder(tmp_path, CONFIG) as run:
        train(a, 4, run, every=EVERY)
        weights = a.model.state_dict()
        weights["embed.weight"][:] = np.nan
        a.model.load_state_dict(weights)
        with expect_raises(DivergedError, what="a run whose weights became nan", idea="Where does one go back to?", page=PAGE, mentions="step-000004.safetensors"):  # fmt: skip
            train(a, STEPS, run, every=EVERY)
        read_checkpoint(run.checkpoints()[-1], CONFIG)
        expect_close(len(run.lines()), 4, tol=0, what="how many lines were written", idea="The step that showed it wasn't made.", page=PAGE)  # fmt: skip


CALLS = {"open": io, "fsync": os, "replace": os, "unlink": os, "mkdir": os}


class Watched:
    """A file whose writes count as calls, too."""

    def __init__(self, file, counted):
        self.file, self.counted = file, counted

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def write(self, data):
        return self.counted(self.file.write, data)

    def __getattr__(self, name):
        return getattr(self.file, name)


def die_at(n, moment):
    """In a child: the n-th call that changes a file is its last, or wasn't made any more."""
    seen = 0

    def counted(real, *args, **kwargs):
        nonlocal seen
        seen += 1
        mine = seen
        if mine == n and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if mine == n and moment == "after":
            if hasattr(result, "flush"):
                result.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    for name, module in CALLS.items():
        real = getattr(module, name)
        if name == "open":

            def opened(path, mode="r", *args, real=real, **kwargs):
                if mode[0] == "r":
                    return real(path, mode, *args, **kwargs)
                return Watched(counted(real, path, mode, *args, **kwargs), counted)

            io.open = opened
        else:
            setattr(module, name, partial(counted, real))


def killed(folder, n, moment):
    child = os.fork()
    if not child:
        try:
            die_at(n, moment)
            run_to_the_end(folder, trainer_of())
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_killed_at_any_call_it_ends_with_the_same_bits(tmp_path):
    whole = trainer_of()
    run_to_the_end(tmp_path / "whole", whole)
    expected, behind = content(whole), left_behind(tmp_path / "whole")
    for moment in ("before", "after"):
        n = 1
        while killed(tmp_path / f"{moment}{n}", n, moment):
            folder, again = tmp_path / f"{moment}{n}", trainer_of()
            what = f"a run that was killed {moment} its call number {n}, and resumed"
            run_to_the_end(folder, again)
            expect_true(content(again) == expected, what=f"weights, loader and generator of {what}", expected="the bits of a run that was left alone", got="others", idea="Which of the five states didn't come back, or came from another step?", page=PAGE)  # fmt: skip
            expect_true(left_behind(folder) == behind, what=f"what is left by {what}", expected="what a run leaves that nobody killed", got=left_behind(folder)[2], idea="Each step has one line, and nothing half-written stays.", page=PAGE)  # fmt: skip
            n += 1
        expect_true(n > 30, what="the calls of a whole run that change files", expected="more than 30", got=n - 1, idea="Is a line written for each step, and a checkpoint every two?", page=PAGE)  # fmt: skip
