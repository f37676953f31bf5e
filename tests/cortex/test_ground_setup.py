"""tools/setup.sh: when it works, when it rests, what it survives. uv is a fake that says what it was asked."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ground_house import House, Ran

pytestmark = pytest.mark.slow

FAKE_UV = f"""
[ "$*" = --version ] && {{ echo "uv 0.13.8 (a machine)"; exit 0; }}
echo "uv $*" >>"$LOG"
last() {{ for word in "$@"; do :; done; printf '%s' "$word"; }}
case "$1 $2" in
    "venv "*)
        [ ! -e .venv ] || {{ echo "error: A directory already exists at: .venv" >&2; exit 2; }}
        mkdir -p .venv/bin
        [ -z "${{DISK_FULL:-}}" ] || {{ echo "error: No space left on device (os error 28)" >&2; exit 2; }}
        printf '#!/bin/sh\\nexec "{sys.executable}" "$@"\\n' >.venv/bin/python
        printf '#!/bin/sh\\necho "pre-commit $*" >>"$LOG"; exit ${{HOOKS_FAIL:-0}}\\n' >.venv/bin/pre-commit
        /bin/chmod +x .venv/bin/python .venv/bin/pre-commit
        ;;
    "pip sync")
        env >"$LOG.env"
        [ -z "${{KILL:-}}" ] || kill -9 $PPID
        case "$*" in *--offline*) [ -z "${{NOT_CACHED:-}}" ] || exit 2 ;; esac
        [ -z "${{NETWORK_DOWN:-}}" ] || {{ echo "error: no network" >&2; exit 2; }}
        ;;
    "pip freeze") cat ${{FOUND:-/dev/null}} "$LOG.packages" 2>/dev/null ;;
