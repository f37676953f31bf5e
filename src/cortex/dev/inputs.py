"""What each part of a phase's proof stands on, by name, with a digest each: a part holds until one of them changes.

Python counts by its statements: comments, docstrings and empty lines change nothing, and of a file of the reference
only what the phase's labs and those before them ask for counts. Imports are followed through every file of ours, and
so are the data files that a program names. Pages, proofs and the gatekeeper itself are no inputs.
"""

from __future__ import annotations

import ast
import hashlib
import json
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.digests import file_digest
from cortex.files.packages import reference
from cortex.files.regions import Layout, layout, order, relevant_lines
from cortex.files.repo import HOUSE, Repo
from cortex.files.syntax import parsed
from cortex.formats.claims import ClaimsFile
from cortex.formats.load import load, read_text
from cortex.formats.phase import Experiment, Lab, Phase
from cortex.runs import evidence, folders
from cortex.runs.sources import check_files, source_files

Part = Literal["labs", "breaks", "figures", "mutants", "claims", "rehearsal"]
PARTS: tuple[Part, ...] = get_args(Part)
# The packages whose versions decide what a run gives.
_CHECKING = ("numpy", "pytest", "hypothesis")
_PACKAGES: dict[Part, tuple[str, ...]] = {
    **dict.fromkeys(PARTS, (*_CHECKING, "matplotlib")),
    **dict.fromkeys(("labs", "breaks", "mutants"), _CHECKING),
    "figures": ("numpy", "matplotlib"),
}
_NO_DATA = {".md", ".svg", ".png", ".html"}
_ENOUGH = 16  # hex digits: a change is to be seen, not an attack


def parts(repo: Repo, phase: Phase) -> list[Part]:
    """The parts of which a phase's proof is made."""
    there: dict[Part, bool] = {
        "figures": bool(phase.figures),
        "mutants": (repo.root / phase.mutants).is_file(),
        "claims": (repo.root / phase.claims).is_file(),
    }
    return [part for part in PARTS if there.get(part, True)]


def inputs(ctx: Context, phase: Phase, part: Part, imported: Iterable[str] = ()) -> dict[str, str]:
    """Each input of a part with its digest; empty for a file that isn't there.

    Args:
        imported: files relative to the root that a run is known to have imported besides.
    """
    repo = ctx.repo
    found = _Inputs(repo, _PACKAGES[part], max((lab.id for lab in phase.labs), key=order))
    match part:
        case "labs":
            found.labs(phase.labs)
        case "breaks":
            found.breaks(phase)
        case "figures":
            found.figures(phase)
        case "mutants":
            found.labs(phase.labs)
            found.add(phase.mutants)
        case "claims":
            found.claims(ctx, phase)
        case "rehearsal":
            found.labs(phase.labs)
            found.breaks(phase)
            found.add(phase.quiz)
            asked = {line.proof()[1] for line in phase.done if line.proof()[0] == "experiment"}
            for name in sorted(asked):
                found.experiment(ctx, name)
            found.say("requires", phase.requires)
            found.say("done", [asdict(line) for line in phase.done])
    found.follow(imported)
    return dict(sorted(found.digests.items()))


def of_files(repo: Repo, names: Iterable[str]) -> dict[str, str]:
    """Files that belong to no phase, with what they import and read; they count whole."""
    found = _Inputs(repo, _CHECKING)
    found.follow(names)
    return dict(sorted(found.digests.items()))


