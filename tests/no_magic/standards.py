"""The standard that a no-magic script is held to, as functions of its text: each returns what is wrong."""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "experiments" / "no-magic"
CANONICAL = [FOLDER / "docs" / name for name in ("implementation.md", "autograd-interface.md")]

TIERS = {
    "01-foundations": "microgpt micrornn microtokenizer microembedding microrag microdiffusion "
    "microvae",
    "02-alignment": "microlora microdpo microppo micromoe",
    "03-systems": "microattention microkv microquant microflash microbeam microcheckpoint "
    "micropaged microparallel microrope microssm microspeculative microbatching microprefix "
    "microprecision",
}
NAMED = {name: tier for tier, names in TIERS.items() for name in names.split()}

ALLOWED = frozenset(
    [
        "os",
        "math",
        "random",
        "json",
        "struct",
        "urllib",
        "collections",
        "itertools",
        "functools",
        "string",
        "hashlib",
        "time",
    ]
)
# Nonblank lines at most. The loader and the verdict, the same everywhere, are part of the number.
LINES = {
    **{"microgpt": 470, "micrornn": 470, "microtokenizer": 300, "microembedding": 320},
    **{"microrag": 420, "microdiffusion": 320, "microvae": 320, "microlora": 470},
    **{"microdpo": 470, "microppo": 670, "micromoe": 470, "microattention": 320, "microkv": 320},
    **{"microquant": 420, "microflash": 370, "microbeam": 570},
}
LINES_ELSE = 400
SMOKE_S = 5.0  # of user time, on a machine on which `pace` is 1
NOMINAL_S = 0.05  # what the sums of `pace` take there
# And its objects, by a detour: where they take 0.045, microlora's full run takes three times what it took there.
OBJECTS_S = 0.015
DENSITY = (0.30, 0.40)


