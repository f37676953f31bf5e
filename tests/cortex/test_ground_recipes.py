"""The Justfile: every recipe that the curriculum names, what each runs, and that no argument can become a command."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from ground_house import ROOT, House, tool

PHASES = [f"phase{number:02d}" for number in range(42)]
PASSED_ON = {
    "attest": "attest",
    "break": "break",
    "check": "check",
    "dev": "dev",
    "doctor": "doctor",
    "exp": "run",  # an alias
    "run": "run",
    "figures": "dev figures",
    "gate": "gate",
    "hint": "hint",
    "journal": "journal",
    "manifest": "manifest new",
    "quiz": "quiz",
    "report": "report",
    "review": "review",
    "solution": "solution",
    "reset": "reset",
    "status": "status",
    "update": "update",
    "watch": "watch",
}
OURS = (
    *(
        "audit-deps",
        "changelog",
        "clean",
        "default",
        "docs",
        "docs-serve",
        "fmt",
        "lint",
        "lock",
        "no-magic",
    ),
    *("oracle", "setup", "test", "test-all", "types"),
)
NASTY = [
    '"; touch x"',
    "'; touch x; '",
    "$(touch x)",
    "`touch x`",
    "a; touch x",
    "{{bin}}",
    "a b",
    "*",
    "-n",
    "",
]
ECHO = 'for word in "$@"; do printf "<%s>\\n" "$word"; done'


def just(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [tool("just"), "--justfile", str(folder / "Justfile"), *arguments],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def recipes() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(just(ROOT, "--dump", "--dump-format", "json"))["recipes"]
    return found


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An environment that is always ready, and tools in it that only repeat what they were given."""
    house = House(tmp_path)
    (house.bin / "just").symlink_to(tool("just"))
    house.script(house.root / "tools/setup.sh", 'echo "setup $*" >>"$LOG"')
    house.script(house.root / ".venv/bin/cortex", ECHO)
    return house


def test_every_recipe_that_the_design_names_is_listed() -> None:
    listed = re.findall(r"^    ([a-z][a-z0-9-]*)", just(ROOT, "--list"), re.MULTILINE)
    missing = {*PHASES, *PASSED_ON, *OURS} - set(listed)
    assert missing == {"exp"}


def test_every_recipe_says_what_it_does(recipes: dict[str, Any]) -> None:
    silent = [
        name for name, recipe in recipes.items() if not recipe["private"] and not recipe["doc"]
    ]
    assert silent == []


def test_phase_recipes_carry_the_titles_of_the_curriculum(recipes: dict[str, Any]) -> None:
    planned = yaml.safe_load((ROOT / "data/planned.yaml").read_text())["phases"]
    shipped = [yaml.safe_load(path.read_text()) for path in ROOT.glob("docs/phase-*/phase.yaml")]
    titles = {f"phase{phase['number']:02d}": phase["title"]["en"] for phase in [*planned, *shipped]}
    assert {name: recipes[name]["doc"] for name in titles} == titles


@pytest.mark.parametrize("name", [PHASES[0], PHASES[-1]])
def test_a_phase_recipe_sets_up_and_then_opens_its_phase(name: str) -> None:
    assert just(ROOT, "--dry-run", name).splitlines() == [
        "tools/setup.sh --quiet",
        f'.venv/bin/cortex phase {name[-2:]} "$@"',
    ]


def test_a_phase_recipe_hands_its_number_to_cortex(house: House) -> None:
    assert house.run("just", "phase07").out == "<phase>\n<07>\n"
    ran = house.run("just", "phase07", "--learner", "ada maria")
    assert ran.out == "<phase>\n<07>\n<--learner>\n<ada maria>\n"
    assert house.asked == ["setup --quiet"] * 2


@pytest.mark.parametrize("recipe", PASSED_ON)
def test_a_recipe_passes_its_arguments_on(house: House, recipe: str) -> None:
    words = ["07-x", "--json", "two words"]
    ran = house.run("just", recipe, *words)
    assert ran.code == 0, ran.err
    assert ran.out == "".join(f"<{word}>\n" for word in [*PASSED_ON[recipe].split(), *words])
    assert ran.err == ""
    assert house.asked == ["setup --quiet"]


@pytest.mark.parametrize("recipe", [*PASSED_ON, "no-magic", "setup", "test"])
@pytest.mark.parametrize("text", NASTY)
def test_no_argument_becomes_a_command(house: House, recipe: str, text: str) -> None:
    house.script(house.root / ".venv/bin/python", ECHO)
    house.script(house.root / "tools/setup.sh", f'[ "$1" = --quiet ] || {{ {ECHO}; }}')
    before = sorted(house.root.rglob("*"))
    ran = house.run("just", recipe, text)
    assert ran.code == 0, ran.err
    assert ran.out.endswith(f"<{text}>\n")
    assert sorted(house.root.rglob("*")) == before


