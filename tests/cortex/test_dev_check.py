"""`cortex dev check` and `dev figures`: green on a sound curriculum, red with the right words on a damaged one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Cortex

from cortex.context import Context
from cortex.dev import check, figures, page, site
from cortex.dev.problem import Problem
from cortex.files.repo import Repo

pytestmark = pytest.mark.slow  # a command of authors

PHASE = "docs/phase-00-tiny"
Damage = Callable[[Repo], None]


@pytest.fixture
def sound(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """The tiny curriculum with everything that `dev check` wants: generated files and an experiment's README."""
    (tiny.experiments / "00/tiny/README.md").write_text("# Add once\n", encoding="utf-8")
    site.write(tiny)
    monkeypatch.chdir(tiny.root)
    return tiny


def found(repo: Repo, *, fast: bool = True) -> list[Problem]:
    return check.problems(Context(), fast=fast)


def swap(
    name: str, old: str, new: str, *, follow: bool = True, then: Damage | None = None
) -> Damage:
    """Replaces a text in a file; `follow` brings generated files in step again, so that one thing is wrong."""

    def damage(repo: Repo) -> None:
        path = repo.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        if then:
            then(repo)
        if follow:
            site.write(repo)

    return damage


def remove(name: str) -> Damage:
    return lambda repo: (repo.root / name).unlink()


def add(name: str, text: str) -> Damage:
    def damage(repo: Repo) -> None:
        (repo.root / name).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / name).write_text(text, encoding="utf-8")
        site.write(repo)

    return damage


def test_a_group_that_is_described_is_no_problem(sound: Repo) -> None:
    with_groups("{id: 00-tiny, ", "{id: 00-tiny, group: torch, ")(sound)
    assert found(sound) == []


def test_a_sound_curriculum_has_no_problem(sound: Repo, cortex: Cortex) -> None:
    assert found(sound, fast=False) == []
    answer = cortex("dev", "check", "--json")
    assert (answer.code, answer.json["problems"]) == (0, [])


THEORY = f"{PHASE}/theory/01-adding.md"
QUIZ = "docs/phase-00-tiny/quiz.yaml"
YAML = f"{PHASE}/phase.yaml"
BREAK = f"{PHASE}/break/00-wrong-sign.md"
KIND = "number, within: 6}"
NUMBER = "{key: sum, asks: {en: 'The sum?', es: '¿La suma?'}, like: " + KIND
REFERENCE = "solutions/labkit/tiny.py"


def with_groups(old: str, new: str) -> Damage:
    """A curriculum that has the group torch, and something in phase.yaml that needs a group."""

    def damage(repo: Repo) -> None:
        add("tools/groups/torch.txt", "torch\n")(repo)
        swap(YAML, old, new)(repo)

    return damage