class _Inputs:
    """Gathers digests by name."""

    def __init__(self, repo: Repo, packages: Iterable[str], last: str = "") -> None:
        self.repo = repo
        self.last = last  # the lab up to which the reference counts; empty: all of it
        self.digests: dict[str, str] = {}
        lock = repo.root / "uv.lock"
        if lock.is_file():
            locked = _locked(_text(lock))
            self.digests = {f"uv.lock: {name}": locked.get(name, "") for name in packages}

    def say(self, field: str, value: Any) -> None:
        """Counts what phase.yaml says under a name of its own, so that its titles and pages don't."""
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
        self.digests[f"phase.yaml: {field}"] = _short(text.encode())

    def add(self, name: str) -> None:
        """Counts a file whole."""
        self.digests[name] = file_digest(_path(self.repo, name))[:_ENOUGH]

    def group(self, name: str) -> None:
        if name:
            self.add(f"tools/groups/{name}.txt")

    def labs(self, labs: Iterable[Lab]) -> None:
        """The checks of labs, what they import, and what the labs write."""
        fields = ("id", "writes", "checks", "timeout", "memory_mb", "group")
        labs = list(labs)
        said = [{name: getattr(lab, name) for name in fields} for lab in labs]
        self.say(f"labs of {labs[0].id.partition('.')[0]}", said)
        for lab in labs:
            self.group(lab.group)
            self.follow([*check_files(self.repo, lab), *source_files(lab, "reference")])

    def breaks(self, phase: Phase) -> None:
        """The faults, what shows them and what catches them."""
        fields = ("id", "file", "replace", "apply", "observe", "before", "expect", "caught_by")
        said = [{name: getattr(item, name) for name in (*fields, "group")} for item in phase.breaks]
        self.say("breaks", said)
        for item in phase.breaks:
            self.group(item.group)
            named = [item.caught_by.partition("::")[0], reference(f"src/{item.file}")]
            named += [f"{phase.folder}/{item.apply}"] if item.apply else []
            words = shlex.split(item.observe)
            named += [word for word in words if (self.repo.root / word).is_file()]
            self.follow(named)

    def figures(self, phase: Phase) -> None:
        """The drawings and their scripts."""
        self.say("figures", [asdict(figure) for figure in phase.figures])
        for figure in phase.figures:
            self.add(f"{phase.folder}/{figure.file}")
            self.follow([f"{phase.folder}/{figure.script}"])

    def experiment(self, ctx: Context, name: str) -> None:
        """An experiment, and those that it uses."""
        found = evidence.declared(ctx, name)
        if found is not None:
            run: Experiment = found[1]
            fields = {"seconds": run.seconds, "seed": run.seed, "replay": run.replay}
            fields |= {"own_seed": True} if run.own_seed else {}
            self.say(f"experiment {name}", fields | {"uses": run.uses, "group": run.group})
            self.group(run.group)
            for used in run.uses:
                self.experiment(ctx, used)
        self.follow([self.repo.relative(folders.folder(self.repo, name) / "run.py")])

    def claims(self, ctx: Context, phase: Phase) -> None:
        """What holds the phase's claims."""
        self.add(phase.claims)
        try:
            claims = load(self.repo.root / phase.claims, ClaimsFile).claims
        except CortexError:
            return  # who runs them tells what is wrong
        for claim in claims:
            for text in (claim.held_by, claim.control):
                shown = claim.evidence(text)
                if shown.experiment:
                    self.experiment(ctx, shown.experiment)
                else:
                    self.follow([shown.check.partition("::")[0]])
            self.follow([claim.planted["file"]])

    def follow(self, names: Iterable[str]) -> None:
        """Counts files with all that they import and read."""
        waiting = [name for name in names if ": " not in name]  # a field of a file is no file
        while waiting:
            name = waiting.pop()
            if name in self.digests:
                continue
            path = _path(self.repo, name)
            if path.suffix != ".py" or not path.is_file():
                self.add(name)
                continue
            self.digests[name] = self._python(name, path)
            waiting += list(_named(self.repo.root, path, _text(path)))

    def _python(self, name: str, path: Path) -> str:
        text = _text(path)
        if name.startswith("solutions/") and self.last:
            return _of_reference(text, name, self.last)
        return _whole(text)


def _path(repo: Repo, name: str) -> Path:
    """Where a file lies: `given` is this program's own, whatever the checkout."""
    return HOUSE.parent / name if name.startswith("src/given/") else repo.root / name


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except CortexError:
        return path.read_bytes().hex()  # it can't be read as text: any other bytes are a change


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_ENOUGH]


