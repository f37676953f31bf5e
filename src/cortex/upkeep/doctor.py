"""Looks at the machine and the clone, and says what is missing and how to get it: `cortex doctor`.

It needs nothing but Python, so that it still speaks where the rest can't be imported:
`python src/cortex/upkeep/doctor.py` is the same without colors.
"""

from __future__ import annotations

import importlib.util
import locale
import os
import re
import runpy
import shlex
import shutil
import subprocess  # nosec B404
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST = (3, 11)
FREE_MB = 500  # a set-up with the site's tools takes most of it
SETUP = "./just setup"
# One `name version` a line; ./just and set-up read the same file.
OLDEST_TOOLS = Path(__file__).resolve().parents[3] / "tools" / "bootstrap" / "oldest.txt"
# What each command of the gatekeeper, or a lab of the shipped phases, imports.
MODULES = (
    *("filelock", "fsrs", "matplotlib", "numpy", "pydantic", "pytest", "rich"),
    *("structlog", "typer", "watchfiles", "yaml"),
)
_REQUIREMENT = re.compile(r"^\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*([^;]*)")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        required: work can't go on without it.
        found: what was seen, in a few words.
        todo: what to do if it isn't ok; for an optional thing, what it would be good for.
    """

    name: str
    required: bool
    ok: bool
    found: str
    todo: str = ""


def examine(start: Path | None = None) -> list[Finding]:
    """Every finding, in the order in which they should be mended. Never raises: a probe that fails is a finding."""
    root = find_root(start)
    found: list[Finding] = []
    for name, probe in PROBES:
        try:
            found += list(probe(root))
        except Exception as error:  # a broken checkout is what this is for
            found.append(
                Finding(name, True, False, f"can't be looked at: {error}", "Mend that, then again.")
            )
    return found


def find_root(start: Path | None = None) -> Path:
    """The checkout around `start`, as far as one can be recognized in a damaged one."""
    named = os.environ.get("CORTEX_ROOT")
    here = (start or (Path(named) if named else Path.cwd())).resolve()
    for mark in ("data/planned.yaml", "Justfile", "pyproject.toml", ".git"):
        for folder in (here, *here.parents):
            if (folder / mark).exists():
                return folder
    return here


def _answer(*command: str, cwd: Path | None = None, **env: str) -> str | None:
    """The first line that a program prints, or None if it isn't there or fails."""
    done = _run(*command, cwd=cwd, **env)
    if done is None or done.returncode != 0:
        return None
    return (done.stdout.strip().splitlines() or [""])[0]