esac
"""
OFFLINE = {"NOT_CACHED": "yes", "NETWORK_DOWN": "yes"}
FAILED = "setup: .venv couldn't be brought in step with uv.lock; the lines above say why."


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.script("uv", FAKE_UV)
    Path(f"{house.log}.packages").write_text("numpy==2.4.6\npytest==9.2.0\n")
    return house


def setup(house: House, *groups: str, **env: str) -> Ran:
    return house.run("tools/setup.sh", *groups, **env)


def verbs(house: House) -> list[str]:
    """What uv and pre-commit were asked, without arguments."""
    names = []
    for line in house.asked:
        words = line.split()
        names.append(" ".join(words[1:3]) if words[1] == "pip" else f"{words[0]} {words[1]}")
    return names


def test_a_fresh_folder_gets_environment_packages_and_project_in_that_order(house: House) -> None:
    ran = setup(house)
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "Setting up .venv from uv.lock, with dev docs. The first time takes a minute.",
        f"Ready: Python {sys.version_info.major}.{sys.version_info.minor} in .venv.",
    ]
    asked = house.asked
    assert [line.split()[1:3] for line in asked] == [
        ["venv", "--quiet"],
        ["export", "--quiet"],
        ["pip", "sync"],
        ["pip", "install"],
        ["pip", "freeze"],
    ]
    assert "--require-hashes" in asked[2]
    assert "--no-default-groups --group dev --group docs " in asked[1]
    assert {"--no-deps", "--no-build-isolation", "--editable"} <= set(asked[3].split())


def test_when_nothing_changed_it_asks_nobody_and_is_silent_if_told_so(house: House) -> None:
    setup(house)
    assert house.asked
    assert setup(house, "--quiet") == Ran(0, "", "")
    assert setup(house).err.startswith("Nothing to do: .venv (Python 3.")
    assert house.asked == []


def moved(house: House) -> None:
    target = house.base / "moved"
    house.root.rename(target)
    house.root = target


def append(name: str) -> Callable[[House], None]:
    def change(house: House) -> None:
        path = house.root / name
        path.write_text(path.read_text() + "\n# changed\n")

    return change


CHANGES: dict[str, tuple[Callable[[House], None], bool]] = {
    "the lock changed": (append("uv.lock"), False),
    "the project changed": (append("pyproject.toml"), False),
    "the folder was moved": (moved, True),
    "the environment was deleted": (lambda house: shutil.rmtree(house.root / ".venv"), True),
    "the Python is gone": (lambda house: (house.root / ".venv/bin/python").unlink(), True),
    "the Python is another": (
        lambda house: (house.root / ".venv/.lynx/made").write_text(f"3.10 {house.root}\n") and None,
        True,
    ),
    "another tool made it": (lambda house: (house.root / ".venv/.lynx/made").unlink(), True),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_noticed_once(house: House, what: str) -> None:
    change, made_anew = CHANGES[what]
    setup(house)
    change(house)
    assert house.asked
    assert setup(house).code == 0
    asked = verbs(house)
    assert "pip sync" in asked
    assert ("uv venv" in asked) is made_anew
    setup(house)
    assert verbs(house) == []


def test_a_group_once_asked_for_stays(house: House) -> None:
    setup(house)
    setup(house, "docs", "bench")
    assert house.asked
    setup(house)
    setup(house, "docs")
    assert house.asked == []
    append("uv.lock")(house)
    setup(house)
    assert any("--group bench --group dev --group docs " in line for line in house.asked)


def test_a_group_that_does_not_exist_is_refused(house: House) -> None:
    assert setup(house, "dcos") == Ran(
        2,
        "",
        "setup: no group is called 'dcos'; there are dev, docs, bench and those of tools/groups/.\n",
    )
    assert not (house.root / ".venv").exists()


def test_packages_that_the_cache_holds_need_no_network(house: House) -> None:
    assert setup(house, NETWORK_DOWN="").code == 0
    syncs = [line for line in house.asked if "pip sync" in line]
    assert len(syncs) == 1
    assert syncs[0].endswith("--offline")


def test_packages_that_it_does_not_hold_are_fetched(house: House) -> None:
    assert setup(house, NOT_CACHED="yes").code == 0
    assert [line.endswith("--offline") for line in house.asked if "pip sync" in line] == [
        True,
        False,
    ]


def test_a_first_set_up_without_a_network_fails_and_the_next_one_heals(house: House) -> None:
    ran = setup(house, **OFFLINE)
    assert ran.code == 1
    assert ran.err.splitlines()[-2:] == [
        FAILED,
        "Packages are fetched once for each change of uv.lock: with a network, run the same command again.",
    ]
    assert setup(house).code == 0


def test_a_changed_lock_without_a_network_leaves_the_old_packages_in_use(house: House) -> None:
    setup(house)
    append("uv.lock")(house)
    ran = setup(house, "--quiet", **OFFLINE)
    assert (ran.code, ran.err.splitlines()[-1]) == (
        0,
        "Going on with the packages of the last set-up; the next command tries again.",
    )
    assert house.asked
    assert setup(house, "--quiet").code == 0
    assert "pip sync" in verbs(house)


def test_a_new_group_without_a_network_fails_and_takes_nothing_away(house: House) -> None:
    setup(house)
    assert setup(house, "bench", **OFFLINE).code == 1
    assert house.asked
    assert setup(house, "--quiet") == Ran(0, "", "")
    assert house.asked == []


def test_packages_lost_in_a_failed_set_up_are_not_believed_to_be_there(house: House) -> None:
    setup(house)
    append("uv.lock")(house)
    Path(f"{house.log}.packages").write_text("numpy==2.4.6\n")
    assert setup(house, **OFFLINE).code == 1


def test_a_killed_set_up_is_begun_again_from_nothing(house: House) -> None:
    ran = setup(house, KILL="yes")
    assert ran.code == -signal.SIGKILL
    assert (house.root / ".cache/setup.lock").is_symlink()
    assert house.asked
    assert setup(house, "--quiet").code == 0
    assert "uv venv" in verbs(house)
    assert not (house.root / ".cache/setup.lock").is_symlink()


def test_a_second_set_up_waits_for_the_first(house: House) -> None:
    with subprocess.Popen(["sleep", "1.5"]) as owner:
        (house.root / ".cache").mkdir()
        (house.root / ".cache/setup.lock").symlink_to(str(owner.pid))
        # The owner must be reaped when it ends, or it would count as alive.
        waiting = subprocess.Popen(
            [str(house.root / "tools/setup.sh")],
            env={"PATH": str(house.bin), "LOG": str(house.log)},
            stderr=subprocess.PIPE,
            text=True,
        )
        owner.wait()
        _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert err.startswith(
        f"Another set-up is at work (process {owner.pid}): waiting for it.\nSetting up"
    )


def test_hooks_and_merge_drivers_are_for_a_repository_of_its_own_only(house: House) -> None:
    git = shutil.which("git")
    assert git
    (house.bin / "git").symlink_to(git)
    setup(house)
    assert not any("pre-commit" in line for line in house.asked)

    house.run("git", "init", "--quiet", cwd=house.base, GIT_CEILING_DIRECTORIES="")
    append("uv.lock")(house)
    setup(house, GIT_CEILING_DIRECTORIES="")
    assert not any("pre-commit" in line for line in house.asked)
    drivers = ("config", "--get-regexp", "^merge")
    assert house.run("git", *drivers, cwd=house.base, GIT_CEILING_DIRECTORIES="").out == ""

    house.run("git", "init", "--quiet")
    append("uv.lock")(house)
    setup(house)
    assert "pre-commit install --hook-type pre-commit --hook-type commit-msg" in house.asked
    assert house.run("git", *drivers).out == "".join(
        f"merge.generated-{kind}.driver tools/merge_generated.sh {kind} %O %A %B %P\n"
        for kind in ("whole", "blocks")
    )


def test_hooks_that_cannot_be_installed_do_not_stop_it(house: House) -> None:
    (house.bin / "git").symlink_to(shutil.which("git") or "git")
    house.run("git", "init", "--quiet")
    ran = setup(house, HOOKS_FAIL="1")
    assert ran.code == 0
    assert "setup: the git hooks were not installed" in ran.err
    assert setup(house, "--quiet") == Ran(0, "", "")


def test_without_uv_it_names_the_command_that_brings_it(house: House) -> None:
    (house.bin / "uv").unlink()
    assert setup(house) == Ran(
        1, "", "setup: uv isn't installed. Type ./just setup (with ./): it fetches uv by itself.\n"
    )


@pytest.mark.parametrize(
    "why", ["Permission denied", "No space left on device", "Operation not permitted"]
)
def test_a_lock_that_cannot_be_made_is_explained_and_not_waited_for(house: House, why: str) -> None:
    """This `ln` stands for a folder that can't be written, a disk without inodes, a file system without links."""
    house.script("ln", f"echo \"ln: failed to create symbolic link '$3': {why}\" >&2; exit 1")
    ran = setup(house)
    assert (ran.code, ran.err.splitlines()) == (
        1,
        [
            "setup: .cache/setup.lock, a link that says who is at work, can't be made: "
            f"ln: failed to create symbolic link '.cache/setup.lock': {why}",
            "Mend that (writing must be allowed in .cache, on a disk with room and links), then try again.",
        ],
    )
    assert not (house.root / ".venv").exists()