SEEN_BY_READING: dict[str, tuple[Damage, str, str]] = {
    "a lab's group that nothing describes": (
        with_groups("    timeout: 60", "    timeout: 60\n    group: torhc"),
        YAML,
        "lab 00.1 needs the group torhc, but tools/groups/torhc.txt isn't there",
    ),
    "a break's group that nothing describes": (
        with_groups("file: labkit/tiny.py", "file: labkit/tiny.py\n    group: triton"),
        YAML,
        "break wrong-sign needs the group triton",
    ),
    "an experiment's group that nothing describes": (
        with_groups("{id: 00-tiny, ", "{id: 00-tiny, group: jax, "),
        YAML,
        "experiment 00-tiny needs the group jax",
    ),
    "skeleton edited": (
        swap("src/labkit/tiny.py", "add two numbers", "add them"),
        "src/labkit/tiny.py",
        "the skeleton isn't what solutions/labkit/tiny.py makes",
    ),
    "skeleton missing": (
        remove("src/labkit/tiny.py"),
        "src/labkit/tiny.py",
        "the skeleton is missing",
    ),
    "marker unclosed": (
        swap(REFERENCE, "    # end lab\n", ""),
        f"{REFERENCE}:6",
        "lab 00.1 is never closed",
    ),
    "marker of an unknown lab": (
        swap(REFERENCE, "# lab 00.1", "# lab 00.7"),
        f"{REFERENCE}:6",
        "marker of lab 00.7, which no phase.yaml lists",
    ),
    "marker in a file that the lab doesn't write": (
        add(
            "solutions/labkit/other.py",
            "def f() -> int:\n    # lab 00.1\n    return 1\n    # end lab\n",
        ),
        "solutions/labkit/other.py:2",
        "marker of lab 00.1, whose `writes` doesn't name src/labkit/other.py",
    ),
    "lab without a marker": (
        swap(YAML, "[src/labkit/tiny.py]", "[src/labkit/tiny.py, src/labkit/__init__.py]"),
        "solutions/labkit/__init__.py",
        "lab 00.1 writes src/labkit/__init__.py, but no marker `# lab 00.1` is in it",
    ),
    "lab without a reference": (
        swap(YAML, "[src/labkit/tiny.py]", "[src/labkit/tiny.py, src/labkit/more.py]"),
        YAML,
        "lab 00.1 writes src/labkit/more.py, but there is no reference solutions/labkit/more.py",
    ),
    "a break's page that tells at once": (
        swap(BREAK, "<!-- outcome -->", ""),
        BREAK,
        "has no line <!-- outcome -->, so what is to be predicted can be read before",
    ),
    "an outcome that isn't folded": (
        swap(BREAK, 'markdown="1" data-search-exclude', ""),
        f"{BREAK}:5",
        "what comes after the outcome's mark isn't folded",
    ),
    "an outcome that the site's search finds": (
        swap(BREAK, " data-search-exclude", ""),
        f"{BREAK}:5",
        "what comes after the outcome's mark isn't folded",
    ),
    "an outcome below its fold": (
        swap(BREAK, "</details>", "</details>\n\nIt is -1."),
        f"{BREAK}:13",
        "something stands below the fold",
    ),
    "a fold that is never closed": (
        swap(BREAK, "</details>", ""),
        f"{BREAK}:5",
        "the fold of the outcome isn't closed",
    ),
    "an experiment whose page tells what it asks to predict": (
        swap(YAML, "replay: [metrics.sum]", f"replay: [metrics.sum], predict: [{NUMBER}]"),
        "experiments/00/tiny/README.md",
        "has no line <!-- outcome -->",
    ),
    "link to nowhere": (
        swap(THEORY, "**What is two and three?**", "**What is [two](02-two.md) and three?**"),
        f"{THEORY}:5",
        "the link to 02-two.md leads nowhere",
    ),
    "link to no heading": (
        swap(THEORY, "**What is two", "See [there](#no-such-place). **What is two"),
        f"{THEORY}:5",
        "01-adding.md has no heading #no-such-place that both the site and GitHub know",
    ),
    "image without words": (
        swap(THEORY, "![Two and three make five]", "![]"),
        f"{THEORY}:13",
        "the image ../figures/01-plus.svg has no description",
    ),
    "image missing": (
        remove(f"{PHASE}/figures/01-plus.svg"),
        f"{THEORY}:13",
        "the link to ../figures/01-plus.svg leads nowhere",
    ),
    "figure that nobody sees": (
        swap(
            THEORY,
            "![Two and three make five](../figures/01-plus.svg)",
            "| a | b |\n|---|---|\n| 1 | 2 |",
        ),
        f"{PHASE}/figures/01-plus.svg",
        "no page of the phase shows this figure",
    ),
    "lab page missing": (
        remove(f"{PHASE}/lab/01-add.md"),
        YAML,
        f"{PHASE}/lab/01-add.md isn't there",
    ),
    "solution page missing": (
        remove(f"{PHASE}/solutions/01-add.md"),
        YAML,
        f"{PHASE}/solutions/01-add.md isn't there",
    ),
    "break page missing": (
        remove(f"{PHASE}/break/00-wrong-sign.md"),
        YAML,
        f"{PHASE}/break/00-wrong-sign.md isn't there",
    ),
    "checks missing": (
        remove("tests/labs/phase_00/test_lab_01.py"),
        YAML,
        "tests/labs/phase_00/test_lab_01.py isn't there (the checks of lab 00.1)",
    ),
    "experiment missing": (
        remove("experiments/00/tiny/run.py"),
        YAML,
        "experiments/00/tiny/run.py isn't there (experiment 00-tiny)",
    ),
    "quiz missing": (remove(QUIZ), QUIZ, "the file isn't there"),
    "figure script missing": (
        remove(f"{PHASE}/figures/01-plus.py"),
        YAML,
        f"{PHASE}/figures/01-plus.py isn't there",
    ),
    "caught by nothing": (
        swap(YAML, "::test_two_and_three_make_five", "::test_nothing"),
        YAML,
        "break wrong-sign is caught by 'test_nothing', which tests/labs/phase_00/test_lab_01.py doesn't define",
    ),
    "orphan page": (
        add(f"{PHASE}/theory/02-more.md", "# More\n"),
        f"{PHASE}/theory/02-more.md",
        "nothing in phase.yaml lists this file",
    ),
    "orphan quiz": (
        add("docs/phase-01-x/quiz.yaml", "phase: 1\n"),
        "docs/phase-01-x/quiz.yaml",
        "no phase.yaml lies beside this quiz",
    ),
    "orphan experiment": (
        add("experiments/00/other/run.py", "x = 1\n"),
        "experiments/00/other/run.py",
        "no phase.yaml names this experiment",
    ),
    "orphan checks": (
        add("tests/labs/phase_00/test_lab_09.py", "x = 1\n"),
        "tests/labs/phase_00/test_lab_09.py",
        "no lab has these checks",
    ),
    "two right answers": (
        swap(QUIZ, '"6", es: "6", why', '"6", es: "6", correct: true, why', follow=False),
        f"{QUIZ}:5",
        "q-00-01: 2 choices are marked correct",
    ),
    "unknown quiz field": (
        swap(QUIZ, "answer: 0.5", "anwser: 0.5", follow=False),
        f"{QUIZ}:25",
        "Unexpected keyword argument",
    ),
    "quiz page missing": (
        swap(QUIZ, "page: theory/01-adding.md", "page: theory/01-subtracting.md"),
        QUIZ,
        "q-00-01 sends the learner to theory/01-subtracting.md, which isn't there",
    ),
    "quiz of another phase": (
        swap(QUIZ, "slug: tiny", "slug: small"),
        QUIZ,
        "says phase 0 'small', but belongs to 0 'tiny'",
    ),
    "title": (
        swap(THEORY, "# Adding\n", "# Addition\n"),
        f"{THEORY}:1",
        "the first line is '# Addition', phase.yaml calls the page 'Adding'",
    ),
    "no Spanish": (
        swap(THEORY, "> **ES** Sumar", "> Sumar"),
        THEORY,
        "the second block is no Spanish abstract",
    ),
    "too long": (
        swap(THEORY, "Adding is counting on", "and so on " * 20 + "Adding is counting on"),
        THEORY,
        "a theory page has 600 to 1700",
    ),
    "too short": (
        swap(THEORY, "start at the first number and take as many steps as the second says", "so"),
        THEORY,
        "a theory page has 600 to 1700",
    ),
    "no figure": (
        swap(THEORY, "![Two and three make five]", "[Two and three make five]"),
        THEORY,
        "no figure and no table",
    ),
    "nothing computed": (swap(THEORY, "```pycon", "```python"), THEORY, "no pycon block"),
    "no exercises": (swap(THEORY, "## Exercises", "## Games"), THEORY, "no section `## Exercises`"),
    "no sources": (swap(THEORY, "## Sources", "## Books"), THEORY, "no section `## Sources`"),
    "no answer": (
        swap(THEORY, "**So:** five.", "Five."),
        THEORY,
        "the last block doesn't begin with `**So:**`",
    ),
    "a command that names nothing": (
        swap(f"{PHASE}/lab/01-add.md", "Write `add`.", "Write `add`, then `just check 00.4`."),
        f"{PHASE}/lab/01-add.md:3",
        "`just check 00.4` names nothing that exists",
    ),
    "a first hint that tells": (
        swap(YAML, "How many numbers go in?", "Two numbers go in."),
        YAML,
        "the first hint of lab 00.1 is no question",
    ),
    "exercises without a way to their answers": (
        add(f"{PHASE}/exercises.md", "# Exercises: answers\n\n> **ES** Respuestas.\n"),
        THEORY,
        "the exercises don't lead to their answers",
    ),
    "a circle": (
        swap("data/planned.yaml", "requires: [0]", "requires: [2]", follow=False),
        "data/planned.yaml",
        "phases require each other in a circle: 01 -> 02 -> 01",
    ),
    "generated page edited": (
        swap(f"{PHASE}/quiz.md", "What is 2 + 3?", "What is 2 + 4?", follow=False),
        f"{PHASE}/quiz.md",
        "isn't what the curriculum's files generate",
    ),
    "sealed file edited": (
        swap("tests/labs/phase_00/test_lab_01.py", "Count on", "Count", follow=False),
        "docs/phase-00-tiny/seal.json",
        "isn't what the curriculum's files generate",
    ),
    "phase file malformed": (
        swap(YAML, "hours: {read: 0.5", "hours: {read: many", follow=False),
        f"{YAML}:7",
        "hours.read: ",
    ),
}


