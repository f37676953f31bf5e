"""Everything that another file already says, generated: tables, quiz pages, map, navigation, recipes, schemas, seals.

What is generated is committed, so that GitHub's reader and `mkdocs serve` show the same without a build step;
`cortex dev site --check` (run by the tests) names every file that is out of step.
"""

from __future__ import annotations

from pathlib import Path

from cortex.dev import map as drawing
from cortex.dev import (
    markdown,
    navigation,
    no_magic,
    phasepages,
    proofpages,
    quizpages,
    recipes,
)
from cortex.dev.schemas import schemas
from cortex.errors import CortexError
from cortex.files.curriculum import Curriculum, cross_check, load_curriculum
from cortex.files.repo import Repo
from cortex.files.store import write_atomic
from cortex.formats.load import load, read_text
from cortex.formats.quiz import Quiz
from cortex.standing import seal


def between(text: str, name: str, inner: str, file: str) -> str:
    """`text` with everything between its `generated: name` and `end generated` marker lines replaced.

    Raises:
        CortexError: when the two markers aren't there, once and in order.
    """
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if line == f"<!-- generated: {name} -->"]
    ends = [i for i, line in enumerate(lines) if line == "<!-- end generated -->"]
    after = [i for i in ends if starts and i > starts[0]]
    if len(starts) != 1 or not after:
        problem = (
            f"has no pair of marker lines `<!-- generated: {name} -->` and `<!-- end generated -->`"
        )
        raise CortexError(
            problem, file=file, todo="Put both on lines of their own where it belongs."
        )
    return "\n".join([*lines[: starts[0] + 1], *inner.split("\n"), *lines[after[0] :]])


def generate(repo: Repo) -> dict[Path, str]:
    """Every generated file's whole text. A file with markers that isn't there is left out: it isn't ours to make.

    Raises:
        CortexError: a phase, quiz or marker is broken.
    """
    curriculum = load_curriculum(repo)
    cross_check(curriculum)
    files = {repo.docs / "schemas" / name: text for name, text in schemas().items()}
    files[repo.docs / "assets" / "map.svg"] = drawing.draw(curriculum.everything)
    files[repo.root / navigation.FILE] = navigation.navigation(curriculum, repo.docs)
    files[repo.root / recipes.FILE] = recipes.recipes(curriculum)
    scripts = no_magic.scripts(repo)
    for phase in curriculum.shipped.values():
        folder = repo.root / phase.folder
        quiz = load(repo.root / phase.quiz, Quiz)
        files[folder / "quiz.md"] = quizpages.quiz_page(quiz, phase, phase.quiz)
        proofs = proofpages.proofs(scripts, phase.number)
        parts = [phasepages.phase_block(phase, curriculum, quiz), *([proofs] if proofs else [])]
        inner = "\n" + "\n\n".join(parts) + "\n"
        files |= _fill(repo, folder / "README.md", {"phase": inner})
        files |= seal.generate(repo, phase)
    files |= _fill(repo, repo.docs / "map.md", {"map": _map_tables(curriculum, "", anchors=True)})
    files |= _fill(
        repo, repo.root / "README.md", {"map": _map_tables(curriculum, "docs/", anchors=False)}
    )
    for path, inner in proofpages.blocks(repo, curriculum, scripts):
        files |= _fill(repo, path, {"no-magic": inner})
    return files


def _fill(repo: Repo, path: Path, blocks: dict[str, str]) -> dict[Path, str]:
    if not path.is_file():
        return {}
    text = read_text(path)
    for name, inner in blocks.items():
        text = between(text, name, inner, repo.relative(path))
    return {path: text}


def _map_tables(curriculum: Curriculum, folder: str, *, anchors: bool) -> str:
    planned = list(curriculum.planned.values())
    shipped = list(curriculum.shipped.values())
    hours = sum(phase.hours.total for phase in shipped)
    if anchors:
        return f"\n{phasepages.phase_table(curriculum.everything, folder=folder, anchors=True)}\n"
    return "\n".join(
        [
            "",
            f"Open so far: {len(shipped)} of {len(curriculum.everything)}, about {hours:g} hours.",
            "",
            phasepages.phase_table(shipped, folder=folder, anchors=False),
            "",
            f"<details>\n<summary>The {len(planned)} planned phases</summary>",
            "",
            phasepages.phase_table(planned, folder=folder, anchors=False),
            "",
            "</details>",
            "",
        ]
    )


def out_of_step(repo: Repo, files: dict[Path, str] | None = None) -> dict[Path, str]:
    """Files that aren't what `generate` gives, each with `missing`, `out of step` or, where no phase is, `stray`."""
    files = generate(repo) if files is None else files
    wrong = {}
    for path, text in files.items():
        if not path.is_file():
            wrong[path] = "missing"
        elif read_text(path) != text:
            wrong[path] = "out of step"
    for name in ("quiz.md", "seal.json"):
        strays = (path for path in repo.docs.glob(f"phase-*/{name}") if path not in files)
        wrong |= dict.fromkeys(strays, "stray")
    return dict(sorted(wrong.items()))


def write(repo: Repo) -> None:
    """Brings every generated file in step."""
    files = generate(repo)
    for path, why in out_of_step(repo, files).items():
        if why == "stray":
            path.unlink()
        else:
            write_atomic(path, files[path])


def page_problems(repo: Repo) -> list[markdown.PageProblem]:
    """Lines of any page that GitHub and the site would show differently."""
    return [
        problem
        for path in sorted(repo.docs.rglob("*.md"))
        for problem in markdown.problems(read_text(path), repo.relative(path))
    ]
