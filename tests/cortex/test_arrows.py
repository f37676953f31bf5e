"""Imports point one way. Read off the syntax trees, so that a forbidden import is found even if it never runs."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from cortex.files.packages import NAMES, TABLE

ROOT = Path(__file__).parents[2]
STDLIB = frozenset(sys.stdlib_module_names)
LEARNER = frozenset(NAMES)


def imports(source: str, package: str = "", *, types: bool = True) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, wherever it stands; `package` resolves relative ones.

    Without `types`, those below `if TYPE_CHECKING` don't count: they never run.
    """
    tree = ast.parse(source)
    if not types:
        for branch in [node for node in ast.walk(tree) if isinstance(node, ast.If)]:
            if isinstance(branch.test, ast.Name) and branch.test.id == "TYPE_CHECKING":
                branch.body = [ast.Pass()]
    for node in ast.walk(tree):
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
    files: Iterable[Path], allowed: Callable[[str, Path], bool], base: Path, *, types: bool = True
) -> list[str]:
    """`file:line imports name` for each import that isn't allowed."""
    found = []
    for path in sorted(files):
        package = ".".join(path.relative_to(base).parent.parts)
        for line, name in imports(path.read_text(encoding="utf-8"), package, types=types):
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
    """A learner's package imports itself, numpy, the standard library, what the table says, and verbs where it is about them."""
    own = next(part for part in path.parts if part in LEARNER)
    if own in ("minilm", "minitutor") and name.startswith("given.verbs"):
        return True  # they are about the domain, whose one table it is
    return top(name) in {*STDLIB, "numpy", own, *TABLE[own].below, *TABLE[own].libraries}


def checks_allow(name: str, path: Path) -> bool:
    if top(name) == "given":
        return name.startswith(("given.checking", "given.verbs"))
    beside = {other.stem for other in path.parent.glob("_*.py")}
    within = name.startswith(f"tests.labs.{path.parent.name}._") or top(name) in beside
    return within or top(name) in {*STDLIB, *LEARNER, "pytest", "hypothesis", "numpy"}


def experiments_allow(name: str, path: Path) -> bool:
    if top(name) == "given":
        return name.startswith(("given.run", "given.drawing", "given.texts", "given.verbs"))
    compared = (
        {"micrograd", "tokenizers", "torch"} if path.parent.name.startswith("bench-") else set()
    )
    # What an experiment shares with others of its phase lies in one of their folders.
    beside = {other.stem for other in path.parents[1].glob("*/*.py")}
    return top(name) in {*STDLIB, *LEARNER, *beside, *compared, "numpy", "matplotlib"}


def commands_allow(name: str, path: Path) -> bool:
    """A command module stands alone: what two share lives in a room of its own."""
    return not name.startswith("cortex.commands.")


# Each wing of cortex with those that it may import. `terminal` draws what all of them return, so their types too.
GROUND = {"errors", "formats", "files"}
HOUSE = GROUND | {"record", "context"}
BELOW: dict[str, set[str]] = {
    "errors": set(),
    "formats": {"errors"},
    "files": {"errors", "formats"},
    "upkeep": GROUND | {"runs"},
    "record": GROUND,
    "context": GROUND | {"record"},
    "runs": HOUSE,
    "quiz": HOUSE,
    "standing": HOUSE | {"runs", "quiz"},
    "actions": HOUSE | {"runs", "quiz", "standing", "upkeep"},
    "terminal": HOUSE | {"runs", "quiz", "standing", "upkeep", "actions"},
    "options": set(),
    "commands": {"errors", "options", "actions", "terminal"},
    "dev": HOUSE | {"runs", "quiz", "standing", "upkeep", "actions", "terminal"},
    "cli": {"commands"},
    "__main__": {"errors", "cli", "actions", "terminal"},
}
FACES = {"terminal", "options", "commands", "cli", "__main__"}


def wing_of(path: Path) -> str:
    """`quiz` of cortex/quiz/items.py, `context` of cortex/context.py."""
    return path.with_suffix("").parts[path.parts.index("cortex") + 1]


def wings_allow(name: str, path: Path) -> bool:
    """No wing imports upwards."""
    own, parts = wing_of(path), name.split(".")
    if parts[0] != "cortex":
        return True
    # What authors run stays in dev, where nothing that learners run needs it: its face has no actions in between.
    authors = {"dev", "context", "files"} if path.parts[-2:] == ("commands", "dev.py") else set()
    return len(parts) > 1 and parts[1] in {own, *BELOW[own], *authors}


def faces_allow(name: str, path: Path) -> bool:
    """Only a face parses arguments and draws."""
    return wing_of(path) in FACES or top(name) not in {"typer", "click", "rich"}


def terminal_allows(name: str, path: Path) -> bool:
    """The terminal shows and asks; when it runs it needs no wing, but for which `just` this person can type."""
    known = ("cortex.terminal", "cortex.errors", "cortex.upkeep.doctor.new_enough")
    return top(name) != "cortex" or name.startswith(known)


def python_files(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*.py")
        if not any(part.startswith(".") or part in ("__pycache__", "runs") for part in path.parts)
    ]


