"""What a child may reach, and how strong the walls are that this machine can build: found by trying, not by version."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import random
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cortex.errors import CortexError
from cortex.files import groups, store
from cortex.files.digests import text_digest
from cortex.files.repo import HOUSE, Repo

Tier = Literal["namespaces", "landlock", "limits"]
TIERS: tuple[Tier, ...] = ("namespaces", "landlock", "limits")

# What each tier leaves open, for `doctor` and the guide.
HOLES: dict[Tier, list[str]] = {
    "namespaces": [],
    "landlock": [
        "UDP and Unix sockets outside the child's folder can be used",
        "rights and times of your own files can be changed, though not their contents",
        "shared memory is shared with other programs",
        "TCP is shut, also to the child itself",
        "names of other programs can be seen, and their priority changed",
        "before Linux 6.12, your other programs can be sent signals",
    ],
    "limits": [
        "everything that you may read, write or connect to is open to submissions: run none that you haven't read"
    ],
}

_SYSTEM = ("/usr", "/nix/store", "/sys/devices/system", "/etc/alternatives")
_ETC = (
    "ld.so.cache ld.so.conf ld.so.conf.d passwd group nsswitch.conf hosts localtime timezone os-release fonts "
    "ssl mime.types protocols services gitconfig"
)
_NEVER = {".git", ".venv", ".cache", "learners", "solutions", "site", ".env"}
# Where systemd takes users from that belong to nobody.
_NOBODIES = range(61184, 65520)


@dataclass(frozen=True)
class View:
    """What a child may reach besides the system and its scratch folder.

    Attributes:
        root: the checkout, or the export, that it looks at.
        reads: files and folders, absolute.
        group: the dependency group whose interpreter runs it.
    """

    root: Path
    reads: tuple[Path, ...] = ()
    group: str = ""


def checkout(repo: Repo, *, impl: str = "learner", git: bool = False, group: str = "") -> View:
    """A working tree without what is nobody's business: records, other code than what is asked for, git's own.

    Args:
        git: the repository itself too, for what records the commit; then the reference is no secret either.
    """
    shown = _NEVER - (
        {".git", "solutions"} if git else {"solutions"} if impl == "reference" else set()
    )
    try:
        inside = [path for path in repo.root.iterdir() if path.name not in shown]
    except OSError as error:
        raise CortexError(f"can't be read: {error.strerror}", file=repo.root) from None
    root = repo.root.resolve()
    entries = [
        path for path in inside if not path.is_symlink() or path.resolve().is_relative_to(root)
    ]
    more = [repo.root / ".cache" / "tools" / "bin"]
    if impl == "reference":
        more.append(repo.solutions)
    found = just()
    if found is not None:
        more += [found, found.resolve()]
    return View(repo.root, tuple(entries + more), group)


def just() -> Path | None:
    """The program `just` of whoever runs us: a lab is about it, and a child has a PATH of its own."""
    named = os.environ.get("JUST") or shutil.which("just")
    return Path(named).absolute() if named else None


def interpreter_reads(repo: Repo, group: str) -> list[Path]:
    """What Python needs to run: the interpreter that made the environment, and the environment."""
    places = [Path(sys.base_prefix), Path(sys.prefix)]
    if group:
        places.append(Path(groups.interpreter(repo, group)).parents[1])
    link = Path(sys.executable)
    for _ in range(8):  # every step of the chain from the environment's `python` to the program
        if not link.is_symlink():
            break
        step = link.readlink()
        link = step if step.is_absolute() else link.parent / step
        places.append(link.parents[1] if link.parent.name == "bin" else link)
    return places


def sites(repo: Repo, group: str) -> list[str]:
    """The folders with installed packages, the group's first."""
    own = sysconfig.get_path("purelib")
    if not group:
        return [own]
    home = Path(groups.interpreter(repo, group)).parents[1]
    first = sorted(home.glob("lib/python3*/site-packages")) or [home / "Lib" / "site-packages"]
    return [str(first[0]), own]


