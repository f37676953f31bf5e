"""Imports point one way. Read off the syntax trees, so that a forbidden import is found even if it never runs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from cortex.files.packages import NAMES, TABLE

ROOT = Path(__file__).parents[2]
STDLIB = frozenset(sys.stdlib_module_names)
LEARNER = frozenset(NAMES)


def imports(source: str, package: str = "") -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, wherever it stands; `package` resolves relative ones."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                start = ".".join([*above, *([start] if start else [])])
            for alias in node.names:
                yield node.lineno, f"{start}.{alias.name}"
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def violations(
    files: Iterable[Path], allowed: Callable[[str, Path], bool], base: Path
) -> list[str]:
    """`file:line imports name` for each import that isn't allowed."""
    found = []
    for path in sorted(files):
        package = ".".join(path.relative_to(base).parent.parts)
        for line, name in imports(path.read_text(encoding="utf-8"), package):
            if not allowed(name, path):
                found.append(f"{path.relative_to(base)}:{line} imports {name}")
    return found


def top(name: str) -> str:
    return name.partition(".")[0]


def cortex_allows(name: str, path: Path) -> bool:
    return top(name) not in {*LEARNER, "given"} or name.startswith("given.drawing")


def given_allows(name: str, path: Path) -> bool:
    """What children import stands on its own, so that they need nothing else of ours."""
    data = {"yaml"} if path.name == "verbs.py" else set()
    return top(name) in {*STDLIB, *data, "numpy", "matplotlib", "cycler", "given"}


def package_allows(name: str, path: Path) -> bool:
    """A learner's package imports itself, numpy, the standard library, and what the table says."""
    own = next(part for part in path.parts if part in LEARNER)
    return top(name) in {*STDLIB, "numpy", own, *TABLE[own].below, *TABLE[own].libraries}


def checks_allow(name: str, path: Path) -> bool:
    if top(name) == "given":
        return name.startswith("given.checking")
    beside = {other.stem for other in path.parent.glob("_*.py")}
    within = name.startswith(f"tests.labs.{path.parent.name}._") or top(name) in beside
    return within or top(name) in {*STDLIB, *LEARNER, "pytest", "hypothesis", "numpy"}


def experiments_allow(name: str, path: Path) -> bool:
    if top(name) == "given":
        return name.startswith(("given.run", "given.drawing", "given.verbs"))
    compared = {"micrograd", "torch"} if path.parent.name.startswith("bench-") else set()
    # What an experiment shares with others of its phase lies in one of their folders.
    beside = {other.stem for other in path.parents[1].glob("*/*.py")}
    return top(name) in {*STDLIB, *LEARNER, *beside, *compared, "numpy", "matplotlib"}


def commands_allow(name: str, path: Path) -> bool:
    """A command module stands alone: what two share lives in a room of its own."""
    return not name.startswith("cortex.commands.")


def rooms_allow(name: str, path: Path) -> bool:
    """Nothing but the command line imports a command, and what ships to learners needs no `cortex.dev`."""
    in_dev = "dev" in path.parts
    return not name.startswith("cortex.commands") and (in_dev or not name.startswith("cortex.dev"))


def formats_allow(name: str, path: Path) -> bool:
    """The formats are the ground: they know errors and each other."""
    return top(name) != "cortex" or name.startswith(("cortex.formats", "cortex.errors"))


def python_files(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*.py")
        if not any(part.startswith(".") or part in ("__pycache__", "runs") for part in path.parts)
    ]