def test_every_cortex_command_that_a_recipe_runs_exists() -> None:
    from cortex.cli import app

    root = typer.main.get_command(app)
    text = (ROOT / "Justfile").read_text() + (ROOT / "phases.just").read_text()
    called = set(re.findall(r"/cortex ([a-z -]+?)(?: --| \d\d|\s*\"|$)", text, re.MULTILINE))
    assert {"phase", "dev site", "dev figures"} <= called
    assert {*PASSED_ON.values()} <= called
    missing = []
    for words in called:
        command: Any = root
        for word in words.split():
            command = getattr(command, "commands", {}).get(word)
        if command is None:
            missing.append(words)
    assert missing == []


@pytest.mark.parametrize("code", [1, 2])
def test_the_exit_code_of_cortex_is_the_exit_code_of_the_recipe(house: House, code: int) -> None:
    house.script(house.root / ".venv/bin/cortex", f"echo not yet; exit {code}")
    for recipe in ("check", "phase00"):
        assert (house.run("just", recipe).code, house.run("just", recipe).err) == (code, "")


def test_recipes_fix_what_changes_numbers_unless_told_otherwise(house: House) -> None:
    names = [
        "PYTHONHASHSEED",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "UV_NO_SYNC",
    ]
    house.script(
        house.root / ".venv/bin/cortex", " ".join(["echo", *(f'"${name}"' for name in names)])
    )
    assert house.run("just", "status").out == "0 1 1 1 1\n"
    assert house.run("just", "status", PYTHONHASHSEED="7", OMP_NUM_THREADS="2").out == "7 2 1 1 1\n"


def test_without_a_recipe_the_list_is_shown(house: House) -> None:
    assert house.run("just").out == just(house.root, "--list", "--unsorted")


def test_a_failed_set_up_stops_the_recipe(house: House) -> None:
    house.script(house.root / "tools/setup.sh", "echo no network >&2; exit 1")
    ran = house.run("just", "check")
    assert (ran.code, ran.out, ran.err) == (1, "", "no network\n")


@pytest.mark.parametrize(
    ("recipe", "groups"),
    [("test", "docs bench"), ("test-all", "docs bench"), ("docs-serve", "docs"), ("lint", "")],
)
def test_a_recipe_asks_for_the_packages_that_it_needs(
    house: House, recipe: str, groups: str
) -> None:
    for name in ("python", "mkdocs", "ruff", "bandit"):
        house.script(house.root / ".venv/bin" / name, ECHO)
    assert house.run("just", recipe).code == 0
    assert house.asked == [f"setup --quiet {groups}".rstrip()]


def test_tests_run_on_the_reference(house: House) -> None:
    house.script(house.root / ".venv/bin/python", 'echo "$PYTHONPATH"; ' + ECHO)
    ran = house.run("just", "test-all", "tests/cortex", "-k", "a or b")
    assert ran.out.splitlines()[0] == f"{house.root}/solutions"
    assert ran.out.endswith("<slow or not slow>\n<tests/cortex>\n<-k>\n<a or b>\n")


def test_what_the_shell_tells_other_pythons_reaches_no_recipe(house: House) -> None:
    house.script(house.root / ".venv/bin/cortex", 'echo "${PYTHONPATH-none} ${PYTHONHOME-none}"')
    ran = house.run("just", "status", PYTHONPATH="/elsewhere", PYTHONHOME="/elsewhere")
    assert ran.out == "none none\n"


def test_fmt_formats_what_lint_cannot_mend(house: House) -> None:
    house.script(house.root / ".venv/bin/ruff", f'exec "{ROOT}/.venv/bin/ruff" "$@"')
    crooked = house.root / "crooked.py"
    crooked.write_text("def grow(into=[]):\n  return   into\n")
    ran = house.run("just", "fmt")
    assert ran.code == 0, ran.err
    assert "B006" in ran.out
    assert crooked.read_text() == "def grow(into=[]):\n    return into\n"


