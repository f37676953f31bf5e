"""Checks of lab 00.3: seeds, and the environment in which a child repeats itself."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from given.checking import expect_equal, expect_raises, expect_true
from labkit.seeding import THREADS, child_env, log_versions, seed_everything

from ._under_test import packages, run

PAGE = "theory/02-reproducibility.md"
ORDER = "theory/03-where-it-comes-from.md"
WORKER = "print(list({'work', 'play', 'walk', 'study', 'listen'}), hash('walk'))"


def test_seeding_fixes_the_draws_of_random() -> None:
    seed_everything(0)
    got = [random.random() for _ in range(10)]
    random.seed(0)
    expect_equal(
        got,
        [random.random() for _ in range(10)],
        what="ten draws after seed_everything(0)",
        idea="They are the draws of random.seed(0): give the seed to the generator as it is.",
        page=PAGE,
    )


def test_any_seed_gives_its_own_draws() -> None:
    from hypothesis import HealthCheck, example, given, settings
    from hypothesis import strategies as st

    def draws(seed: int) -> list[float]:
        seed_everything(seed)
        return [random.random() for _ in range(5)]

    @settings(
        max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @example(seed=2**32 - 1)
    @given(seed=st.integers(0, 2**32 - 1))
    def holds(seed: int) -> None:
        expected = random.Random(seed)
        expect_equal(
            (draws(seed), draws(seed)),
            ([expected.random() for _ in range(5)],) * 2,
            what=f"five draws after seed_everything({seed}), twice",
            idea="The seed is the whole state, and all of it counts: what you drew before must not matter, and no digit may be lost.",
            page=PAGE,
        )

    holds()


def test_numpys_global_generator_is_seeded_too() -> None:
    import numpy as np

    seed_everything(7)
    first = np.random.random(3).tolist()
    seed_everything(7)
    expect_equal(
        (np.random.random(3).tolist(), first),
        (np.random.RandomState(7).random(3).tolist(),) * 2,
        what="three draws of numpy's global generator after seed_everything(7), twice",
        idea="numpy's global generator is the legacy one. Which of numpy's ways to seed reaches it, and which makes another generator?",
        page=PAGE,
    )


def test_torch_is_seeded_where_it_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(
        "class _CuDNN:\n    deterministic, benchmark = False, True\n"
        "class backends:\n    cudnn = _CuDNN()\n"
        "class cuda:\n    is_available = staticmethod(lambda: False)\n"
        "    manual_seed_all = staticmethod(lambda seed: None)\n"
        "def manual_seed(seed):\n    print('seeded with', seed)\n",
        encoding="utf-8",
    )
    code = (
        "from labkit.seeding import seed_everything; seed_everything(5); import torch; "
        "print(torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)"
    )
    path = os.pathsep.join([str(packages()), str(tmp_path)])
    done = run(sys.executable, "-c", code, cwd=tmp_path, env={"PYTHONPATH": path})
    expect_equal(
        done.stdout.split("\n")[:2],
        ["seeded with 5", "True False"],
        what=f"what a stand-in for torch was told: manual_seed, then cudnn (deterministic, benchmark) {done.stderr[-200:]}",
        idea="torch.manual_seed(seed) covers the CPU and every GPU; benchmark=True may pick another algorithm on each run.",
        page=PAGE,
    )


def test_it_works_where_numpy_and_torch_are_missing(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['numpy'] = sys.modules['torch'] = None\n"
        "import random; from labkit.seeding import seed_everything\n"
        "seed_everything(3); a = random.random(); random.seed(3); print(a == random.random())"
    )
    done = run(sys.executable, "-c", code, cwd=tmp_path)
    expect_equal(
        done.stdout.strip(),
        "True",
        what=f"seed_everything where importing numpy and torch fails ({done.stderr.strip()[-200:]})",
        idea="Ask for them with _optional and go on without: the standard library's generator is always there.",
        page=PAGE,
    )


def test_a_seed_that_is_not_a_number_in_range_is_refused() -> None:
    for bad in (-1, 2**32):
        for function in (seed_everything, child_env):
            with expect_raises(
                ValueError,
                mentions=str(bad),
                what=f"{function.__name__}({bad})",
                idea="numpy and PYTHONHASHSEED both stop at 2**32 - 1. Refuse at the door, and show the value.",
                page=PAGE,
            ):
                function(bad)
    for wrong in (True, 1.0, "1", None):
        for function in (seed_everything, child_env):
            with expect_raises(
                TypeError,
                what=f"{function.__name__}({wrong!r})",
                idea="True is an int to Python and a mistake here; random.seed('1') would quietly seed something else.",
                page=PAGE,
            ):
                function(wrong)  # type: ignore[arg-type]


def test_seeding_leaves_this_process_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    before = dict(os.environ)
    seed_everything(1)
    expect_equal(
        dict(os.environ) == before,
        True,
        what="whether os.environ is as it was",
        idea="Setting PYTHONHASHSEED here changes nothing in this process: it was read at the start. It would only make a manifest claim what isn't so.",
        page=PAGE,
    )


def test_a_child_gets_the_hash_seed_and_one_thread_each() -> None:
    env = child_env(42, {})
    expect_equal(
        env.get("PYTHONHASHSEED"),
        "42",
        what="PYTHONHASHSEED in child_env(42, {})",
        idea="The launcher's job: the variable must be there before the interpreter starts. Environment values are strings.",
        page=PAGE,
    )
    expect_equal(
        {name: env.get(name) for name in THREADS},
        dict.fromkeys(THREADS, "1"),
        what="the thread counts in child_env(42, {})",
        idea="Several threads add up in whatever order they finish; one adds in one order.",
        page=ORDER,
    )


def test_the_base_is_kept_overridden_and_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    base = {"HOME": "/home/ada", "PYTHONHASHSEED": "random", "OMP_NUM_THREADS": "8"}
    env = child_env(0, base)
    expect_equal(
        (env["HOME"], env["PYTHONHASHSEED"], env["OMP_NUM_THREADS"], base["OMP_NUM_THREADS"]),
        ("/home/ada", "0", "1", "8"),
        what="HOME, PYTHONHASHSEED and OMP_NUM_THREADS in the child's environment, OMP_NUM_THREADS in the base",
        idea="Copy the base, then set your own on the copy: a caller's dict isn't yours to write to.",
        page=PAGE,
    )
    monkeypatch.setenv("CORTEX_PROBE", "here")
    expect_equal(
        "CORTEX_PROBE" in child_env(0, {}),
        False,
        what="whether child_env(0, {}) holds a variable of this process",
        idea="An empty base is a base: who hands it over wants nothing else in there. Empty and missing are two things.",
        page=PAGE,
    )
    expect_equal(
        child_env(0).get("CORTEX_PROBE"),
        "here",
        what="a variable of this process in child_env(0)",
        idea="Without a base, start from os.environ: a child without PATH or HOME finds nothing.",
        page=PAGE,
    )


def test_three_fresh_processes_agree_on_the_order_of_a_set(tmp_path: Path) -> None:
    base = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    env = child_env(42, base)
    seen = {run(sys.executable, "-c", WORKER, cwd=tmp_path, base=env).stdout for _ in range(3)}
    expect_equal(
        len(seen),
        1,
        what="how many different orders three children of child_env(42) printed",
        idea="With the hash seed in their environment from the start, they agree on hash('walk') and so on the set's order.",
        page=PAGE,
    )


def test_versions_name_the_five_things_and_never_raise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    versions = log_versions()
    expect_equal(
        (sorted(versions), versions["python"], versions["numpy"]),
        (
            ["numpy", "python", "scipy", "torch", "uv"],
            ".".join(str(part) for part in sys.version_info[:3]),
            np.__version__,
        ),
        what="the keys of log_versions(), and the versions of python and numpy",
        idea="importlib.metadata.version knows what is installed without importing it.",
        page=PAGE,
    )
    empty = tmp_path / "bin"
    empty.mkdir()
    code = "import json; from labkit.seeding import log_versions; print(json.dumps(log_versions()))"
    done = run(sys.executable, "-S", "-c", code, cwd=tmp_path, env={"PATH": str(empty)})
    expect_true(
        done.returncode == 0 and done.stdout.count('"not installed"') == 4,
        what="log_versions() where no package is installed and PATH is empty",
        expected="numpy, scipy, torch and uv are 'not installed'",
        got=done.stdout or done.stderr[-300:],
        idea="A record that can't be complete says so; it doesn't stop the run.",
        page=PAGE,
    )
    (empty / "uv").write_text("#!/bin/sh\necho uv 9.9.9\nexit 3\n", encoding="utf-8")
    (empty / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(empty))
    expect_equal(
        log_versions()["uv"],
        "not installed",
        what="uv's version where uv exits with 3",
        idea="A tool that doesn't work has no version. In how many ways can one not work, and which of them does your call notice?",
        page=PAGE,
    )


def test_versions_are_read_without_importing_torch(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    code = "from labkit.seeding import log_versions; print(log_versions()['python'])"
    path = os.pathsep.join([str(packages()), str(tmp_path)])
    done = run(sys.executable, "-c", code, cwd=tmp_path, env={"PYTHONPATH": path})
    expect_equal(
        done.returncode,
        0,
        what=f"log_versions() beside a torch that can't be imported ({done.stderr.strip()[-120:]})",
        idea="Importing torch costs seconds, and a broken one raises more than ImportError.",
        page=PAGE,
    )