def test_a_lock_that_is_no_link_is_explained(house: House) -> None:
    (house.root / ".cache").mkdir()
    (house.root / ".cache/setup.lock").touch()
    ran = setup(house)
    assert ran.code == 1
    assert "setup: .cache/setup.lock, a link that says who is at work, can't be made: ln" in ran.err


def test_a_dead_owners_lock_that_cannot_be_removed_is_explained(house: House) -> None:
    """This `rm` stands for a folder that somebody else made unwritable."""
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    (house.root / ".cache").mkdir()
    (house.root / ".cache/setup.lock").symlink_to(str(gone.pid))
    house.script("rm", 'echo "rm: Permission denied" >&2; exit 1')
    ran = setup(house)
    assert ran.code == 1
    assert "can't be made: rm: Permission denied\n" in ran.err


def test_a_full_disk_is_called_one(house: House) -> None:
    """This uv leaves half an environment behind, as one does that runs out of room."""
    ran = setup(house, DISK_FULL="yes")
    assert ran.code != 0
    assert ran.err.splitlines()[1:] == ["error: No space left on device (os error 28)"]


def test_a_uv_that_is_too_old_is_passed_over(house: House) -> None:
    house.script("uv", "echo uv 0.8.24")
    ran = setup(house)
    assert (ran.code, ran.err) == (
        1,
        f"setup: {house.bin}/uv isn't uv 0.9 or newer. "
        "Type ./just setup (with ./): it fetches uv by itself.\n",
    )
    house.script(house.root / ".cache/tools/bin/uv", FAKE_UV)
    assert setup(house).code == 0


