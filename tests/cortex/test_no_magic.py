"""The no-magic scripts as the pages tell of them: read off the scripts, run, kept, and told without a slip."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cortex.dev import no_magic, no_magic_mutants, site
from cortex.dev import page as pages
from cortex.errors import CortexError
from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HERE = Repo(ROOT)
FOLDER = ROOT / "experiments/no-magic"

SCRIPT = '''"""{name}: one is less than two.

Built properly in phases 00 (adding) and 01 (more adding).
"""
import os
import sys


def load_names():
    return os.environ.get("NO_MAGIC_NAMES", "shipped")


def main():
    # told
    smoke = os.environ.get("NO_MAGIC_SMOKE") == "1"
    print("names:", load_names())
    print("criterion  value  bound  verdict")
    print("one is less than two  1  < 2  ", "not judged" if smoke else "{word}")
    if not smoke:
        print("{met} of 1 criteria met")
    {more}
    return {code}


if __name__ == "__main__":
    raise SystemExit(main())
'''


def add(repo: Repo, name: str, *, tier: str = "01-foundations", **words: object) -> Path:
    """A script in a curriculum of the test's own."""
    path = repo.root / no_magic.FOLDER / tier / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    given = {"word": "pass", "met": 1, "code": 0, "more": "pass", **words}
    path.write_text(SCRIPT.format(name=name, **given), encoding="utf-8")
    return path


def runner(repo: Repo, *arguments: str) -> subprocess.CompletedProcess[str]:
    """tools/no_magic.py as if it lay in that curriculum."""
    code = (
        "import runpy, sys\nfrom pathlib import Path\n"
        f"main = runpy.run_path({str(ROOT / 'tools/no_magic.py')!r})['main']\n"
        "sys.exit(main(sys.argv[2:], Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(repo.root / no_magic.FOLDER), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


# -- The shipped ones -------------------------------------------------------------------------


def test_every_shipped_script_has_its_place_in_the_order_of_reading() -> None:
    named = [n for _, names in no_magic.TIERS.values() for n in names.split()]
    shipped = [script.name for script in no_magic.scripts(HERE)]
    assert shipped == [name for name in named if name in shipped]
    assert shipped


def test_every_shipped_script_names_a_phase_that_builds_it_properly() -> None:
    numbers = {phase.number for phase in load_curriculum(HERE).everything}
    for script in no_magic.scripts(HERE):
        assert script.phases, script.name
        assert set(script.phases) <= numbers, script.name


def test_the_kept_results_are_of_the_scripts_as_they_are() -> None:
    """A red one here: the code of a script changed, so `./just no-magic all NAME --write` is due."""
    assert no_magic.stale(HERE) == {}


def test_every_kept_result_meets_its_criteria_within_its_time() -> None:
    kept = no_magic.results(HERE).scripts
    assert {
        name: (row.met, row.criteria) for name, row in kept.items() if row.met < row.criteria
    } == {}
    assert {name: row.seconds for name, row in kept.items() if row.seconds >= 120} == {}
    assert 0 < sum(row.seconds for row in kept.values()) < 25 * 60


@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.md")), ids=lambda p: str(p.relative_to(FOLDER))
)
def test_every_link_of_a_no_magic_page_leads_somewhere(path: Path) -> None:
    assert [str(p) for p in pages.broken_links(HERE, pages.read(HERE, path))] == []


def test_every_script_has_its_row_on_every_page_that_tells_of_it() -> None:
    for script in no_magic.scripts(HERE):
        for page in (FOLDER / "README.md", FOLDER / script.tier / "README.md"):
            assert f"[{script.name}](" in page.read_text("utf-8")
        assert f'<a id="{script.name}"></a>' in (ROOT / "docs/no-magic.md").read_text("utf-8")


# -- Reading ----------------------------------------------------------------------------------


def test_a_script_is_read_for_its_sentence_its_phases_and_its_code(tiny: Repo) -> None:
    path = add(tiny, "micro")
    (script,) = no_magic.scripts(tiny)
    assert (script.proves, script.phases) == ("one is less than two.", (0, 1))
    assert no_magic.loads_names(script)
    path.write_text(path.read_text().replace("# told", "# told otherwise\n\n    # and at length"))
    assert no_magic.scripts(tiny)[0].code == script.code
    path.write_text(path.read_text().replace("< 2", "< 3"))
    assert no_magic.scripts(tiny)[0].code != script.code