@functools.cache
def pace() -> float:
    """How much slower than the machine that the budgets were made on this one is now; at least 1.

    Numbers in a row and objects that hold each other: a machine whose memory is slow may be quick at the first.
    """

    def numbers() -> None:
        row = [0.5] * 64
        for _ in range(20_000):
            sum(x * x for x in row)

    def objects() -> None:
        last: list[Any] = []
        made = [last]
        for number in range(60_000):
            last = [float(number), (last,), 0.0]
            made.append(last)
        for one in reversed(made[1:]):
            one[2] += one[0]

    def seconds(work: Callable[[], None]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return max(
        1.0,
        *(
            min(seconds(work) for _ in range(5)) / nominal
            for work, nominal in ((numbers, NOMINAL_S), (objects, OBJECTS_S))
        ),
    )


# The same text in every script that has them, and in the page that explains them.
VERBATIM = ("SMOKE", "HERE", "NAMES_URL", "clean_names", "invented_names", "load_names", "verdict")
CALLOUT = "# AUTOGRAD DIFFERENCES IN THIS SCRIPT"
HYBRIDS = ("microppo", "micromoe")
SECTION = re.compile(r"# -- \S.* -{3,}$")
TIME = re.compile(r"\d+(\.\d+)? (s|ms)\b")


def shipped(folder: Path = FOLDER) -> dict[str, Path]:
    """The scripts that exist, by name."""
    return {path.stem: path for path in sorted(folder.glob("*/*.py"))}


# -- One text ---------------------------------------------------------------------------------


def foreign_imports(source: str) -> list[str]:
    """Modules that a script imports and may not: the list is short and strict."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        elif isinstance(node, ast.Name) and node.id in ("__import__", "eval", "exec"):
            names = [node.id]
        found += [
            f"line {node.lineno}: {name}" for name in names if name.partition(".")[0] not in ALLOWED
        ]
    return found


def is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def work_at_import(source: str) -> list[str]:
    """Statements of the module itself that do more than define: importing `Value` must cost nothing."""
    body = ast.parse(source).body
    own = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    costly = own | {"print", "open", "input"}
    found = []
    for node in body:
        text_alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        defines = isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            calls = [c.func for c in ast.walk(node) if isinstance(c, ast.Call)]
            names = {ast.unparse(call) for call in calls}
            defines = not (names & costly or any("seed" in n or "urlopen" in n for n in names))
        if not (text_alone or defines or is_main_guard(node)):
            found.append(f"line {node.lineno}: {ast.unparse(node).splitlines()[0]}")
    return found


def docstring_lines(source: str) -> set[int]:
    """Numbers of the lines that belong to docstrings."""
    lines: set[int] = set()
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
            lines.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def nonblank_lines(source: str) -> int:
    return sum(bool(line.strip()) for line in source.splitlines())


def comment_density(source: str) -> float:
    """Lines that start with `#` and lines of docstrings, as a share of the nonblank lines."""
    inside = docstring_lines(source)
    told = sum(
        bool(line.strip()) and (number in inside or line.lstrip().startswith("#"))
        for number, line in enumerate(source.splitlines(), 1)
    )
    return told / max(nonblank_lines(source), 1)


def thesis(source: str) -> str:
    """The first sentence of the file, without the script's name: what it proves."""
    text = ast.get_docstring(ast.parse(source)) or ""
    paragraph = " ".join(text.split("\n\n")[0].split()).partition(": ")[2]
    first = re.match(r".*?[.?](?=\s|$)", paragraph)
    return first.group() if first else ""


def phases(source: str) -> list[str]:
    """Numbers of the phases that the docstring names as the place where it's built properly."""
    text = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
    found = re.search(r"Built properly in phases? ([^.]*)", text)
    return re.findall(r"\b\d\d\b", found.group(1)) if found else []


def missing_from_thesis(source: str, name: str) -> list[str]:
    """What the docstring of the file must say and doesn't."""
    text = ast.get_docstring(ast.parse(source)) or ""
    asked = {
        f"the first line: `{name}: one sentence.`": text.startswith(f"{name}: ")
        and bool(thesis(source)),
        "a paper's year": bool(re.search(r"\b(1[89]|20)\d\d\b", text)),
        "the credit to Karpathy's micrograd, makemore and microgpt": all(
            word in text for word in ("Karpathy", "micrograd", "makemore", "microgpt")
        ),
        "`Surprise:` and what surprised in the numbers": "\nSurprise: " in text,
        "`Built properly in phase NN (topic)`": bool(phases(source)),
    }
    return [what for what, there in asked.items() if not there]


def shape(source: str) -> list[str]:
    """The frame: sections, a seed inside `main`, the exit code handed over, nothing after it."""
    tree = ast.parse(source)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    main = ast.unparse(functions["main"]) if "main" in functions else ""
    last = tree.body[-1] if tree.body else None
    ending = ast.unparse(last) if last else ""
    sections = [line for line in source.splitlines() if SECTION.match(line)]
    asked = {
        "at least four section headers `# -- Name ---`": len(sections) >= 4,
        "`random.seed(42)` in main": "random.seed(42)" in main,
        "`return verdict(...)` in main": "return verdict(" in main,
        "`raise SystemExit(main())` at the end": ending
        == "if __name__ == '__main__':\n    raise SystemExit(main())",
    }
    return [what for what, there in asked.items() if not there]


def prose(source: str) -> list[str]:
    """Marks that the standard doesn't have: exclamations in comments, emoji, notes to self."""
    inside = docstring_lines(source)
    found = []
    for number, line in enumerate(source.splitlines(), 1):
        told = number in inside or line.lstrip().startswith("#")
        if told and re.search(r"\w!(\s|$)", line) and "n!" not in line:
            found.append(f"line {number}: an exclamation")
        if told and re.search(r"\b(TODO|FIXME|XXX|noqa)\b", line):
            found.append(f"line {number}: a note to self")
        if told and any(ord(sign) >= 0x1F000 or 0x2600 <= ord(sign) < 0x27C0 for sign in line):
            found.append(f"line {number}: an emoji")
    return found


# -- Value and the blocks that are the same everywhere ----------------------------------------


def segments(source: str) -> dict[str, str]:
    """The text of each function, method and constant of the module, by name."""
    lines = source.splitlines()

    def text(node: ast.stmt) -> str:
        return "\n".join(lines[node.lineno - 1 : node.end_lineno])

    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = text(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = text(node)
        elif isinstance(node, ast.ClassDef) and node.name == "Value":
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    found[f"Value.{part.name}"] = text(part)
                elif isinstance(part, ast.Assign):
                    found[f"Value.{ast.unparse(part.targets[0])}"] = text(part)
    return found


def blocks(page: Path) -> str:
    """The Python of a page."""
    return "\n\n".join(re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S))


def canonical() -> dict[str, str]:
    """The blocks of the two pages under docs/, by name."""
    return segments("\n\n".join(map(blocks, CANONICAL)))


def altered(source: str, wanted: dict[str, str]) -> list[str]:
    """Blocks that a script has under the canonical name with another text."""
    own = segments(source)
    return [n for n in VERBATIM if n in own and own[n] != wanted[n]] + [
        n for n in ("verdict", "SMOKE") if n not in own
    ]


def has_value(source: str) -> bool:
    return any(isinstance(n, ast.ClassDef) and n.name == "Value" for n in ast.parse(source).body)


def callout(source: str) -> str:
    """The comment block right after the class, or nothing."""
    lines = source.splitlines()
    end = next(
        n.end_lineno or 0
        for n in ast.parse(source).body
        if isinstance(n, ast.ClassDef) and n.name == "Value"
    )
    while end < len(lines) and not lines[end].strip():
        end += 1
    block = []
    while end < len(lines) and lines[end].startswith("#"):
        block.append(lines[end])
        end += 1
    return "\n".join(block) if block and block[0] == CALLOUT else ""


def nodes_of_its_own(source: str) -> set[str]:
    """Functions outside the class that make a node with children: fused operations."""
    found = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            for call in ast.walk(node):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id == "Value"
                    and len(call.args) + len(call.keywords) > 1
                ):
                    found.add(node.name)
    return found


