"""./just on machines that have, lack or half have what it needs; the tools and the Python are fakes that say what they were asked."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from ground_house import ROOT, House

FAKE_JUST = """
[ "$*" = --version ] && { echo "just 1.59.0"; exit 0; }
[ "$5" = env ] && { echo "CORTEX_JUST=$CORTEX_JUST"; exit 0; }
echo "UV=$UV"
for word in "$@"; do echo "<$word>"; done
"""
FAKE_UV = 'echo "uv 0.13.8 (a machine)"'
TOO_OLD = "Lynx Cortex needs Python 3.11 or newer, and here"


def fake_python(version: str = "3.11.7", *, venv: bool = True, pip: bool = True) -> str:
    """A Python whose pip installs a uv and a just that only say that they are there."""
    return f"""
echo "python $*" >>"$LOG"
install() {{
    mkdir -p "$1"
    printf '#!/bin/sh\\n%s\\n' '{FAKE_UV}' >"$1/uv"
    cat >"$1/just" <<'END'
#!/bin/sh
{FAKE_JUST}
END
    /bin/chmod +x "$1/uv" "$1/just"
}}
case "$1 $2" in
    "-c "*) echo {version} ;;
    "-m venv")
        {"true" if venv else 'mkdir -p "$3"; echo "ensurepip is not available"; exit 1'}
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        ;;
    "-m pip")
        {"true" if pip else 'echo "No module named pip" >&2; exit 1'}
        [ "$3" = --version ] && exit 0
        [ -z "${{NETWORK_DOWN:-}}" ] || {{ echo "ERROR: no network" >&2; exit 1; }}
        for word in "$@"; do last=$word; done
        case "$*" in *--target*) install "$last/bin" ;; *) install "$(dirname "$0")" ;; esac
        ;;
esac
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def words(*arguments: str) -> str:
    return "".join(f"<{word}>\n" for word in arguments)


def test_a_machine_without_uv_and_just_gets_both_and_then_runs_the_recipe(house: House) -> None:
    house.script("python3", fake_python())
    ran = house.run("./just", "check", "07.1")
    tools = house.root / ".cache/tools"
    assert (ran.code, ran.err) == (
        0,
        f"Fetching uv and just into .cache/tools, once, with {house.bin}/python3.\n",
    )
    assert ran.out.startswith(f"UV={tools}/bin/uv\n<--justfile>\n<{house.root}/Justfile>\n")
    assert ran.out.endswith(words("check", "07.1"))
    assert sorted(path.name for path in tools.iterdir()) == ["bin", "requirements.txt"]
    assert [path.name for path in (house.root / ".cache").iterdir()] == ["tools"]


def test_only_pinned_and_hashed_wheels_are_installed(house: House) -> None:
    house.script("python3", fake_python())
    house.run("./just")
    (install,) = [line for line in house.asked if "pip install" in line]
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install
    assert f"--requirement {house.root}/tools/bootstrap/requirements.txt" in install
    pins = (ROOT / "tools/bootstrap/requirements.txt").read_text()
    assert "://" not in pins
    assert {line.split("==")[0] for line in pins.splitlines() if "==" in line} == {
        "uv",
        "rust-just",
    }
    assert pins.count("--hash=sha256:") > 20


def test_a_second_run_is_silent_and_asks_nobody(house: House) -> None:
    house.script("python3", fake_python())
    house.run("./just")
    assert house.asked
    ran = house.run("./just", "status")
    assert (ran.code, ran.err, house.asked) == (0, "", [])


def test_tools_on_path_are_used_as_they_are(house: House) -> None:
    house.script("uv", FAKE_UV)
    house.script("just", FAKE_JUST)
    ran = house.run("./just", "status")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"UV={house.bin}/uv\n")
    assert not (house.root / ".cache").exists()


@pytest.mark.parametrize(
    ("just", "own"), [("1.59.0", True), ("1.40.0", True), ("1.39.0", False), (None, False)]
)
def test_messages_name_the_wrapper_unless_there_is_a_just_that_will_do(
    house: House, just: str | None, own: bool
) -> None:
    house.script("python3", fake_python())
    house.script("uv", FAKE_UV)
    if just:
        house.script("just", FAKE_JUST.replace("1.59.0", just))
    ran = house.run("./just", "env")
    assert f"CORTEX_JUST={'just' if own else './just'}\n" in ran.out