def test_scripts_come_in_the_order_of_reading_and_unknown_ones_last(tiny: Repo) -> None:
    for name in ("aaa", "microgpt", "microtokenizer"):
        add(tiny, name)
    add(tiny, "microdpo", tier="02-alignment")
    names = [script.name for script in no_magic.scripts(tiny)]
    assert names == ["microtokenizer", "microgpt", "aaa", "microdpo"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = (", "not Python"),
        ("x = 1\n", "doesn't say what it proves"),
        ('"""Adds."""\n', "proves"),
    ],
)
def test_a_script_that_cannot_be_told_of_is_named(tiny: Repo, text: str, says: str) -> None:
    add(tiny, "micro").write_text(text)
    with pytest.raises(CortexError, match=says):
        no_magic.scripts(tiny)


# -- Runs -------------------------------------------------------------------------------------


def test_all_runs_every_script_and_writes_nothing(tiny: Repo) -> None:
    add(tiny, "one")
    add(tiny, "two", tier="03-systems")
    before = sorted(tiny.root.rglob("*"))
    ran = runner(tiny, "all", "--jobs", "2")
    assert (ran.returncode, ran.stderr) == (0, "")
    head, first, second, last = ran.stdout.splitlines()
    assert head.split() == ["script", "criteria", "met", "user", "time"]
    assert first.startswith("one ") and "1 of 1" in first
    assert second.startswith("two ") and "1 of 1" in second
    assert last.startswith("2 scripts, ") and last.endswith("; none failed")
    assert sorted(tiny.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"word": "FAIL", "met": 0, "code": 1}, "one is less than two  1  < 2   FAIL"),
        ({"word": "FAIL", "met": 0}, "one is less than two  1  < 2   FAIL"),
        ({"code": 1}, "exit code 1"),
        ({"code": 3}, "exit code 3"),
        ({"met": "none"}, "prints no table of criteria"),
        ({"more": "raise ValueError('no')"}, "ValueError: no"),
        ({"more": "print('careful', file=sys.stderr)"}, "careful"),
    ],
)
def test_a_script_that_fails_is_named_with_its_reason(
    tiny: Repo, words: dict[str, object], problem: str
) -> None:
    add(tiny, "good")
    add(tiny, "bad", **words)
    ran = runner(tiny, "all")
    assert ran.returncode == 1
    (row,) = [line for line in ran.stdout.splitlines() if line.startswith("bad ")]
    assert row.endswith(f" s  {problem}")
    assert ran.stdout.endswith("; bad failed\n")


def test_a_script_that_never_ends_is_stopped(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tiny, "loop", more="while True: pass")
    monkeypatch.setattr(no_magic, "LIMIT_S", 0.5)
    outcome = no_magic.run(no_magic.scripts(tiny)[0])
    assert outcome.problem == "stopped after 0 s"


def test_a_small_run_judges_nothing(tiny: Repo) -> None:
    add(tiny, "one", word="FAIL", met=0)
    ran = runner(tiny, "all", "--smoke")
    assert ran.returncode == 0
    assert "not judged" in ran.stdout


