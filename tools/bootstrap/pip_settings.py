"""Where this person's pip finds packages, as lines for sh to evaluate. Files and variables are read as pip reads them.

usage: pip_settings.py pip    for pip: what reaches an index stays; where to install to, and what to refuse, goes
       pip_settings.py uv     the same in uv's words, unless uv was told its index itself

It needs nothing but Python: at set-up there may be no pip yet. Nothing that it reads is kept.
"""

from __future__ import annotations

import configparser
import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from urllib.parse import unquote, urlsplit

# What is needed to reach an index. All else (user, prefix, target, constraint, ...) would put uv and just elsewhere,
# or refuse them.
REACH = (
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert"),
    *("client-cert", "proxy", "timeout", "default-timeout", "retries", "keyring-provider"),
    *("cache-dir", "no-cache-dir", "use-feature"),
)
UV_INDEXES = (
    *("UV_CONFIG_FILE", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    *("UV_INDEX", "UV_INDEX_URL"),
)
UV_KEYS = {"index", "index-url", "default-index", "extra-index-url", "find-links", "no-index"}


def config_files(name: str) -> Iterator[Path]:
    """Where a `pip.conf` or `uv.toml` may lie, the ones that win last."""
    tool = "pip" if name == "pip.conf" else "uv"
    home = Path.home()
    if sys.platform == "darwin":
        yield Path("/Library/Application Support", tool, name)
    for folder in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep):
        yield Path(folder, tool, name)
    yield Path("/etc", name) if tool == "pip" else Path("/etc", tool, name)
    own = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config", tool, name)
    if tool == "pip" and (named := os.environ.get("PIP_CONFIG_FILE")) and Path(named).exists():
        yield Path(sys.base_prefix, name)
        yield Path(named)
        return
    if tool == "pip":
        yield home / ".pip" / name
        yield home / "Library/Application Support" / tool / name
    yield own
    if tool == "pip":
        yield Path(sys.base_prefix, name)


def pip_settings() -> dict[str, str]:
    """pip's settings, by their long names: `[global]`, then `[install]`, then PIP_ variables."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    files = [] if os.environ.get("PIP_CONFIG_FILE") == os.devnull else config_files("pip.conf")
    for path in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            print(f"{path} can't be read, so it isn't used: {error}", file=sys.stderr)
            continue
        for section, values in sections.items():
            if parser.has_section(section):
                values |= {_long(key): value for key, value in parser.items(section) if value}
    variables = {
        _long(key.removeprefix("PIP_")): value
        for key, value in os.environ.items()
        if key.startswith("PIP_") and value
    }
    return sections["global"] | sections["install"] | variables


def _long(key: str) -> str:
    return key.lower().replace("_", "-").removeprefix("--")


def for_pip(settings: dict[str, str]) -> Iterator[str]:
    """Only what reaches an index is left, and no file is read again."""
    for name in sorted(os.environ):
        if name.startswith("PIP_") and name.isidentifier():
            yield f"unset {name}"
    yield f"export PIP_CONFIG_FILE={os.devnull}"
    for key in REACH:
        if key in settings:
            name = key.upper().replace("-", "_")
            yield f"export PIP_{name}={quote(' '.join(settings[key].split()))}"


def for_uv(settings: dict[str, str]) -> Iterator[str]:
    """What uv doesn't know yet. Every file is held to its hash in uv.lock, so any index may serve it."""
    places = {key: _reachable(settings.get(key, "")) for key in ("extra-index-url", "find-links")}
    index = _reachable(settings.get("index-url", ""))
    found: dict[str, str] = {}
    if not uv_has_an_index():
        found |= {
            "UV_DEFAULT_INDEX": " ".join(index),
            "UV_INDEX": " ".join(places["extra-index-url"]),
            "UV_INDEX_STRATEGY": "unsafe-best-match" if places["extra-index-url"] else "",
            "UV_FIND_LINKS": ",".join(places["find-links"]),
        }
    keyring = settings.get("keyring-provider", "")
    wait = settings.get("timeout") or settings.get("default-timeout", "")
    found |= {
        "UV_INSECURE_HOST": " ".join(settings.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": wait.partition(".")[0],
        "UV_KEYRING_PROVIDER": "subprocess" if keyring in ("import", "subprocess") else "",
        "SSL_CERT_FILE": settings.get("cert", ""),
        "SSL_CLIENT_CERT": settings.get("client-cert", ""),
        "ALL_PROXY": settings.get("proxy", ""),
    }
    for name, value in found.items():
        if value and not (os.environ.get(name) or os.environ.get(name.lower())):
            yield f"export {name}={quote(value)}"
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        yield "no_index=--no-index"  # uv has no variable for it


def _reachable(places: str) -> list[str]:
    """The places without folders that aren't there: pip warns about those and goes on, uv may stop."""
    return [place for place in places.split() if _there(place)]


def _there(place: str) -> bool:
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(unquote(parts.path)).exists()
    return bool(parts.scheme) or Path(place).exists()


def uv_has_an_index() -> bool:
    """Whether a variable or a `uv.toml` already says where uv looks."""
    if any(os.environ.get(name) for name in UV_INDEXES):
        return True
    for path in config_files("uv.toml"):
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if UV_KEYS & {*told, *told.get("pip", {})}:
            return True
    return False


SPEAKS: dict[str, Callable[[dict[str, str]], Iterator[str]]] = {"pip": for_pip, "uv": for_uv}

if __name__ == "__main__":
    for line in SPEAKS[sys.argv[1]](pip_settings()):
        print(line)
