"""Writes uv.lock without addresses: names, versions and hashes only, so that any index or mirror serves it.

usage: neutral_lock.py [--upgrade | --upgrade-package NAME ...]   resolve, then write the lock
       neutral_lock.py --check                                    refuse a lock that holds an address
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
LOCK = "uv.lock"
BOOTSTRAP = Path("scripts", "bootstrap", "requirements.txt")

_REGISTRY = re.compile(r'(\bregistry = )"(?P<place>[^"]*)"')
_FILE = re.compile(r'\b(?:url|path) = "(?P<place>[^"]*)"(?=, hash = )')
_OTHER_SOURCE = re.compile(r"\bsource = \{ (?:git|url|path|directory) = ")
_PACKAGE = re.compile(r'^name = "(?P<name>[^"]+)"', re.MULTILINE)
# Optional, large, and installed by hand where a phase compares itself with it.
_NEVER_LOCKED = ("torch",)


class LockError(Exception):
    """The lock can't be made, or holds what it mustn't; the message says where and what to do."""


def neutral(text: str) -> str:
    """The lock `text` with `registry = "."` and bare file names in place of addresses.

    uv reads it as a lock of one flat folder: `uv lock --check` accepts it and `uv export --frozen` gives the same
    pins and hashes as before. Idempotent. Raises LockError for a package that comes from no registry.
    """

    def file_name(match: re.Match[str]) -> str:
        name = PurePosixPath(unquote(urlsplit(match["place"]).path)).name
        return f'path = "{name}"'

    text = _FILE.sub(file_name, _REGISTRY.sub(r'\1"."', text))
    problems = findings(text)
    if problems:
        raise LockError("\n".join(problems))
    return text


def findings(text: str) -> list[str]:
    """What keeps a lock from being host-neutral, one `uv.lock:LINE: ...` each; empty if it is."""
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        registry = _REGISTRY.search(line)
        file = _FILE.search(line)
        if _OTHER_SOURCE.search(line):
            found.append(
                f"{LOCK}:{number}: a package that comes from no registry can't be pinned by hash"
            )
        elif (
            "://" in line
            or (registry and registry["place"] != ".")
            or (file and "/" in file["place"])
        ):
            found.append(f"{LOCK}:{number}: holds an address: run `just lock`, which writes names")
        package = _PACKAGE.match(line)
        if package and package["name"] in _NEVER_LOCKED:
            found.append(
                f"{LOCK}:{number}: {package['name']} is optional and stays out of the lock"
            )
    return found


def _uv(arguments: list[str], folder: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise LockError("uv isn't installed: run `./just lock`, which fetches it")
    done = subprocess.run([uv, *arguments], cwd=folder, check=False)
    if done.returncode:
        raise LockError(f"uv {' '.join(arguments)} failed; uv.lock is as it was")


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def write(root: Path, uv_arguments: list[str]) -> None:
    """Resolves `root`'s pyproject.toml in a scratch folder and replaces `root`'s lock in one step.

    The lock that is there keeps its versions unless `uv_arguments` ask for an upgrade. The pins with which ./just
    fetches uv and just are refreshed the same way.
    """
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for file in ("pyproject.toml", LOCK):
            if (root / file).exists():
                shutil.copy(root / file, scratch / file)
        _uv(["lock", "--quiet", *uv_arguments], scratch)
        _replace(root / LOCK, neutral((scratch / LOCK).read_text(encoding="utf-8")))

        pins = root / BOOTSTRAP
        if pins.with_suffix(".in").exists():
            compiled = scratch / pins.name
            _uv(
                [
                    *("pip", "compile", "--quiet", "--no-header", "--no-annotate"),
                    *("--generate-hashes", "--universal", "--python-version", "3.11"),
                    *("--output-file", str(compiled), str(pins.with_suffix(".in"))),
                ],
                scratch,
            )
            _replace(pins, compiled.read_text(encoding="utf-8"))


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Exit code: 0 done or clean, 1 refused."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="only look; refuse addresses")
    parser.add_argument(
        "--upgrade", action="store_true", help="newest allowed version of everything"
    )
    parser.add_argument("--upgrade-package", action="append", default=[], metavar="NAME")
    # pre-commit passes the names of the files it found; there is only one lock.
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    try:
        if options.check:
            problems = findings((root / LOCK).read_text(encoding="utf-8"))
            if problems:
                raise LockError("\n".join([*problems[:10], f"{len(problems)} in all"]))
        else:
            upgrades = [f"--upgrade-package={package}" for package in options.upgrade_package]
            write(root, [*(["--upgrade"] if options.upgrade else []), *upgrades])
    except (LockError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