@pytest.mark.parametrize("busy", [True, False])
def test_the_site_is_served_on_another_port_where_8000_is_busy(house: House, busy: bool) -> None:
    """A port of this machine's own choice stands for 8000, which somebody may hold while the tests run."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        if not busy:
            holder.close()
        serve = house.root / "tools/docs_serve.py"
        serve.write_text(serve.read_text().replace("8000, 20", f"{port}, 20"))
        house.script(house.root / ".venv/bin/mkdocs", ECHO)
        (house.root / ".venv/bin/python").symlink_to(sys.executable)
        ran = house.run("just", "docs-serve")
    assert ran.code == 0, ran.err
    told = re.fullmatch(r"<serve>\n<--dev-addr>\n<127\.0\.0\.1:(\d+)>\n", ran.out)
    assert told and (int(told[1]) != port) is busy
    expected = f"Port {port} is busy: the site is at http://127.0.0.1:{told[1]}/\n"
    assert ran.err == (expected if busy else "")


def test_with_mine_the_labs_checks_run_on_the_learners_code(house: House) -> None:
    house.script(house.root / ".venv/bin/python", 'echo "$PYTHONPATH $CORTEX_SCRIPTS"; ' + ECHO)
    ran = house.run("just", "test", "--mine", "-k", "a or b")
    assert ran.out.splitlines()[0] == f"{house.root}/src {house.root}/scripts"
    assert ran.out.endswith("<tests/labs>\n<--mine>\n<-k>\n<a or b>\n")


def test_both_cores_run_the_tests(house: House) -> None:
    house.script(house.root / ".venv/bin/python", ECHO)
    assert "<-n>\n<auto>\n<--maxprocesses>\n<2>\n" in house.run("just", "test").out


def test_a_learner_adds_recipes_in_a_file_of_their_own(house: House) -> None:
    (house.root / "learner.just").write_text(
        '# Mine\nsnapshot topic:\n    @{{ bin }}/cortex "$1"\n'
    )
    assert "snapshot topic" in house.run("just", "--list").out
    assert house.run("just", "snapshot", "; touch x").out == "<; touch x>\n"


def test_clean_deletes_caches_and_nothing_that_anybody_wrote(house: House) -> None:
    keep = [
        *("learners/ada/journal/2026-01-01.md", "learners/ada/phase-00/checkpoint.json"),
        *("src/labkit/seeding.py", "experiments/07/tense-identity/runs/1/manifest.json"),
        *(
            ".venv/bin/cortex",
            ".cache/tools/bin/uv",
            "solutions/labkit/seeding.py",
            "docs/index.md",
        ),
    ]
    drop = [
        *("site/index.html", ".mypy_cache/x", ".ruff_cache/x", ".pytest_cache/x", ".hypothesis/x"),
        *("src/labkit/__pycache__/x.pyc", "tests/cortex/__pycache__/x.pyc"),
    ]
    for name in [*keep, *drop, "solutions/x", "tests/x"]:
        (house.root / name).parent.mkdir(parents=True, exist_ok=True)
        (house.root / name).touch()
    assert house.run("just", "clean").code == 0
    assert [name for name in keep if not (house.root / name).exists()] == []
    assert [name for name in drop if (house.root / name).exists()] == []


@pytest.mark.parametrize(
    ("shipped", "arguments", "code", "out", "err"),
    [
        (
            [],
            [],
            0,
            "No no-magic script is shipped yet: they come with the phases that they prove.\n",
            "",
        ),
        (
            ["02-alignment/dpo.py"],
            [],
            0,
            "dpo                      02-alignment\n\nRun one: just no-magic NAME\n",
            "",
        ),
        (["02-alignment/dpo.py"], ["dpo", "3", "a b"], 3, "['3', 'a b']\n", ""),
        (
            ["02-alignment/dpo.py"],
            ["../dpo"],
            2,
            "",
            "No no-magic script is called ../dpo; `just no-magic` lists them.\n",
        ),
    ],
)
def test_no_magic_lists_and_runs_what_is_shipped(
    house: House, shipped: list[str], arguments: list[str], code: int, out: str, err: str
) -> None:
    house.script(house.root / ".venv/bin/python", f'exec "{sys.executable}" "$@"')
    for name in shipped:
        path = house.root / "experiments/no-magic" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import sys\nprint(sys.argv[1:])\nsys.exit(int(sys.argv[1]))\n")
    ran = house.run("just", "no-magic", *arguments)
    assert (ran.code, ran.out, ran.err) == (code, out, err)


def test_the_justfile_is_formatted() -> None:
    just(ROOT, "--fmt", "--check")


@pytest.mark.slow
def test_an_audit_that_reached_nobody_is_not_a_clean_bill(house: House) -> None:
    """Without a network nothing is known, so the recipe must fail and say why."""
    shutil.copy(ROOT / "tools/audit.sh", house.root / "tools/audit.sh")
    for name in ("python", "pip-audit"):
        house.script(house.root / ".venv/bin" / name, f'exec "{ROOT}/.venv/bin/{name}" "$@"')
    ran = house.run(
        "just", "audit-deps", UV=tool("uv"), HTTPS_PROXY="http://127.0.0.1:9", UV_OFFLINE="1"
    )
    assert ran.code == 1
    assert "audit-deps: the advisory database didn't answer, so nothing is proven." in ran.err