@pytest.mark.parametrize(
    ("uv", "just"),
    [
        pytest.param(FAKE_UV, "echo just 1.39.0", id="just is too old"),
        pytest.param("echo uv 0.8.24", FAKE_JUST, id="uv is too old"),
        pytest.param(FAKE_UV, None, id="just is missing"),
        pytest.param(None, FAKE_JUST, id="uv is missing"),
        pytest.param(FAKE_UV, "exit 127", id="just doesn't run"),
        pytest.param(FAKE_UV, "echo just says hello", id="just is another program"),
    ],
)
def test_tools_that_will_not_do_are_replaced(
    house: House, uv: str | None, just: str | None
) -> None:
    house.script("python3", fake_python())
    for name, body in (("uv", uv), ("just", just)):
        if body:
            house.script(name, body)
    ran = house.run("./just")
    assert (ran.code, ran.err.split(",")[0]) == (0, "Fetching uv and just into .cache/tools")
    assert ran.out.startswith(f"UV={house.root}/.cache/tools/bin/uv\n")


def test_newer_major_versions_will_do(house: House) -> None:
    house.script("uv", "echo uv 1.0.0")
    house.script("just", FAKE_JUST.replace("1.59.0", "2.0.0"))
    assert house.run("./just").err == ""


@pytest.mark.parametrize(
    ("pythons", "code", "message"),
    [
        (
            {"python3": "3.9.2"},
            1,
            f"./just: {TOO_OLD} python3 is 3.9.2. Install a newer one and try again.\n",
        ),
        ({}, 1, "./just: no Python found. Install Python 3.11 or newer (python3) and try again.\n"),
        ({"python3": "3.10.13", "python3.12": "3.12.1"}, 0, "/python3.12.\n"),
        ({"python": "3.14.0"}, 0, "/python.\n"),
        (
            {"python": "2.7.18"},
            1,
            f"./just: {TOO_OLD} python is 2.7.18. Install a newer one and try again.\n",
        ),
    ],
)
def test_python_is_found_or_its_absence_explained(
    house: House, pythons: dict[str, str], code: int, message: str
) -> None:
    for name, version in pythons.items():
        house.script(name, fake_python(version))
    ran = house.run("./just")
    assert ran.code == code
    assert ran.err.endswith(message)
    assert code == 0 or ran.err == message


def test_a_version_manager_that_fails_inside_the_folder_is_asked_outside(house: House) -> None:
    body = fake_python().replace('"-c "*)', '"-c "*) [ "$PWD" = / ] || exit 1;')
    house.script("python3", body)
    assert house.run("./just").code == 0


def test_without_the_venv_module_pip_installs_into_a_folder(house: House) -> None:
    house.script("python3", fake_python(venv=False))
    ran = house.run("./just", "status")
    assert ran.out.endswith(words("status"))
    assert any("pip install" in line and "--target" in line for line in house.asked)


def test_without_venv_and_pip_it_says_what_to_install(house: House) -> None:
    house.script("python3", fake_python(venv=False, pip=False))
    ran = house.run("./just")
    assert ran.code == 1
    assert ran.err.splitlines()[1:] == [
        "ensurepip is not available",
        f"./just: {house.bin}/python3 has neither a working venv module nor pip, so it can't fetch uv and just.",
        "Install them (Debian, Ubuntu: apt install python3-venv), or put uv and just on PATH; then try again.",
    ]
    assert list((house.root / ".cache").iterdir()) == []


def test_without_a_network_it_says_so_and_leaves_nothing_behind(house: House) -> None:
    house.script("python3", fake_python())
    ran = house.run("./just", NETWORK_DOWN="yes")
    assert ran.code == 1
    assert ran.err.splitlines()[1:] == [
        "ERROR: no network",
        "./just: fetching uv and just failed; the lines above say why. It needs a network, once.",
        "Without one, put uv (0.9 or newer) and just (1.40 or newer) on PATH yourself.",
    ]
    assert list((house.root / ".cache").iterdir()) == []


def test_new_pins_fetch_new_tools_and_old_tools_serve_while_that_fails(house: House) -> None:
    house.script("python3", fake_python())
    house.run("./just")
    pins = house.root / "tools/bootstrap/requirements.txt"
    pins.write_text(pins.read_text() + "# newer\n")
    offline = house.run("./just", "status", NETWORK_DOWN="yes")
    assert (offline.code, offline.err.splitlines()[-1]) == (
        0,
        "Going on with the tools of an earlier set-up.",
    )
    assert offline.out.endswith(words("status"))
    assert house.run("./just").err.startswith("Fetching uv and just")
    assert house.run("./just").err == ""


