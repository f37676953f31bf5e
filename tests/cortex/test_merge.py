"""Branches that each add a phase are merged: nothing that `cortex dev site` writes may stop them."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
import tiny_curriculum
import yaml
from ground_house import ROOT

from cortex.dev import site
from cortex.files.repo import Repo

KINDS = ("whole", "blocks")
DRIVER = "tools/merge_generated.sh"


def git(root: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [*tiny_curriculum.GIT, "-c", "core.hooksPath=/dev/null", *words],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done.stdout


def configure(root: Path) -> None:
    """What tools/setup.sh configures."""
    for kind in KINDS:
        git(root, "config", f"merge.generated-{kind}.driver", f"{DRIVER} {kind} %O %A %B %P")


@pytest.fixture
def clone(tmp_path: Path) -> Repo:
    """A repository with the files of this one as they are now."""
    root = tmp_path / "clone"
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split(
        "\0"
    ):
        if name and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    git(root.parent, "init", "-q", "-b", "main", str(root))
    configure(root)
    commit(root, "chore: start")
    return Repo(root)


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "-q", "-m", message)


def add_phase(repo: Repo, number: int) -> None:
    """Ships a planned phase as a copy of the tiny one, on a branch of its own."""
    planned = repo.root / "data/planned.yaml"
    (row,) = (
        row for row in yaml.safe_load(planned.read_text())["phases"] if row["number"] == number
    )
    nn, slug = f"{number:02d}", row["slug"]
    git(repo.root, "switch", "-q", "-c", f"phase-{nn}", "main")
    names = {
        "phase-00-tiny": f"phase-{nn}-{slug}",
        "phase_00": f"phase_{nn}",
        "00-tiny": f"{nn}-tiny",
        "00/tiny": f"{nn}/tiny",
        "00.1": f"{nn}.1",
        "number: 0": f"number: {number}",
        "phase: 0": f"phase: {number}",
        "slug: tiny": f"slug: {slug}",
        "{en: Adding, es: Sumar}\nabout": f"{{en: {json.dumps(row['title']['en'])}, es: Sumar}}\nabout",
        "q-00-": f"q-{nn}-",
        "labkit/tiny": f"labkit/tiny_{nn}",
        "labkit.tiny": f"labkit.tiny_{nn}",
    }

    def renamed(text: str) -> str:
        for old, new in names.items():
            text = text.replace(old, new)
        return text

    for name, text in tiny_curriculum.FILES.items():
        path = repo.root / renamed(name)
        if "00" in name or "tiny" in name:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                renamed(textwrap.dedent(text).lstrip("\n").rstrip(" ")), encoding="utf-8"
            )
    planned.write_text(_without(planned.read_text(encoding="utf-8"), number), encoding="utf-8")
    site.write(repo)
    commit(repo.root, f"feat: phase {nn}")


def _without(text: str, number: int) -> str:
    """data/planned.yaml without the row of a phase."""
    head, *rows = text.split("\n  - ")
    kept = [row for row in rows if not row.startswith(f"number: {number}\n")]
    assert len(kept) == len(rows) - 1
    return "\n  - ".join([head, *kept]).rstrip("\n") + "\n"


def unmerged(root: Path) -> set[str]:
    return set(git(root, "diff", "--name-only", "--diff-filter=U").split())


@pytest.mark.slow
def test_two_branches_that_add_a_phase_collide_in_the_list_of_planned_ones_at_most(
    clone: Repo,
) -> None:
    root = clone.root
    before = (root / "data/planned.yaml").read_text(encoding="utf-8")
    first, second = [row["number"] for row in yaml.safe_load(before)["phases"]][:2]
    for number in (first, second):
        add_phase(clone, number)
    git(root, "merge", "-q", "--no-edit", f"phase-{first:02d}", code=1)
    assert unmerged(root) == {"data/planned.yaml"}
    both = _without(_without(before, first), second)
    (root / "data/planned.yaml").write_text(both, encoding="utf-8")
    late = {clone.relative(path): why for path, why in site.out_of_step(clone).items()}
    assert {"README.md", "docs/map.md", "docs/assets/map.svg", "navigation.yml"} <= late.keys()
    assert set(late.values()) == {"out of step"}
    site.write(clone)
    commit(root, "chore: merge")
    assert site.out_of_step(clone) == {}
    rows = (root / "README.md").read_text(encoding="utf-8").splitlines()
    both_open = [f"| {number:02d} | **" for number in (first, second)]
    assert [row[:9] for row in rows if row.startswith(tuple(both_open))] == both_open


def test_every_generated_file_is_merged_as_one() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in site.generate(Repo(ROOT))]
    told = git(ROOT, "check-attr", "-z", "merge", "--", *names).split("\0")
    kinds = dict(zip(told[::3], told[2::3], strict=False))
    marked = {
        name: "generated-blocks" if "\n<!-- end generated -->\n" in text else "generated-whole"
        for name in names
        for text in [(ROOT / name).read_text(encoding="utf-8")]
    }
    assert {name: kinds[name] for name in names} == marked


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A repository with one page of which a part is generated, and two branches."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    git(tmp_path, "init", "-q", "-b", "main")
    configure(tmp_path)
    (tmp_path / ".gitattributes").write_text("/page.md merge=generated-blocks\n")
    write(tmp_path, "first", "0", "last")
    commit(tmp_path, "chore: start")
    git(tmp_path, "branch", "theirs")
    return tmp_path / "page.md"


def write(root: Path, first: str, rows: str, last: str) -> None:
    text = f"{first}\n\n<!-- generated: map -->\n{rows}\n<!-- end generated -->\n\n{last}\n"
    (root / "page.md").write_text(text)


def merge(page: Path, ours: tuple[str, str, str], theirs: tuple[str, str, str], code: int) -> str:
    root = page.parent
    write(root, *ours)
    commit(root, "docs: ours")
    git(root, "switch", "-q", "theirs")
    write(root, *theirs)
    commit(root, "docs: theirs")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "--no-edit", "theirs", code=code)
    return page.read_text()


def test_around_a_generated_block_both_hands_count(page: Path) -> None:
    merged = merge(page, ("mine", "1", "last"), ("first", "2", "theirs"), 0)
    assert merged == "mine\n\n<!-- generated: map -->\n1\n<!-- end generated -->\n\ntheirs\n"


def test_a_block_that_only_one_side_wrote_anew_is_taken(page: Path) -> None:
    merged = merge(page, ("mine", "0", "last"), ("first", "2", "last"), 0)
    assert merged == "mine\n\n<!-- generated: map -->\n2\n<!-- end generated -->\n\nlast\n"


def test_two_hands_on_one_line_still_stop_the_merge(page: Path) -> None:
    merged = merge(page, ("mine", "1", "last"), ("theirs", "2", "last"), 1)
    assert merged.startswith("<<<<<<< ours\nmine\n=======\ntheirs\n>>>>>>> theirs\n")
    assert "\n<!-- generated: map -->\n1\n<!-- end generated -->\n" in merged


def test_a_marker_that_somebody_removed_loses_nothing(page: Path) -> None:
    root = page.parent
    git(root, "switch", "-q", "theirs")
    page.write_text(page.read_text().replace("<!-- end generated -->\n", "").replace("0", "2"))
    commit(root, "docs: theirs")
    git(root, "switch", "-q", "main")
    write(root, "first", "1", "last")
    commit(root, "docs: ours")
    git(root, "merge", "-q", "--no-edit", "theirs", code=1)
    assert "<<<<<<< ours\n1\n<!-- end generated -->\n=======\n2\n>>>>>>> theirs" in page.read_text()