def undeclared(source: str, wanted: dict[str, str]) -> list[str]:
    """What differs from the canonical `Value` and isn't named in the block after the class."""
    if not has_value(source):
        return []
    block = callout(source)
    if not block:
        return [f"the block {CALLOUT!r} right after the class"]
    own = segments(source)
    lacking = [n for n in wanted if n.startswith("Value.") and n not in own]
    different = {
        n.removeprefix("Value.").strip("_")
        for n, text in own.items()
        if n.startswith("Value.") and text != wanted.get(n)
    } | nodes_of_its_own(source)
    missing = [n for n in sorted(different) if not re.search(rf"\b_*{n}_*\b", block)]
    if "docs/autograd-interface.md" not in block:
        missing.append("the path docs/autograd-interface.md")
    return lacking + missing


# -- One run ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str
    user_seconds: float
    written: tuple[str, ...]


def snapshot(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def run(path: Path, *, limit: float = 90, arguments: tuple[str, ...] = (), **setting: str) -> Run:
    """Run a copy of a script that stands where the original stands in a copy of the repository's frame.

    The copy has the shipped names and nothing else, and the working folder is another one, so a file that
    the script writes is seen wherever it lands.
    """
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        script = root / "repo/experiments/no-magic" / path.parent.name / path.name
        for folder in (script.parent, root / "repo/data", root / "elsewhere"):
            folder.mkdir(parents=True)
        script.write_bytes(path.read_bytes())
        (root / "repo/data/names.txt").write_bytes((ROOT / "data/names.txt").read_bytes())
        before = snapshot(root)
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("NO_MAGIC", "PYTHON"))}
        fixed = {"NO_MAGIC_SMOKE": "1", "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
        env = {**keep, **fixed, **setting}
        before_it = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        ran = subprocess.run(
            [sys.executable, "-W", "error", str(script), *arguments],
            cwd=root / "elsewhere",
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        user_seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before_it
        written = tuple(sorted(snapshot(root) - before))
    return Run(ran.returncode, ran.stdout, ran.stderr, user_seconds, written)


def without_times(text: str) -> str:
    """The output with every time taken out: what two runs must have in common."""
    return TIME.sub("TIME", text)


def criteria(text: str) -> list[tuple[str, str]]:
    """The rows of the table that closes the output: criterion and verdict."""
    lines = iter(text.splitlines())
    for line in lines:
        if re.match(r"criterion +value +bound +verdict$", line):
            break
    rows = []
    for line in lines:
        row = re.match(r"(\S.*?)  .*?(pass|FAIL|not judged)$", line) or re.match(
            r"(\S.{43}) .*?(pass|FAIL|not judged)$", line
        )
        if not row:
            break
        rows.append((row.group(1).strip(), row.group(2)))
    return rows


def not_numbers(text: str) -> list[str]:
    """Lines that print something that is no number where a number belongs.

    Nan is also a first name, on the shipped list: a line of words alone is a line of names.
    """
    found = []
    for line in text.splitlines():
        words = re.findall(r"[^\s,'\"\[\]]+", line.lower())
        names = {w for w in words if w.isalpha() and w.isascii()} - {"nan", "inf", "infinity"}
        only_names = len(names) >= 3 and all(w.isalpha() and w[:3] != "inf" for w in words)
        if re.search(r"(?i)(?<![a-z])(nan|inf|infinity)(?![a-z])", line) and not only_names:
            found.append(line)
    return found


# -- One module -------------------------------------------------------------------------------


def load(path: Path) -> ModuleType:
    """The script as a module, under a name that can't collide."""
    spec = importlib.util.spec_from_file_location(f"no_magic_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_value(folder: Path = FOLDER) -> Iterator[tuple[str, Path]]:
    for name, path in shipped(folder).items():
        if has_value(path.read_text("utf-8")):
            yield name, path