@pytest.mark.parametrize("name", SEEN_BY_READING)
def test_damage_that_reading_shows_is_named(sound: Repo, name: str) -> None:
    damage, where, what = SEEN_BY_READING[name]
    damage(sound)
    problems = found(sound)
    assert [p for p in problems if p.where == where and what in p.what], problems
    assert all(p.todo or p.where.startswith((QUIZ, YAML)) for p in problems)


SEEN_BY_RUNNING: dict[str, tuple[Damage, str, str]] = {
    "checks that the reference fails": (
        swap("tests/labs/phase_00/test_lab_01.py", "add(2, 3), 5", "add(2, 3), 6"),
        "tests/labs/phase_00/test_lab_01.py",
        "lab 00.1 on the reference: fail: two and three make five",
    ),
    "checks that the skeleton passes": (
        add(
            "tests/labs/phase_00/test_lab_01.py",
            "def test_two_and_three_make_five():\n    assert 2 + 3 == 5\n",
        ),
        "tests/labs/phase_00/test_lab_01.py",
        "lab 00.1 on the skeleton: pass, not not-started: every check passes",
    ),
    "checks that fail on the skeleton before they reach it": (
        add(
            "tests/labs/phase_00/test_lab_01.py",
            "import labkit.tiny as t\n\n\n"
            "def test_two_and_three_make_five():\n    assert 'NotImplementedError' not in open(t.__file__).read()\n"
            "    assert t.add(2, 3) == 5\n",
        ),
        "tests/labs/phase_00/test_lab_01.py",
        "lab 00.1 on the skeleton: fail, not not-started",
    ),
    "a fault that finds nothing to break": (
        swap(YAML, 'find: "a + b"', 'find: "a * b"'),
        YAML,
        "break wrong-sign: the reference's labkit/tiny.py has no `a * b`",
    ),
    "a symptom that isn't seen": (
        swap(YAML, "expect: {sum: -1}", "expect: {sum: -2}"),
        YAML,
        "break wrong-sign: sum is 5 before and -1 after, expected 5 and -2",
    ),
    "a sound value that isn't seen": (
        swap(YAML, "before: {sum: 5}", "before: {sum: 4}"),
        YAML,
        "break wrong-sign: sum is 5 before and -1 after, expected 4 and -1",
    ),
    "a width in which nothing changes": (
        swap(YAML, "expect: {sum: -1}", f"expect: {{sum: -1}}\n    predict: [{NUMBER}]"),
        YAML,
        'break wrong-sign: predict sum: "as before" (5) is within 6 of -1',
    ),
    "a question without a right answer": (
        swap(
            YAML,
            "expect: {sum: -1}",
            "expect: {sum: -1}\n    predict: ["
            + NUMBER.replace(KIND, "[rises, same], of: change}")
            + "]",
        ),
        YAML,
        "break wrong-sign: predict sum: 'falls' came, which is none of rises, same",
    ),
    "a number that is none": (
        swap(
            f"{PHASE}/break/observe.py",
            '{"sum": add(2, 3)}',
            '{"sum": add(2, 3), "kind": "low"}',
            then=swap(
                YAML,
                "expect: {sum: -1}",
                "expect: {sum: -1, kind: low}\n    predict: ["
                + NUMBER.replace("sum", "kind")
                + "]",
            ),
        ),
        YAML,
        "break wrong-sign: predict kind: 'low' came, which is no number",
    ),
    "a fault that no check notices": (
        swap("tests/labs/phase_00/test_lab_01.py", "add(2, 3), 5", "max(add(2, 3), 5), 5"),
        YAML,
        "break wrong-sign isn't caught: tests/labs/phase_00/test_lab_01.py::test_two_and_three_make_five",
    ),
    "a figure edited by hand": (
        swap(f"{PHASE}/figures/01-plus.svg", "= 5", "= 6"),
        f"{PHASE}/figures/01-plus.svg",
        "its script draws another one: line 1 has",
    ),
    "a figure script that fails": (
        add(f"{PHASE}/figures/01-plus.py", "raise SystemExit('no ink')\n"),
        f"{PHASE}/figures/01-plus.py",
        "fails (exit 1): no ink",
    ),
    "a figure script that draws nothing": (
        add(f"{PHASE}/figures/01-plus.py", "x = 1\n"),
        f"{PHASE}/figures/01-plus.py",
        "draws no 01-plus.svg",
    ),
}


