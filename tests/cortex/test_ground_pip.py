"""tools/bootstrap/pip_settings.py: pip's settings, read as pip reads them, in pip's words and in uv's."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest
from ground_house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def told(house: House, whom: str, **env: str) -> dict[str, str]:
    """What sh would export; `NAME` alone where it would forget a variable."""
    # The machine's own /etc/xdg stays out.
    env = {"XDG_CONFIG_DIRS": str(house.base / "xdg")} | env
    ran = house.run(sys.executable, "-I", "tools/bootstrap/pip_settings.py", whom, **env)
    assert ran.code == 0, ran.err
    words = [shlex.split(line)[-1] for line in ran.out.splitlines()]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def config(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_learners_file_wins_over_the_machines_and_a_variable_over_both(house: House) -> None:
    config(house.base / "xdg/pip/pip.conf", "[global]\nindex-url = https://machine.example.org\n")
    assert told(house, "uv")["UV_DEFAULT_INDEX"] == "https://machine.example.org"
    config(house.base / ".config/pip/pip.conf", "[global]\nindex_url = https://mine.example.org\n")
    assert told(house, "uv")["UV_DEFAULT_INDEX"] == "https://mine.example.org"
    config(
        house.base / ".config/pip/pip.conf",
        "[install]\nindex-url = https://installs.example.org\n[global]\nindex-url = https://x.example.org\n",
    )
    assert told(house, "uv")["UV_DEFAULT_INDEX"] == "https://installs.example.org"
    typed = told(house, "uv", PIP_INDEX_URL="https://typed.example.org")
    assert typed["UV_DEFAULT_INDEX"] == "https://typed.example.org"


def test_a_file_named_by_the_variable_replaces_the_learners_own(house: House) -> None:
    config(house.base / ".config/pip/pip.conf", "[global]\nindex-url = https://mine.example.org\n")
    config(house.base / "named.conf", "[global]\nproxy = http://proxy.example.org:3128\n")
    named = told(house, "uv", PIP_CONFIG_FILE=str(house.base / "named.conf"))
    assert named["ALL_PROXY"] == "http://proxy.example.org:3128"
    assert "UV_DEFAULT_INDEX" not in named
    assert told(house, "uv", PIP_CONFIG_FILE=os.devnull) == {}


def test_several_places_are_spelled_as_uv_reads_them(house: House, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    config(
        house.base / ".config/pip/pip.conf",
        "[global]\n"
        "extra-index-url =\n    https://one.example.org\n    https://two.example.org\n"
        f"find-links = {wheels.as_uri()} /not/there file:///not/there\n"
        "trusted-host = one.example.org\nno-index = true\n",
    )
    found = told(house, "uv")
    assert found["UV_INDEX"] == "https://one.example.org https://two.example.org"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert found["UV_FIND_LINKS"] == wheels.as_uri()
    assert found["UV_INSECURE_HOST"] == "one.example.org"
    assert found["no_index"] == "--no-index"


@pytest.mark.parametrize("how", ["variable", "file"])
def test_a_uv_that_was_told_its_index_is_not_told_another(house: House, how: str) -> None:
    config(house.base / ".config/pip/pip.conf", "[global]\nindex-url = https://mine.example.org\n")
    env = {"UV_INDEX_URL": "https://uv.example.org"} if how == "variable" else {}
    config(
        house.base / ".config/uv/uv.toml",
        '[[index]]\nurl = "https://uv.example.org"\n' if how == "file" else 'link-mode = "copy"\n',
    )
    assert "UV_DEFAULT_INDEX" not in told(house, "uv", **env)


def test_pip_keeps_what_reaches_an_index_and_loses_the_rest(house: House) -> None:
    config(
        house.base / ".config/pip/pip.conf",
        "[global]\nuser = true\nindex-url = https://mine.example.org\n[install]\nprefix = /elsewhere\n",
    )
    found = told(house, "pip", PIP_TARGET="/elsewhere", PIP_TIMEOUT="9")
    assert found["PIP_TARGET"] == ""
    assert found["PIP_TIMEOUT"] == "9"
    assert found["PIP_CONFIG_FILE"] == os.devnull
    assert found["PIP_INDEX_URL"] == "https://mine.example.org"
    assert not {"PIP_USER", "PIP_PREFIX"} & set(found)


def test_a_file_that_cannot_be_read_is_named_and_stops_nothing(house: House) -> None:
    config(house.base / ".config/pip/pip.conf", "index-url = https://mine.example.org\n")
    ran = house.run(sys.executable, "-I", "tools/bootstrap/pip_settings.py", "uv")
    assert ran.code == 0
    assert "pip.conf can't be read, so it isn't used" in ran.err


def test_no_value_can_become_a_command(house: House) -> None:
    value = "https://x.example.org/$(touch${IFS}x)';touch${IFS}y;'"
    script = (
        'eval "$("$PYTHON" -I tools/bootstrap/pip_settings.py uv)"; printf %s "$UV_DEFAULT_INDEX"'
    )
    ran = house.run("sh", "-c", script, PYTHON=sys.executable, PIP_INDEX_URL=value)
    assert ran.out == value
    assert not (house.root / "x").exists() and not (house.root / "y").exists()