def reads(repo: Repo, view: View) -> list[str]:
    """Everything that may be read, as absolute paths, none of which lies below another."""
    places = [Path(name) for name in _SYSTEM]
    places += [Path("/etc", name) for name in _ETC.split()]
    places += interpreter_reads(repo, view.group)
    places += [HOUSE / "cortex", HOUSE / "given"]
    places += [HOUSE.parent / "data" / name for name in ("verbs.yaml", "text")]
    found = {str(path.absolute()) for path in [*places, *view.reads] if path.exists()}
    return [path for path in sorted(found) if not any(up in found for up in _above(path))]


def _above(path: str) -> Iterable[str]:
    return (str(parent) for parent in Path(path).parents)


def environment(home: Path, extra: Mapping[str, str], *, seed: int = 0) -> dict[str, str]:
    """A child's whole environment: nothing of ours but what is named here."""
    folder = home.parent
    paths = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    env = {
        "PATH": os.pathsep.join(paths),
        "HOME": str(home),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "USER": "learner",
        "LOGNAME": "learner",
        "PYTHONHASHSEED": str(seed),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "svg",
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "GIT_OPTIONAL_LOCKS": "0",
        # Each arena of the C library reserves 64 MB of the address space that a child may have: a dozen threads would do.
        "MALLOC_ARENA_MAX": "2",
    }
    for name in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "VECLIB_MAXIMUM"):
        env[f"{name}_THREADS"] = "1"
    if "TZ" in os.environ:
        env["TZ"] = os.environ["TZ"]
    return env | dict(extra)


def machine() -> Path:
    """Where it is kept what was found out about this machine, whatever checkout or export is looked at."""
    return Repo(HOUSE.parent).cache


def furnish(folder: Path) -> None:
    """What a program expects in its home: git that trusts the checkout, and the plotting library's list of fonts."""
    home = folder / "home"
    (home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
    (home / "matplotlib").mkdir()
    for path in fonts().glob("fontlist-*.json"):
        (home / "matplotlib" / path.name).write_bytes(path.read_bytes())


def fonts() -> Path:
    """Where the list of fonts is kept."""
    return machine() / "matplotlib"


def nobody(strength: Tier, must_read: Iterable[Path]) -> int | None:
    """The user that root becomes; None where we aren't root or another user couldn't read what it must.

    With namespaces only the files themselves must be readable, since what lies above them is made anew.
    """
    if os.geteuid() != 0:
        return None
    for path in must_read:
        whole = path.resolve()
        if whole.exists() and not whole.stat().st_mode & 0o004:
            return None
        if strength != "namespaces" and not all(up.stat().st_mode & 0o001 for up in whole.parents):
            return None
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    # Not a secret: two children of one moment shall only not be the same user.
    return random.choice([uid for uid in _NOBODIES if uid not in taken])  # nosec B311


@cache
def tier() -> Tier:
    """The strongest tier that works here; tried once, and remembered until the machine starts anew."""
    if sys.platform != "linux":
        return "limits"
    known = machine() / "sandbox.json"
    key = _machine()
    try:
        data: Any = json.loads(known.read_text(encoding="utf-8"))
        if isinstance(data, dict) and data.get("machine") == key and data.get("tier") in TIERS:
            return data["tier"]  # type: ignore[no-any-return]
    except (OSError, ValueError):
        pass
    from cortex.runs import child

    found: Tier = next((name for name in TIERS if child.works(name)), "limits")
    with contextlib.suppress(CortexError):  # a read-only checkout only costs time
        store.write_atomic(known, json.dumps({"machine": key, "tier": found}))
    return found


def _machine() -> str:
    """What a trial's result holds for: this boot, this user, this code."""
    here = Path(__file__).parent
    parts = [str(os.getuid()), os.uname().release, sys.executable]
    for path in (
        Path("/proc/sys/kernel/random/boot_id"),
        here / "inside" / "walls.py",
        here / "inside" / "kernel.py",
    ):
        try:
            parts.append(path.read_text(encoding="utf-8"))
        except OSError:
            parts.append("")
    return text_digest("\0".join(parts))
