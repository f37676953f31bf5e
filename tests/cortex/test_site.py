"""The generated parts of the site: what they say, that they are in step, and that damage is named."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
import yaml
from conftest import Cortex
from jsonschema import Draft202012Validator

from cortex.dev import map as drawing
from cortex.dev import markdown, quizpages, schemas, site
from cortex.errors import CortexError
from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo
from cortex.formats.quiz import Kind
from cortex.quiz import grading, items

ROOT = Path(__file__).parents[2]
HERE = Repo(ROOT)


@pytest.mark.recipe
def test_everything_that_is_committed_is_in_step_with_its_sources() -> None:
    assert {HERE.relative(path): why for path, why in site.out_of_step(HERE).items()} == {}


def test_every_page_reads_the_same_on_github_and_on_the_site() -> None:
    assert [str(problem) for problem in site.page_problems(HERE)] == []


def test_generating_writes_everything_once_and_then_finds_nothing_to_do(
    tiny: Repo, cortex: Cortex
) -> None:
    first = cortex("dev", "site", "--json")
    assert first.code == 0
    assert "docs/phase-00-tiny/quiz.md" in first.json["out_of_step"]
    assert cortex("dev", "site", "--check").out == "The site is in step with its sources.\n"
    page = (tiny.docs / "phase-00-tiny" / "README.md").read_text(encoding="utf-8")
    assert "| lab 00.1 | [Add](lab/01-add.md) | 1&nbsp;h | `just check 00.1` |" in page
    assert page.endswith("<!-- end generated -->\n\nYou add two numbers.\n")


@pytest.mark.parametrize(
    ("damaged", "old", "new"),
    [
        ("docs/phase-00-tiny/README.md", "just check 00.1", "just chekc 00.1"),
        ("docs/phase-00-tiny/quiz.md", "Answer", "Anwser"),
        ("docs/assets/map.svg", "Adding", "Subtracting"),
        ("docs/schemas/quiz.schema.json", "pass_mark", "pass-mark"),
        ("docs/phase-00-tiny/seal.json", "test_lab_01", "test_lab_02"),
    ],
)
def test_a_generated_file_that_was_edited_is_found_and_written_again(
    tiny: Repo, damaged: str, old: str, new: str
) -> None:
    site.write(tiny)
    path = tiny.root / damaged
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert site.out_of_step(tiny) == {path: "out of step"}
    site.write(tiny)
    assert path.read_text(encoding="utf-8") == text


def test_the_command_names_what_is_out_of_step_and_what_to_type(tiny: Repo, cortex: Cortex) -> None:
    site.write(tiny)
    (tiny.docs / "assets" / "map.svg").unlink()
    answer = cortex("dev", "site", "--check")
    assert (answer.code, answer.out) == (2, "docs/assets/map.svg: missing\n→ just dev site\n")
    page = tiny.docs / "phase-00-tiny" / "lab" / "01-add.md"
    page.write_text("# Add\n\nDo:\n- this\n", encoding="utf-8")
    answer = cortex("dev", "site")
    assert answer.code == 2
    assert answer.out == (
        "docs/assets/map.svg: written again\n"
        "docs/phase-00-tiny/lab/01-add.md:4: a list needs an empty line before it\n"
    )


def test_a_quiz_page_of_a_phase_that_is_gone_is_a_stray(tiny: Repo) -> None:
    site.write(tiny)
    stray = tiny.docs / "phase-05-gone" / "quiz.md"
    stray.parent.mkdir()
    stray.write_text("# old\n", encoding="utf-8")
    assert site.out_of_step(tiny) == {stray: "stray"}
    site.write(tiny)
    assert not stray.exists()


def test_a_readme_without_markers_is_refused_with_its_name(tiny: Repo, cortex: Cortex) -> None:
    (tiny.docs / "phase-00-tiny" / "README.md").write_text("# Adding\n", encoding="utf-8")
    answer = cortex("dev", "site", "--check")
    assert answer.code == 2
    assert answer.err == (
        "cortex: docs/phase-00-tiny/README.md: has no pair of marker lines "
        "`<!-- generated: phase -->` and `<!-- end generated -->`\n"
        "Put both on lines of their own where it belongs.\n"
    )


def test_a_circle_of_requirements_is_refused() -> None:
    with pytest.raises(CortexError, match=r"in a circle: 01 -> 02 -> 01"):
        drawing.layers({1: [2], 2: [1]})


def test_a_requirement_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CortexError, match=r"phase 01 requires 9, which doesn't exist"):
        drawing.layers({1: [9]})


def test_every_phase_lies_in_a_later_layer_than_all_that_it_requires() -> None:
    requires = {phase.number: phase.requires for phase in load_curriculum(HERE).everything}
    depth = drawing.layers(requires)
    assert all(depth[number] > depth[need] for number in requires for need in requires[number])


def test_the_map_has_a_box_for_each_phase_and_an_arrow_for_each_requirement() -> None:
    phases = load_curriculum(HERE).everything
    tree = ElementTree.fromstring(drawing.draw(phases))
    space = "{http://www.w3.org/2000/svg}"
    links = {link.get("data-phase"): link for link in tree.iter(f"{space}a")}
    assert sorted(map(int, filter(None, links))) == list(range(42))
    arrows = {
        (int(path.get("data-from", "-1")), int(path.get("data-to", "-1")))
        for path in tree.iter(f"{space}path")
        if path.get("data-from")
    }
    assert arrows == {(need, phase.number) for phase in phases for need in phase.requires}
    assert links["0"].get("href") == "../phase-00-foundations/"
    assert links["41"].get("href") == "../map/#phase-41"
    boxes = [
        (float(b.get("x", "")), float(b.get("y", "")))
        for b in tree.iter(f"{space}rect")
        if b.get("x")
    ]
    assert len(set(boxes)) == 42


def test_no_arrow_of_the_map_crosses_a_box() -> None:
    phases = load_curriculum(HERE).everything
    grid = drawing.places({phase.number: phase.requires for phase in phases})
    text = drawing.draw(phases)
    for path in re.findall(r'class="map-skip"[^>]* d="([^"]+)"', text):
        points = [
            tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", path)
        ]
        for (x0, y0), (x1, y1) in pairwise(points):
            for place in grid.values():
                inside_x = max(min(x0, x1), place.left) < min(
                    max(x0, x1), place.left + drawing.BOX_W
                ) or (x0 == x1 and place.left < x0 < place.left + drawing.BOX_W)
                inside_y = max(min(y0, y1), place.top) < min(
                    max(y0, y1), place.top + drawing.BOX_H
                ) or (y0 == y1 and place.top < y0 < place.top + drawing.BOX_H)
                assert not (inside_x and inside_y), (path, place)


@pytest.mark.parametrize("name", ["phase.schema.json", "quiz.schema.json", "manifest.schema.json"])
def test_each_schema_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(schemas.schemas()[name]))


def test_shipped_files_fit_the_schemas_and_a_misspelled_field_does_not() -> None:
    made = {
        name: Draft202012Validator(json.loads(text)) for name, text in schemas.schemas().items()
    }
    curriculum = load_curriculum(HERE)
    for phase in curriculum.shipped.values():
        data = yaml.safe_load((ROOT / phase.folder / "phase.yaml").read_text(encoding="utf-8"))
        quiz = yaml.safe_load((ROOT / phase.quiz).read_text(encoding="utf-8"))
        assert list(made["phase.schema.json"].iter_errors(data)) == []
        assert list(made["quiz.schema.json"].iter_errors(quiz)) == []
        data["labs"][0]["hint"] = data["labs"][0].pop("hints")
        assert len(list(made["phase.schema.json"].iter_errors(data))) == 2


def test_text_of_a_quiz_keeps_its_stars_and_its_code() -> None:
    assert quizpages.plain("x*y fails for (a*b)*c, `a*b` doesn't; [1] <b> $5") == (
        r"x\*y fails for (a\*b)\*c, `a*b` doesn't; \[1\] \<b\> \$5"
    )
    assert quizpages.plain("- no list\n1. nor this") == "\\- no list\n1\\. nor this"


def test_every_quiz_page_shows_choices_as_the_first_sitting_does() -> None:
    curriculum = load_curriculum(HERE)
    seen = set()
    for phase in curriculum.shipped.values():
        quiz = grading.load_quiz(HERE, phase)
        page = quizpages.quiz_page(quiz, phase, phase.quiz)
        assert page.count("## Question ") == len(quiz.sitting(1).items)
        for number, item in enumerate(quiz.sitting(1).items, start=1):
            part = page.split(f"## Question {number}\n")[1].split("## Question ")[0]
            asked, folded = part.split("<details")
            rows = re.findall(r"^- \*\*(\w)\.\*\* (.*)$", asked, re.MULTILINE)
            shown = items.of(item).show("en", 1)
            assert [row[0] for row in rows] == [choice.label for choice in shown.choices], item.id
            for (_, text), choice in zip(rows, shown.choices, strict=True):
                assert text.startswith(quizpages.plain(choice.text.strip())), item.id
            if item.type == "order":
                assert f"**{', '.join(items.of(item).right())}**" in folded, item.id
            seen.add(item.type)
    assert seen == set(get_args(Kind))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Some text:\n- one\n", 2, "a list needs an empty line before it"),
        ("Some text:\n1. one\n", 2, "a list needs an empty line before it"),
        ("- one\n  - two\n", 2, "a list inside a list needs four spaces before it"),
        (
            "- one\n\n  ```sh\n  ls\n  ```\n",
            3,
            "a fence inside a list item needs four spaces before it",
        ),
        ("> text\n> - one\n", 2, "a list needs an empty line before it"),
        (
            "- one\n    - two\n      - three\n",
            3,
            "a list inside a list needs four spaces before it",
        ),
        (
            "- one\n\n ```sh\n ls\n ```\n",
            3,
            "a fence inside a list item needs four spaces before it",
        ),
        ("text\n| a | b |\n|---|---|\n", 2, "a table needs an empty line before it"),
        ("- one\n\n    ```sh\n    ls\n\ntext\n", 3, "this fence is never closed"),
        ("text\n\n```python\nx = 1\n", 3, "this fence is never closed"),
    ],
)
def test_markdown_that_two_readers_show_differently_is_named(
    text: str, line: int, says: str
) -> None:
    assert [(p.line, p.says) for p in markdown.problems(text, "page.md")] == [(line, says)]


@pytest.mark.parametrize(
    "text",
    [
        "Some text:\n\n- one\n- two\n  goes on\n- three\n",
        "- one\n\n    ```sh\n    - not a list\n    ```\n\n- two\n",
        "```text\nlist:\n- one\n| a |\n```\n",
        "| a | b |\n|---|---|\n| - | 1. |\n",
        "You need pages 00 and\n03. They are short.\n",
        "a line\n**bold** - and a dash\n",
        "- one\n    - two\n\n        ```sh\n        ls\n        ```\n",
        "$$\na = b\n- c\n| d |\n$$\n",
        "````text\n```sh\n````\n",
    ],
)
def test_markdown_that_both_readers_agree_on_is_left_alone(text: str) -> None:
    assert markdown.problems(text, "page.md") == []


def test_no_part_of_the_site_asks_another_host_for_anything() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert config["theme"]["font"] is False
    assert [next(iter(plugin)) for plugin in config["plugins"]] == ["search"]
    loaded = config["extra_css"] + config["extra_javascript"]
    assert [name for name in loaded if not (ROOT / "docs" / name).is_file()] == []
    for path in (ROOT / "docs" / "assets").rglob("*.css"):
        assert "http" not in path.read_text(encoding="utf-8"), path
    for path in (ROOT / "docs").rglob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:src|href)=\"http|url\((?!#)|@import", text), path


def test_every_font_that_the_formulas_name_is_here_and_nothing_else_is() -> None:
    folder = ROOT / "docs" / "assets" / "katex"
    named = set(re.findall(r"url\(([^)]+)\)", (folder / "katex.min.css").read_text()))
    assert named == {f"fonts/{path.name}" for path in (folder / "fonts").iterdir()}
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1_000_000


def test_the_site_is_built_so_that_a_warning_fails() -> None:
    # mkdocs counts warnings where it logs them: with --quiet it logs none, so --strict would find none.
    recipes = (ROOT / "Justfile").read_text(encoding="utf-8")
    builds = re.findall(r"mkdocs build.*", recipes)
    assert builds
    for build in builds:
        assert "--strict" in build
        assert "--quiet" not in build