def _run(
    *command: str, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(  # nosec B603
            command,
            cwd=cwd,
            env=os.environ | env,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _python(root: Path) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    wanted = ".".join(str(part) for part in OLDEST)
    yield Finding(
        "python",
        True,
        sys.version_info[:2] >= OLDEST,
        f"{version} at {sys.executable}",
        "" if sys.version_info[:2] >= OLDEST else f"Install Python {wanted} or newer, then {SETUP}",
    )


def _environment(root: Path) -> Iterator[Finding]:
    own = sys.prefix != sys.base_prefix
    here = Path(sys.prefix).resolve() == (root / ".venv").resolve()
    yield Finding(
        "environment",
        True,
        own,
        ("this clone's .venv" if here else f"{sys.prefix}, not this clone's .venv")
        if own
        else "none: this is the machine's own Python",
        "" if here else f"{SETUP}, then run .venv/bin/cortex or ./just",
    )
    missing = [name for name in MODULES if importlib.util.find_spec(name) is None]
    yield Finding(
        "packages",
        True,
        not missing,
        f"missing: {', '.join(missing)}" if missing else f"all {len(MODULES)} are here",
        SETUP if missing else "",
    )
    lock, made = root / "uv.lock", root / ".venv" / ".lynx" / "uv.lock"
    if here and lock.is_file() and made.is_file():
        same = lock.read_bytes() == made.read_bytes()
        yield Finding(
            "environment in step",
            True,
            same,
            "what uv.lock says" if same else "made from another uv.lock",
            "" if same else SETUP,
        )
    running = Path(__file__).resolve()
    ours = root / "src" / "cortex" / "upkeep" / "doctor.py"
    if ours.is_file() and running != ours.resolve():
        yield Finding(
            "cortex itself",
            True,
            False,
            f"runs from another clone: {running.parents[3]}",
            f"cd {root} && {SETUP}, then run .venv/bin/cortex or ./just",
        )


def new_enough(name: str, place: str) -> bool:
    """Whether the `uv` or `just` at `place` runs, and isn't older than what the recipes need."""
    # The variable tells ./just, found on PATH under the name just, that it isn't meant to run anything.
    version = re.match(r"\S+ (\d+)\.(\d+)", _answer(place, "--version", LYNX_PROBE="1") or "")
    return version is not None and (int(version[1]), int(version[2])) >= oldest(name)


def oldest(name: str) -> tuple[int, int]:
    """The oldest version of a tool that will do; (0, 0) where the list is damaged, so that work goes on."""
    try:
        lines = OLDEST_TOOLS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return (0, 0)
    version = dict(line.split() for line in lines).get(name, "0.0")
    major, minor = version.split(".")
    return int(major), int(minor)


def _tools(root: Path) -> Iterator[Finding]:
    kept = root / ".cache" / "tools" / "bin"
    for name, use in (
        ("uv", "Only set-up needs it; ./just setup fetches it by itself."),
        ("just", "Type ./just (with ./): it fetches just by itself."),
    ):
        places = [p for p in (shutil.which(name), shutil.which(name, path=str(kept))) if p]
        good = next((place for place in places if new_enough(name, place)), None)
        told = _answer(good or places[0], "--version", LYNX_PROBE="1") if places else None
        least = ".".join(str(part) for part in oldest(name))
        if good is None and told:
            told = f"{told} at {places[0]}, and {least} or newer is needed"
        yield Finding(name, False, bool(good), told or "not found", "" if good else use)


def _git(root: Path) -> Iterator[Finding]:
    version = _answer("git", "--version")
    yield Finding(
        "git",
        True,
        version is not None,
        version or "not found",
        "" if version else "Install git (https://git-scm.com).",
    )
    if version is None:
        return
    head = _answer("git", "rev-parse", "--verify", "--quiet", "HEAD", cwd=root)
    refused = None if head else _run("git", "rev-parse", "--git-dir", cwd=root)
    if refused and "safe.directory" in refused.stderr:
        yield Finding(
            "repository",
            True,
            False,
            f"git refuses {root}, since it belongs to somebody else",
            f"If you trust it: git config --global --add safe.directory {shlex.quote(str(root))}",
        )
        return
    yield Finding(
        "repository",
        True,
        bool(head),
        f"{root} at {head[:12]}" if head else f"{root} is no git clone with a commit",
        "" if head else "Clone the repository with git; evidence names the commit that made it.",
    )
    if not head:
        return
    mail = _answer("git", "config", "user.email", cwd=root)
    yield Finding(
        "git identity",
        True,
        bool(mail),
        "set" if mail else "git doesn't know who you are, so you can't commit",
        ""
        if mail
        else 'git config --global user.name "Ada" && git config --global user.email ada@example.org',
    )
    hooks = root / (_answer("git", "rev-parse", "--git-path", "hooks", cwd=root) or ".git/hooks")
    missing = [name for name in ("pre-commit", "commit-msg") if not _is_hook(hooks / name)]
    yield Finding(
        "hooks",
        False,
        not missing,
        f"not installed: {', '.join(missing)}; commits aren't checked" if missing else "installed",
        SETUP if missing else "",
    )


def _is_hook(path: Path) -> bool:
    return path.is_file() and "pre-commit" in path.read_text(encoding="utf-8", errors="replace")


def _lock(root: Path) -> Iterator[Finding]:
    path = root / "uv.lock"
    if not path.is_file():
        yield Finding("lock", True, False, "uv.lock isn't there", "git checkout -- uv.lock")
        return
    text = path.read_text(encoding="utf-8")
    bad = [number for number, line in enumerate(text.splitlines(), 1) if "://" in line]
    yield Finding(
        "lock names no address",
        True,
        not bad,
        f"uv.lock:{bad[0]} names one" if bad else "uv.lock names none",
        "git checkout -- uv.lock, and use tools/neutral_lock.py in place of uv lock" if bad else "",
    )
    import tomllib  # not in a Python that is too old, which the first probe names

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wrong = _out_of_step(project, tomllib.loads(text))
    yield Finding(
        "lock in step",
        True,
        not wrong,
        f"pyproject.toml and uv.lock differ in {', '.join(wrong)}"
        if wrong
        else "with pyproject.toml",
        ".venv/bin/python tools/neutral_lock.py, then ./just setup" if wrong else "",
    )


def _out_of_step(project: dict[str, Any], lock: dict[str, Any]) -> list[str]:
    """The requirements that pyproject.toml and the lock state differently."""
    name = project["project"]["name"]
    own = next(entry for entry in lock["package"] if entry["name"] == name)
    stated = own.get("metadata", {})
    wrong: set[str] = set()
    pairs = [(project["project"].get("dependencies", []), stated.get("requires-dist", []))]
    groups = stated.get("requires-dev", {})
    pairs += [
        (wanted, groups.get(group, []))
        for group, wanted in project.get("dependency-groups", {}).items()
    ]
    for wanted, locked in pairs:
        left = {_requirement(text) for text in wanted}
        right = {(_plain(entry["name"]), _parts(entry.get("specifier", ""))) for entry in locked}
        wrong |= {requirement[0] for requirement in left ^ right}
    return sorted(wrong)


def _requirement(text: str) -> tuple[str, frozenset[str]]:
    match = _REQUIREMENT.match(text)
    return (_plain(match[1]), _parts(match[2])) if match else (text, frozenset())


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _parts(specifier: str) -> frozenset[str]:
    return frozenset(part.replace(" ", "") for part in specifier.split(",") if part.strip())


def _machine(root: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(root).free // 2**20
    yield Finding(
        "disk",
        True,
        free >= FREE_MB,
        f"{free:,} MB free" if free < 10_000 else f"{free // 1000:,} GB free",
        "" if free >= FREE_MB else f"Free some space: {FREE_MB} MB are needed.",
    )
    locked = [name for name in (".", "learners", "src", ".cache") if not _writable(root / name)]
    yield Finding(
        "writing",
        True,
        not locked,
        f"can't write in {', '.join(locked)}" if locked else "allowed where it is needed",
        f"chmod -R u+w {' '.join(locked)}" if locked else "",
    )
    encoding = locale.getpreferredencoding(False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding(
        "UTF-8",
        False,
        utf8,
        encoding,
        "" if utf8 else "export PYTHONUTF8=1 shows accents and marks as they are.",
    )


def _writable(folder: Path) -> bool:
    if not folder.exists():
        return _writable(folder.parent) if folder != folder.parent else False
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _names() -> tuple[str, ...]:
    """The learner's packages, from the one table of them, read as a plain file."""
    place = Path(__file__).resolve().parents[1] / "files" / "packages.py"
    return tuple(runpy.run_path(str(place))["NAMES"])


def _packages(root: Path) -> Iterator[Finding]:
    """Each learner package is imported, behind the walls around all that learners write."""
    try:
        import cortex.runs.child  # noqa: F401
    except ImportError:
        return  # what is missing is said above
    for name in _names():
        if not (root / "src" / name).is_dir():
            continue
        modules = [
            ".".join(path.relative_to(root / "src").with_suffix("").parts).removesuffix(".__init__")
            for path in sorted((root / "src" / name).rglob("*.py"))
        ]
        code, output = _imported(root, modules)
        lines = output.strip().splitlines()
        ok = code == 0
        why = lines[-1].strip() if lines else f"exit code {code}"
        if code is None:
            why = "its import doesn't end"
        place = next((line.strip() for line in reversed(lines) if f"src{os.sep}{name}" in line), "")
        place = place.replace(f"{root}{os.sep}", "").replace('"', "").removeprefix("File ")
        yield Finding(
            f"src/{name}",
            True,
            ok,
            f"{len(modules)} modules import" if ok else f"{why}{f' ({place})' if place else ''}",
            "" if ok else f"Mend the file, or see what you changed: git diff HEAD -- src/{name}",
        )


def _imported(root: Path, modules: list[str]) -> tuple[int | None, str]:
    """The exit code, None if there was no end, and the output of a program that imports all of them."""
    from cortex.files.repo import Repo
    from cortex.runs import child, sandbox, scratch

    repo = Repo(root)
    with scratch.scratch() as folder:
        program = folder / "work" / "imports.py"
        names = f"import importlib\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
        program.write_text(names, encoding="utf-8")
        ended = child.run(
            repo,
            child.Program("script", [str(program)], [repo.src]),
            view=sandbox.checkout(repo),
            limits=child.Limits(seconds=20),
            scratch=folder,
        )
    return ended.code, ended.output


def _sandbox(root: Path) -> Iterator[Finding]:
    """How strong the walls are around what a check or a gate runs."""
    try:
        from cortex.runs import sandbox
    except ImportError:
        return  # the packages' own finding says why
    tier = sandbox.tier()
    holes = sandbox.HOLES[tier]
    yield Finding(
        "sandbox",
        False,
        not holes,
        f"tier {sandbox.TIERS.index(tier) + 1} of {len(sandbox.TIERS)}, {tier}",
        f"Left open: {'; '.join(holes)}. docs/how-to/teach.md says what closes it."
        if holes
        else "",
    )


def _extras(root: Path) -> Iterator[Finding]:
    browser = next(
        (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), ""
    )
    yield Finding(
        "chromium",
        False,
        bool(browser),
        browser or "not found",
        "" if browser else "Only the test that looks at the site needs it.",
    )
    torch = importlib.util.find_spec("torch") is not None
    yield Finding(
        "torch",
        False,
        torch,
        "installed" if torch else "not installed",
        "" if torch else "Phases 24, 25 and 35 use it; until then nothing does.",
    )
    quiet = os.environ.get("UV_NO_SYNC") == "1"
    yield Finding(
        "uv sync",
        False,
        True,
        "switched off here (UV_NO_SYNC=1)" if quiet else f"don't type it: {SETUP} does the work",
        "uv.lock holds names, versions and hashes but no address, so that any mirror serves it. "
        "A plain `uv sync` or `uv run` looks for the files in this folder and fails; "
        f"{SETUP} hands the same pins to uv with an index.",
    )


PROBES: tuple[tuple[str, Callable[[Path], Iterator[Finding]]], ...] = (
    ("python", _python),
    ("environment", _environment),
    ("git", _git),
    ("lock", _lock),
    ("machine", _machine),
    ("packages", _packages),
    ("tools", _tools),
    ("sandbox", _sandbox),
    ("extras", _extras),
)


def main() -> int:
    """Prints the findings as plain text. Returns 1 if a required one isn't ok, else 0."""
    found = examine()
    for finding in found:
        mark = "ok" if finding.ok else "MISSING" if finding.required else "-"
        print(f"{mark:8}{finding.name}: {finding.found}")
        if finding.todo:
            print(f"        {finding.todo}")
    return int(any(finding.required and not finding.ok for finding in found))


if __name__ == "__main__":
    sys.exit(main())