SRC, SOLUTIONS = ROOT / "src", ROOT / "solutions"
RULES: dict[str, tuple[Callable[[], list[Path]], Callable[[str, Path], bool], Path]] = {
    "cortex never imports a learner's package": (
        lambda: python_files(SRC / "cortex"),
        cortex_allows,
        SRC,
    ),
    "given imports nothing of ours": (
        lambda: python_files(SRC / "given"),
        given_allows,
        SRC,
    ),
    "the reference's packages import downwards": (
        lambda: [p for name in LEARNER for p in python_files(SOLUTIONS / name)],
        package_allows,
        SOLUTIONS,
    ),
    "the skeletons import downwards": (
        lambda: [p for name in LEARNER for p in python_files(SRC / name)],
        package_allows,
        SRC,
    ),
    "lab checks import what they check and given.checking": (
        lambda: python_files(ROOT / "tests/labs"),
        checks_allow,
        ROOT,
    ),
    "experiments never import cortex": (
        lambda: [p for p in python_files(ROOT / "experiments") if "no-magic" not in p.parts],
        experiments_allow,
        ROOT,
    ),
    "command modules don't import each other": (
        lambda: python_files(SRC / "cortex/commands"),
        commands_allow,
        SRC,
    ),
    "rooms import neither commands nor, outside of it, cortex.dev": (
        lambda: [
            p
            for p in python_files(SRC / "cortex")
            if "commands" not in p.parts and p.name != "cli.py"
        ],
        rooms_allow,
        SRC,
    ),
    "formats import nothing above them": (
        lambda: python_files(SRC / "cortex/formats"),
        formats_allow,
        SRC,
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_imports_point_one_way(rule: str) -> None:
    files, allowed, base = RULES[rule]
    assert files(), "there must be something to look at"
    assert violations(files(), allowed, base) == []


SAMPLES = {
    "cortex never imports a learner's package": [
        ("cortex/x.py", "def f():\n    from minigrad.scalar import Value\n"),
        ("cortex/x.py", "import labkit\n"),
        ("cortex/x.py", "import importlib\nimportlib.import_module('minigrad.scalar')\n"),
    ],
    "given imports nothing of ours": [
        ("given/x.py", "from cortex.errors import CortexError\n"),
        ("given/x.py", "import minigrad\n"),
        ("given/x.py", "import yaml\n"),
    ],
    "the reference's packages import downwards": [
        ("minigrad/x.py", "from minitorch import tensor\n"),
        ("labkit/x.py", "import minigrad\n"),
        ("minigrad/x.py", "from given.checking import expect_close\n"),
        ("minigrad/x.py", "from cortex.errors import CortexError\n"),
        ("minigrad/x.py", "import torch\n"),
        ("minitorch/x.py", "import structlog\n"),
        ("minitutor/x.py", "import minikernel\n"),
        ("minilm/x.py", "import minikernel\n"),
        ("minitorch/nn/x.py", "if True:\n    import micrograd\n"),
    ],
    "lab checks import what they check and given.checking": [
        ("tests/labs/phase_01/test_lab_01.py", "from cortex.standing.gate import examine\n"),
        ("tests/labs/phase_01/test_lab_01.py", "import yaml\n"),
        ("tests/labs/phase_01/test_lab_01.py", "from cortex.runs import checks\n"),
        ("tests/labs/phase_01/test_lab_01.py", "from given.drawing import Canvas\n"),
    ],
    "experiments never import cortex": [
        ("experiments/01/x/run.py", "from cortex.errors import CortexError\n"),
        ("experiments/01/x/run.py", "import torch\n"),
        ("experiments/01/x/run.py", "import pytest\n"),
        ("experiments/01/x/run.py", "from given.checking import expect_close\n"),
    ],
    "command modules don't import each other": [
        ("cortex/commands/x.py", "from cortex.commands import work\n"),
        ("cortex/commands/x.py", "from . import work\n"),
        ("cortex/commands/x.py", "from .work import status\n"),
    ],
    "rooms import neither commands nor, outside of it, cortex.dev": [
        ("cortex/x.py", "from cortex.commands import work\n"),
        ("cortex/x.py", "from cortex.dev import site\n"),
    ],
    "formats import nothing above them": [
        ("cortex/formats/x.py", "from cortex.files.repo import Repo\n"),
        ("cortex/formats/x.py", "from .. import store\n"),
    ],
}


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [(rule, name, text) for rule, some in SAMPLES.items() for name, text in some],
)
def test_a_violation_is_caught_with_its_place(
    tmp_path: Path, rule: str, name: str, text: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    (found,) = violations([path], RULES[rule][1], tmp_path)
    assert found.startswith(f"{name}:") and " imports " in found


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (
            "the reference's packages import downwards",
            "minitorch/nn/x.py",
            "from ..tensor import T\n",
        ),
        (
            "the reference's packages import downwards",
            "minilm/x.py",
            "import minigrad, json, numpy\n",
        ),
        (
            "lab checks import what they check and given.checking",
            "tests/labs/phase_01/test_lab_01.py",
            "from given.checking import expect_close\nfrom minigrad import scalar\n",
        ),
        (
            "experiments never import cortex",
            "experiments/01/x/run.py",
            "from given.run import Run\nfrom given.drawing import BLUE\nfrom given.verbs import VERBS\n",
        ),
        ("given imports nothing of ours", "given/verbs.py", "import yaml\n"),
        (
            "experiments never import cortex",
            "experiments/bench-x/run.py",
            "import micrograd, torch\n",
        ),
    ],
)
def test_what_points_the_right_way_is_left_alone(
    tmp_path: Path, rule: str, name: str, text: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert violations([path], RULES[rule][1], tmp_path) == []