def test_other_names_go_to_the_scripts_that_read_names(tiny: Repo) -> None:
    tell = "if load_names() != 'generated': raise ValueError(load_names())"
    add(tiny, "one", more=tell)
    other = add(tiny, "two")
    other.write_text(
        other.read_text().replace("def load_names", "def other").replace("load_names()", "''")
    )
    ran = runner(tiny, "all", "--names", "generated")
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[-1].startswith("1 scripts")
    assert runner(tiny, "all").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--jobs", "0"],
        ["--write", "--smoke"],
        ["--write", "--names", "generated"],
        ["nobody"],
        ["--no"],
    ],
)
def test_wrong_usage_is_refused_before_anything_runs(tiny: Repo, arguments: list[str]) -> None:
    add(tiny, "one")
    ran = runner(tiny, "all", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: just no-magic all" in ran.stderr


# -- Results and pages ------------------------------------------------------------------------


@pytest.fixture
def told(tiny: Repo) -> Repo:
    """A curriculum with a script, and pages that want to tell of it."""
    add(tiny, "microgpt")
    block = "# Page\n\n<!-- generated: no-magic -->\n<!-- end generated -->\n"
    (tiny.docs / "no-magic.md").write_text(block, encoding="utf-8")
    for name in ("README.md", "01-foundations/README.md"):
        (tiny.root / no_magic.FOLDER / name).write_text(block, encoding="utf-8")
    return tiny


def test_writing_keeps_the_results_and_renews_every_page(told: Repo) -> None:
    site.write(told)
    assert "not run yet" in (told.docs / "no-magic.md").read_text()
    ran = runner(told, "all", "--write")
    assert (ran.returncode, ran.stderr) == (0, "")
    kept = json.loads(no_magic.results_file(told).read_text())
    assert kept["scripts"]["microgpt"]["met"] == 1
    assert no_magic.stale(told) == {}
    assert site.out_of_step(told) == {}
    folder = told.root / no_magic.FOLDER
    phase = "phase-00-tiny/README.md"
    rows = {
        folder / "README.md": ("[microgpt](01-foundations/microgpt.py)", f"../../docs/{phase}"),
        folder / "01-foundations/README.md": ("[microgpt](microgpt.py)", f"../../../docs/{phase}"),
        told.docs / "no-magic.md": ('<a id="microgpt"></a>`microgpt`', f"({phase}"),
    }
    for page, parts in rows.items():
        text = page.read_text()
        assert "| one is less than two. |" in text
        assert "| 1 of 1 |" in text
        assert all(part in text for part in parts)
        assert [str(p) for p in pages.broken_links(told, pages.read(told, page))] == []


def test_what_surprised_is_folded_up_on_the_site_alone_and_its_signs_are_text(told: Repo) -> None:
    path = add(told, "microgpt")
    text = path.read_text().replace(
        "Built properly", "Surprise: 1 < 2 & *two*\nlines.\n\nBuilt properly"
    )
    path.write_text(text)
    assert no_magic.scripts(told)[0].surprise == "1 < 2 & *two* lines."
    site.write(told)
    page = (told.docs / "no-magic.md").read_text()
    assert "<summary>What surprised in <code>microgpt</code></summary>" in page
    assert "<p>1 &lt; 2 &amp; *two* lines.</p>" in page
    for name in ("README.md", "01-foundations/README.md"):
        assert "surprised" not in (told.root / no_magic.FOLDER / name).read_text()


def test_a_phase_that_has_a_proof_links_it(told: Repo) -> None:
    site.write(told)
    page = told.docs / "phase-00-tiny" / "README.md"
    link = "- **[microgpt](../no-magic.md#microgpt)** (`just no-magic microgpt`): one is less than two."
    assert link in page.read_text()
    assert [str(p) for p in pages.broken_links(told, pages.read(told, page))] == []


def test_a_script_that_names_no_phase_of_ours_is_refused(told: Repo) -> None:
    path = told.root / no_magic.FOLDER / "01-foundations/microgpt.py"
    path.write_text(path.read_text().replace("01 (more", "99 (more"))
    with pytest.raises(CortexError, match=r"names phase 99, which doesn't exist"):
        site.generate(told)


def test_failing_scripts_leave_the_results_alone(told: Repo) -> None:
    add(told, "bad", code=1)
    ran = runner(told, "all", "--write")
    assert ran.returncode == 1
    assert "Nothing is written" in ran.stdout
    assert not no_magic.results_file(told).exists()


def test_some_scripts_run_again_join_the_kept_results(told: Repo) -> None:
    add(told, "other")
    assert runner(told, "all", "--write").returncode == 0
    add(told, "other", more="print('more')")
    assert no_magic.stale(told) == {"other": "the code has changed since"}
    assert runner(told, "all", "other", "--write").returncode == 0
    assert no_magic.stale(told) == {}
    assert set(no_magic.results(told).scripts) == {"microgpt", "other"}
    path = no_magic.results_file(told)
    path.write_text(path.read_text().replace('"python": "', '"python": "2'))
    again = runner(told, "all", "other", "--write")
    assert again.returncode == 2
    assert "Run all scripts on this machine" in again.stderr


def test_only_scripts_that_changed_run_where_that_is_asked(told: Repo) -> None:
    add(told, "other", more="x = 1")
    assert runner(told, "all", "--write").returncode == 0
    ran = runner(told, "all", "--stale")
    assert (ran.returncode, ran.stdout) == (0, "Every kept result is of the code as it is.\n")
    add(told, "other", more="x = 2")
    ran = runner(told, "all", "--stale")
    assert ran.stdout.splitlines()[-1].startswith("1 scripts, ")


def test_results_of_a_script_that_is_gone_are_stale(told: Repo) -> None:
    assert runner(told, "all", "--write").returncode == 0
    (told.root / no_magic.FOLDER / "01-foundations/microgpt.py").unlink()
    assert no_magic.stale(told) == {"microgpt": "there is no such script"}


@pytest.mark.parametrize("text", ["{", "[]", '{"python": "3"}', '{"scripts": {"a": {"x": 1}}}'])
def test_a_broken_results_file_is_named(told: Repo, text: str) -> None:
    no_magic.results_file(told).write_text(text)
    with pytest.raises(CortexError, match=r"results\.json"):
        no_magic.results(told)


# -- Broken lines -----------------------------------------------------------------------------

BROKEN = """
  - id: {id}
    script: one
    clause: one is less than two
    replace: {{find: "{find}", with: "{to}"}}
    {red}
"""
JUDGED = '''"""one: one is less than two.

Built properly in phases 00 (adding) and 01 (more adding).
"""


def main():
    holds = 1 < 2
    print("criterion  value  bound  verdict")
    print("one is less than two", "1  < 2 ", "pass" if holds else "FAIL")
    print(int(holds), "of 1 criteria met")
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
'''
RED = "red: one is less than two"


def broken(repo: Repo, *lines: dict[str, str]) -> None:
    """A script that judges itself, and these broken lines of it."""
    add(repo, "one").write_text(JUDGED, encoding="utf-8")
    given = {"id": "swapped", "find": "= 1 < 2", "to": "= 2 < 1", "red": RED}
    rows = "".join(BROKEN.format(**{**given, **line}) for line in lines)
    (repo.root / no_magic_mutants.FILE).write_text("mutants:" + rows, encoding="utf-8")


def test_a_broken_line_that_turns_its_criterion_red(tiny: Repo) -> None:
    broken(tiny, {})
    before = sorted(tiny.root.rglob("*"))
    ran = runner(tiny, "mutants", "one")
    assert (ran.returncode, ran.stderr) == (0, "")
    first, last = ran.stdout.splitlines()
    assert first.startswith("one ") and first.endswith(" s  red")
    assert last == "1 broken lines; none survived"
    assert sorted(tiny.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"to": "= 1 < 3"}, "stays green: one is less than two"),
        ({"to": "= 1 / 0"}, "ZeroDivisionError: division by zero"),
        ({"red": "ends: crash"}, "doesn't crash"),
        ({"find": "= 5 < 6"}, "mutant swapped: `find` occurs no times in one"),
        ({"find": "n"}, "times in one"),
        ({"red": "red: two is less than one"}, "one has no criterion 'two is less than one'"),
    ],
)
def test_a_broken_line_that_nothing_notices_or_that_cannot_be_run_is_told(
    tiny: Repo, line: dict[str, str], says: str
) -> None:
    broken(tiny, line)
    ran = runner(tiny, "mutants")
    assert ran.returncode == 1
    assert says in ran.stdout
    assert ran.stdout.endswith("1 broken lines; swapped survived\n")