def cortex_modules() -> list[Path]:
    package = SRC / "cortex"
    return [path for path in python_files(package) if path != package / "__init__.py"]


SRC, SOLUTIONS = ROOT / "src", ROOT / "solutions"
AT_RUN_TIME = {"the terminal needs no wing when it runs"}  # rules for which types don't count
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
    "lab checks import what they check, given.checking and given.verbs": (
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
    "no wing of cortex imports upwards": (cortex_modules, wings_allow, SRC),
    "only a face imports typer and rich": (cortex_modules, faces_allow, SRC),
    "the terminal needs no wing when it runs": (
        lambda: python_files(SRC / "cortex/terminal"),
        terminal_allows,
        SRC,
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_imports_point_one_way(rule: str) -> None:
    files, allowed, base = RULES[rule]
    assert files(), "there must be something to look at"
    assert violations(files(), allowed, base, types=rule not in AT_RUN_TIME) == []


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
        ("minilm/x.py", "from given.run import Run\n"),
        ("minitorch/x.py", "from given.verbs import VERBS\n"),
        ("minitorch/nn/x.py", "if True:\n    import micrograd\n"),
    ],
    "lab checks import what they check, given.checking and given.verbs": [
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
    "no wing of cortex imports upwards": [
        ("cortex/errors.py", "from cortex.formats.phase import Phase\n"),
        ("cortex/formats/x.py", "from cortex.files.repo import Repo\n"),
        ("cortex/formats/x.py", "from .. import store\n"),
        ("cortex/files/x.py", "from cortex.record.learner import Learner\n"),
        ("cortex/record/x.py", "from cortex.context import Context\n"),
        ("cortex/context.py", "from cortex.quiz import items\n"),
        ("cortex/runs/x.py", "from cortex.quiz import review\n"),
        (
            "cortex/quiz/x.py",
            "if TYPE_CHECKING:\n    from cortex.runs.checks import TestResult\n",
        ),
        ("cortex/quiz/x.py", "from cortex.terminal import prompts\n"),
        ("cortex/standing/x.py", "from cortex.actions import work\n"),
        ("cortex/upkeep/x.py", "from cortex.record.learner import Learner\n"),
        ("cortex/actions/x.py", "from cortex.terminal.output import finish\n"),
        ("cortex/actions/x.py", "from cortex.commands import work\n"),
        ("cortex/actions/x.py", "from cortex.dev import site\n"),
        ("cortex/terminal/x.py", "from cortex.commands import work\n"),
        ("cortex/commands/x.py", "def f():\n    from cortex.standing.gate import examine\n"),
        ("cortex/commands/x.py", "from cortex.context import Context\n"),
        ("cortex/commands/x.py", "from cortex.dev import site\n"),
        ("cortex/commands/dev.py", "from cortex.standing import seal\n"),
        ("cortex/dev/x.py", "from cortex.commands import dev\n"),
        ("cortex/runs/x.py", "import cortex\n"),
    ],
    "only a face imports typer and rich": [
        ("cortex/actions/x.py", "import typer\n"),
        ("cortex/actions/x.py", "if TYPE_CHECKING:\n    from rich.console import Console\n"),
        ("cortex/record/x.py", "from rich.markdown import Markdown\n"),
    ],
    "the terminal needs no wing when it runs": [
        ("cortex/terminal/x.py", "from cortex.quiz.words import say\n"),
        ("cortex/terminal/x.py", "def f():\n    from cortex.actions import work\n"),
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
    (found,) = violations([path], RULES[rule][1], tmp_path, types=rule not in AT_RUN_TIME)
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
            "the reference's packages import downwards",
            "minilm/x.py",
            "from given.verbs import VERBS\n",
        ),
        (
            "lab checks import what they check, given.checking and given.verbs",
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
        (
            "the terminal needs no wing when it runs",
            "cortex/terminal/x.py",
            "if TYPE_CHECKING:\n    from cortex.actions.work import Status\n",
        ),
        (
            "no wing of cortex imports upwards",
            "cortex/terminal/x.py",
            "if TYPE_CHECKING:\n    from cortex.actions.work import Status\n",
        ),
        (
            "no wing of cortex imports upwards",
            "cortex/commands/x.py",
            "from cortex.actions import work\nfrom cortex.terminal import output\n",
        ),
    ],
)
def test_what_points_the_right_way_is_left_alone(
    tmp_path: Path, rule: str, name: str, text: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert violations([path], RULES[rule][1], tmp_path, types=rule not in AT_RUN_TIME) == []


def test_pyproject_knows_the_packages_of_the_table() -> None:
    """What is shipped is built and is spared the advice that a skeleton can't follow; what is planned is ours too."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    shipped = [name for name in NAMES if (SRC / name).is_dir()]
    wheel = settings["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == [f"src/{name}" for name in ("cortex", "given", *shipped)]
    lint = settings["ruff"]["lint"]
    assert sorted(lint["isort"]["known-first-party"]) == sorted(["cortex", "given", *NAMES])
    spared = [name for name in lint["per-file-ignores"] if name.startswith("src/")]
    assert [name for name in spared if name.split("/")[1] in NAMES] == [
        f"src/{name}/**" for name in shipped
    ]