@pytest.mark.parametrize("name", SEEN_BY_RUNNING)
def test_damage_that_only_running_shows_is_named(sound: Repo, name: str) -> None:
    damage, where, what = SEEN_BY_RUNNING[name]
    damage(sound)
    assert not found(sound), "the quick part can't know"
    problems = found(sound, fast=False)
    assert [p for p in problems if p.where == where and what in p.what], problems


def of_this_repository(fast: bool, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """What is wrong here; where a learner works, their own code in place of a skeleton isn't."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("CORTEX_ROOT", raising=False)
    learners = list((ROOT / "learners").glob("[!_]*/profile.yaml"))
    return [
        problem
        for problem in check.problems(Context(), fast=fast)
        if not (learners and problem.what.startswith("the skeleton isn't what"))
    ]


@pytest.mark.recipe
def test_this_repositorys_curriculum_says_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_this_repository(True, monkeypatch) == []


@pytest.mark.recipe
def test_this_repositorys_labs_breaks_and_figures_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_this_repository(False, monkeypatch) == []


def test_a_learners_own_code_in_src_does_not_hide_what_the_skeleton_does(sound: Repo) -> None:
    path = sound.src / "labkit/tiny.py"
    path.write_text((sound.root / REFERENCE).read_text())
    assert {p.where for p in found(sound, fast=False)} == {"src/labkit/tiny.py"}


def test_the_command_answers_with_places_and_what_to_do(sound: Repo, cortex: Cortex) -> None:
    SEEN_BY_READING["skeleton edited"][0](sound)
    answer = cortex("dev", "check", "00", "--fast")
    assert answer.code == 2
    assert (
        "src/labkit/tiny.py: the skeleton isn't what solutions/labkit/tiny.py makes" in answer.out
    )
    assert "just dev skeleton" in answer.out
    first = cortex("dev", "check", "--fast", "--json").json["problems"][0]
    assert set(first) == {field.name for field in dataclasses.fields(Problem)}


def test_a_phase_that_is_not_shipped_is_refused(sound: Repo, cortex: Cortex) -> None:
    answer = cortex("dev", "check", "03", "--fast")
    assert answer.code == 2
    assert "phase 03 (Phase 3) isn't shipped yet" in answer.out


def test_figures_are_drawn_again_and_only_changed_ones_written(sound: Repo, cortex: Cortex) -> None:
    svg = sound.root / PHASE / "figures/01-plus.svg"
    before = svg.read_bytes()
    svg.write_text("<svg/>")
    refused = cortex("dev", "figures", "--check")
    assert refused.code == 2
    assert "01-plus.svg: its script draws another one" in refused.out
    assert svg.read_text() == "<svg/>"
    assert cortex("dev", "figures", "00", "--json").json["changed"] == [
        f"{PHASE}/figures/01-plus.svg"
    ]
    assert svg.read_bytes() == before
    assert cortex("dev", "figures", "--json").json["changed"] == []


def test_a_figure_that_is_drawn_but_not_listed_is_named(sound: Repo) -> None:
    script = sound.root / PHASE / "figures/01-plus.py"
    script.write_text(script.read_text() + "(folder / 'more.svg').write_text('<svg/>')\n")
    phase = Context().curriculum.phase(0)
    assert [p.what for p in figures.compare(sound, phase)] == [
        "figures/01-plus.py draws more.svg, which isn't listed under figures"
    ]


def parsed(tmp_path: Path, text: str) -> page.Page:
    (tmp_path / "x.md").write_text(text, encoding="utf-8")
    return page.read(Repo(tmp_path), tmp_path / "x.md")


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = a[0](b)\n```\n",
        "`[a](b)`\n",
        "$f[x](y)$\n",
        "$$\n[a](b)\n$$\n",
        "~~~\n```\n[a](b)\n~~~\n",
        "- one\n\n    ```python\n    [a](b)\n    ```\n",
        "`` ` [a](b) ``\n",
        "costs \\$1, \\[a](b), $f[x](y) + 1$ more\n",
        "text $$f[x](y)\n= g[x](y)$$\n",
    ],
)
def test_code_and_formulas_hold_no_links(tmp_path: Path, text: str) -> None:
    assert list(page.links(parsed(tmp_path, text))) == []


def test_links_of_every_form_are_found(tmp_path: Path) -> None:
    text = 'See [a](a.md "A") and [![b](b.svg)](b.md).\n\n[c]: c.md\n\n<img src="d.png">\n'
    targets = [link.target for link in page.links(parsed(tmp_path, text))]
    assert sorted(targets) == ["a.md", "b.md", "b.svg", "c.md", "d.png"]


def test_a_link_is_told_with_its_line(tmp_path: Path) -> None:
    text = "Text\n[a](a.md), and\nmore of [b\nc](b.md) 5$ and 6$.\n\n| [d](d.md) |\n|---|\n| [e](e.md) |\n"
    found = {link.target: link.line for link in page.links(parsed(tmp_path, text))}
    assert found == {"a.md": 2, "b.md": 3, "d.md": 6, "e.md": 8}


def test_the_parts_of_a_page_are_what_a_reader_sees(tmp_path: Path) -> None:
    text = "# One\nText `a`.\n\n$$\nx\n=\n$$\n\n- item\n\n    ```pycon\n    # no heading\n    ```\n\n## Two ##\n"
    found = parsed(tmp_path, text)
    assert [heading.content for heading in found.headings] == ["One", "Two"]
    assert found.fences == ["pycon"]
    assert found.blocks[:2] == ["# One", "Text `a`."]
    assert found.blocks[-1] == "## Two ##"
    assert page.word_count(found) == 5


def test_an_anchor_counts_only_if_site_and_github_agree(tmp_path: Path) -> None:
    text = "# The `relu` rule\n\n## Why: a question?\n\n## Qué es\n\n## Twice\n\n## Twice\n\n## Own {#mine}\n"
    assert page.anchors(parsed(tmp_path, text)) == {
        "the-relu-rule",
        "why-a-question",
        "twice",
        "mine",
        "own",
    }


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (b'<path d="M 1.000001 2.5"/>', True),
        (b'<path d="M 1.000002 2.5"/>', True),
        (b'<path d="M 1.001 2.5"/>', False),
        (b'<path d="L 1.000001 2.5"/>', False),
        (b'<path d="M 1.000001 2.5 3.5"/>', False),
        (b'<path d="M 1 2.5"/>', False),
    ],
)
def test_a_last_digit_that_another_processor_rounds_is_no_other_figure(
    text: bytes, same: bool
) -> None:
    assert figures._same(b'<path d="M 1.000001 2.5"/>', text) is same