def test_a_crash_counts_where_it_is_declared(tiny: Repo) -> None:
    broken(tiny, {"to": "= 1 / 0", "red": "ends: crash"})
    assert runner(tiny, "mutants").returncode == 0


def test_broken_lines_that_cannot_be_run_and_scripts_with_too_few_are_problems(tiny: Repo) -> None:
    broken(tiny, {}, {"id": "missing", "find": "= 5 < 6"})
    (missing,) = no_magic_mutants.problems(tiny)
    assert missing.what == "mutant missing: `find` occurs no times in one"
    assert missing.line == 8
    broken(tiny, {})
    (few,) = no_magic_mutants.problems(tiny)
    assert few.what == "one has fewer than 2 broken lines"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"id": "Not_so"}, "should look like"),
        ({"to": "= 1 < 2"}, "changes nothing"),
        ({"red": "ends: fail"}, "needs red, or else ends: crash"),
        ({"red": RED + "\n    ends: crash"}, "needs red, or else ends: crash"),
        ({"red": RED + "\n    more: true"}, "more"),
    ],
)
def test_a_file_of_broken_lines_that_is_not_one_is_refused(
    tiny: Repo, line: dict[str, str], says: str
) -> None:
    broken(tiny, line)
    ran = runner(tiny, "mutants")
    assert ran.returncode == 2
    assert says in ran.stderr


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["nobody"]])
def test_wrong_usage_of_mutants_is_refused(tiny: Repo, arguments: list[str]) -> None:
    broken(tiny, {})
    ran = runner(tiny, "mutants", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: just no-magic mutants" in ran.stderr