@lru_cache(maxsize=4096)
def _whole(text: str) -> str:
    return _short(relevant_lines(text, None, "").encode())


@lru_cache(maxsize=4096)
def _of_reference(text: str, name: str, lab: str) -> str:
    """A file of the reference as it is once `lab` is done, and which of its definitions labs ask for."""
    plan = _plan(text, name)
    if plan is None:
        return _short(text.encode())
    asked = {
        defined: sorted(some for some in labs if order(some) <= order(lab))
        for defined, labs in plan.labs.items()
    }
    marks = sorted(f"{defined} {some}" for defined, some in asked.items() if some)
    return _short("\n".join([relevant_lines(text, plan, lab), *marks]).encode())


@lru_cache(maxsize=1024)
def _plan(text: str, name: str) -> Layout | None:
    try:
        return layout(text, name)
    except CortexError:
        return None


def _named(root: Path, path: Path, text: str) -> list[str]:
    """The files of ours that a Python file imports or names, relative to the root (`given`: to this program's)."""
    modules, texts = _mentions(text)
    found: set[Path] = set()
    for module in modules:
        found |= set(_modules(root, path, module))
    for said in texts:
        found |= set(_data(root, path, said))
    homes = (root, HOUSE.parent)
    return [
        next(file.relative_to(home).as_posix() for home in homes if file.is_relative_to(home))
        for file in sorted(found - {path})
    ]


@lru_cache(maxsize=4096)
def _mentions(text: str) -> tuple[tuple[tuple[int, str], ...], tuple[str, ...]]:
    """The modules that a program imports, and the texts in it that could be a file's name."""
    try:
        nodes = list(ast.walk(parsed(text)))
    except (SyntaxError, ValueError):
        return (), ()
    modules = {module for node in nodes for module in _imports(node)}
    texts = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _file_like(node.value)
    }
    return tuple(sorted(modules)), tuple(sorted(texts))


def _file_like(text: str) -> bool:
    if len(text) > 200 or "\n" in text or "\0" in text:
        return False
    name = Path(text)
    return bool(name.suffix) and name.suffix not in _NO_DATA and ".." not in name.parts


def _imports(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The modules that a node imports: how many packages up, and the dotted name."""
    if isinstance(node, ast.Import):
        yield from ((0, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        start = f"{node.module}." if node.module else ""
        yield from ((node.level, f"{start}{alias.name}") for alias in node.names)
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            yield 0, node.args[0].value


def _modules(root: Path, path: Path, module: tuple[int, str]) -> Iterator[Path]:
    """The files of a dotted name and of the packages above it, where it is one of ours."""
    level, name = module
    first, *rest = name.split(".")
    if level:
        homes = [path.parents[level - 1]]
    else:
        # Beside the file, in another folder of its phase's experiments, then where packages lie.
        beside = (
            sorted(path.parents[1].glob(f"*/{first}.py")) if "experiments" in path.parts else []
        )
        homes = [path.parent, *(file.parent for file in beside), root / "solutions", root]
        homes += [HOUSE]
    for home in homes:
        if (home / f"{first}.py").is_file():
            yield home / f"{first}.py"
            return
        if (home / first).is_dir() and (home != root or first == "tests"):
            here = home
            for part in [first, *rest]:
                here = here / part
                for file in (here / "__init__.py", here.with_suffix(".py")):
                    if file.is_file():
                        yield file
            return


def _data(root: Path, path: Path, text: str) -> Iterator[Path]:
    """The file that a text names: beside the program, in data/, or from the root."""
    if Path(text).is_absolute():
        return
    for home in (path.parent, root / "data", root):
        file = home / text
        if (home != root or "/" in text) and file.is_file():
            yield file
            return


@lru_cache(maxsize=8)
def _locked(lock: str) -> dict[str, str]:
    """The versions of each package in the lock; some have several, for one Python each."""
    found: dict[str, list[str]] = {}
    for package in tomllib.loads(lock).get("package", []):
        found.setdefault(package["name"], []).append(package.get("version", ""))
    return {name: " ".join(sorted(versions)) for name, versions in found.items()}