def test_a_first_set_up_brings_the_sites_tools_and_a_later_one_adds_none(house: House) -> None:
    setup(house)
    assert any("--group dev --group docs " in line for line in house.asked)
    (house.root / ".venv/.lynx/groups").write_text("dev\n")
    assert setup(house).err == (
        f"Nothing to do: .venv (Python {sys.version_info.major}.{sys.version_info.minor}) "
        "is what uv.lock says, with dev.\n"
    )


def test_missing_hooks_are_installed_by_the_command_that_doctor_names(house: House) -> None:
    (house.bin / "git").symlink_to(shutil.which("git") or "git")
    house.run("git", "init", "--quiet")
    setup(house)
    assert house.asked
    install = ["pre-commit install --hook-type pre-commit --hook-type commit-msg"]
    assert setup(house, "--quiet").err == ""
    assert house.asked == []
    assert setup(house).err.startswith("The git hooks are missing: installing them.\nNothing to do")
    assert house.asked == install
    for name in ("pre-commit", "commit-msg"):
        house.script(house.root / ".git/hooks" / name, "exec pre-commit")
    assert setup(house).err.startswith("Nothing to do")
    assert house.asked == []


def test_a_clone_that_git_refuses_is_not_taken_for_a_plain_folder(house: House) -> None:
    """git's own switch for its tests: it behaves as in a clone that belongs to another user."""
    (house.bin / "git").symlink_to(shutil.which("git") or "git")
    house.run("git", "init", "--quiet")
    ran = setup(house, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert ran.code == 0
    assert "setup: git refuses this folder, since it belongs to somebody else" in ran.err
    assert f"git config --global --add safe.directory '{house.root}'" in ran.err


def test_uv_looks_where_pip_is_told_to_look_and_the_clone_keeps_no_address(house: House) -> None:
    config = house.base / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text("[global]\nindex-url = https://me:secret@mirror.example.org/simple\n")
    assert setup(house).code == 0
    told = Path(f"{house.log}.env").read_text()
    assert "UV_DEFAULT_INDEX=https://me:secret@mirror.example.org/simple\n" in told
    kept = [
        path
        for path in house.root.rglob("*")
        if path.is_file() and b"mirror.example.org" in path.read_bytes()
    ]
    assert kept == []


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHOME"])
def test_what_the_shell_tells_other_pythons_reaches_neither_set_up_nor_cortex(
    house: House, name: str
) -> None:
    elsewhere = house.base / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "typer.py").write_text("raise SystemExit('somebody else\\'s typer')\n")
    ran = setup(house, **{name: str(elsewhere)})
    assert (ran.code, ran.err.splitlines()[1:]) == (
        0,
        [f"Ready: Python {sys.version_info.major}.{sys.version_info.minor} in .venv."],
    )
    assert f"\n{name}=" not in Path(f"{house.log}.env").read_text()
    answer = house.run(house.root / ".venv/bin/cortex", "--help", **{name: str(elsewhere)})
    assert (answer.code, answer.err) == (0, "")
    assert "Usage: cortex" in answer.out


def test_an_environment_from_before_gets_the_entry_without_a_sync(house: House) -> None:
    setup(house)
    assert house.asked
    entry = house.script(house.root / ".venv/bin/cortex", "exit 3")
    (house.root / ".venv/.lynx/entry3").unlink()
    assert setup(house, "--quiet") == Ran(0, "", "")
    assert "unset PYTHONPATH PYTHONHOME" in entry.read_text()
    assert house.asked == []


def test_a_learners_sitecustomize_is_kept_out_of_every_start(house: House) -> None:
    setup(house)
    asked = "import sitecustomize; print(sitecustomize.__file__)"
    found = house.run(house.root / ".venv/bin/python", "-c", asked, cwd=house.base)
    assert Path(found.out.strip()).parent.name == "site-packages"


def test_a_module_in_the_working_directory_does_not_replace_one_of_cortex(
    house: House, tmp_path: Path
) -> None:
    setup(house)
    here = tmp_path / "here"
    here.mkdir()
    (here / "typer.py").write_text("raise SystemExit('a file of the learner')\n")
    assert house.run(house.root / ".venv/bin/cortex", "--help", cwd=here).code == 0