def test_a_killed_fetch_leaves_no_trace_for_the_next_one(house: House) -> None:
    house.script("python3", fake_python().replace('"-m pip")', '"-m pip") kill -9 $PPID; exit 1;'))
    assert house.run("./just").code == -9
    assert [path.name[:6] for path in (house.root / ".cache").iterdir()] == ["tools."]
    house.script("python3", fake_python())
    assert house.run("./just").code == 0
    assert [path.name for path in (house.root / ".cache").iterdir()] == ["tools"]


def test_arguments_arrive_as_they_were_typed_from_any_folder_and_through_links(
    house: House, tmp_path: Path
) -> None:
    house.script("uv", FAKE_UV)
    house.script("just", FAKE_JUST)
    (tmp_path / "links").mkdir()
    (tmp_path / "links/second").symlink_to("../first")
    (tmp_path / "first").symlink_to(house.root / "just")
    typed = ["manifest", 'a "b" $HOME', "; touch x", "", "--json"]
    for start in (house.root / "just", tmp_path / "first", tmp_path / "links/second"):
        ran = house.run(start, *typed, cwd=tmp_path / "links")
        assert ran.code == 0
        assert ran.out.endswith(words("--working-directory", str(house.root), *typed))
    assert not (tmp_path / "links/x").exists()


def test_the_wrapper_on_path_does_not_call_itself(house: House) -> None:
    house.script("uv", FAKE_UV)
    house.script("python3", fake_python())
    (house.bin / "just").symlink_to(house.root / "just")
    ran = house.run("just", "status")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "<status>")


@pytest.mark.parametrize("venv", [True, False])
def test_where_pip_installs_is_not_the_learners_setting_but_where_it_looks_is(
    house: House, venv: bool
) -> None:
    """`user = true` alone stops pip in an environment; `target` and `prefix` put uv and just elsewhere."""
    seen = 'echo "settings user=$PIP_USER target=$PIP_TARGET index=$PIP_INDEX_URL files=$PIP_CONFIG_FILE" >>"$LOG"'
    body = fake_python(venv=venv).replace('"-m pip")', f'"-m pip") {seen};')
    house.script("python3", body.replace("esac", f'"-I "*) exec "{sys.executable}" "$@" ;;\nesac'))
    config = house.base / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text("[global]\nuser = true\nindex-url = https://mirror.example.org/simple\n")
    ran = house.run("./just", "status", PIP_USER="1", PIP_TARGET="/elsewhere", PIP_PREFIX="/else")
    assert ran.code == 0, ran.err
    assert [line for line in house.asked if line.startswith("settings")][-1] == (
        "settings user= target= index=https://mirror.example.org/simple files=/dev/null"
    )


def test_what_the_shell_tells_other_pythons_stays_outside(house: House) -> None:
    wanted = 'echo "${PYTHONPATH-none} ${PYTHONHOME-none}" >>"$LOG"\n'
    house.script("python3", wanted + fake_python())
    house.run("./just", "status", PYTHONPATH="/elsewhere", PYTHONHOME="/elsewhere")
    assert {line for line in house.asked if not line.startswith("python")} == {"none none"}


@pytest.mark.slow
def test_a_bare_machine_ends_with_a_working_environment_and_needs_no_network_twice(
    house: House, tmp_path: Path
) -> None:
    python = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    house.script("python3", f'exec "{python}" "$@"')
    (house.bin / "git").symlink_to(shutil.which("git") or "git")
    shutil.copytree(ROOT / "src", house.root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (house.root / "README.md").touch()
    # How this machine reaches its index; the recipes' own settings and this environment stay out.
    reach = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "SSL_", "REQUESTS_", "UV_")) or name.lower().endswith("_proxy")
    }
    reach |= {"UV_CACHE_DIR": str(tmp_path / "uv"), "PIP_CACHE_DIR": str(tmp_path / "pip")}
    offline = reach | {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    first = house.run("./just", "setup", **reach)
    assert first.code == 0, first.err
    assert "Ready: Python 3." in first.err
    again = house.run("./just", "setup", **offline)
    assert (again.code, again.err.split(":")[0]) == (0, "Nothing to do")
    shutil.rmtree(house.root / ".venv")
    cold = house.run("./just", "setup", **offline)
    assert cold.code == 0, cold.err
    imported = house.run(
        house.root / ".venv/bin/python", "-c", "import cortex, numpy; print(cortex.__file__)"
    )
    assert imported.out.strip() == str(house.root / "src/cortex/__init__.py")
