"""`cortex dev check`: holds the curriculum against itself, and says what to mend.

The quick part reads files; the slow part runs every lab's checks on the reference (they must pass) and on the skeleton
(they must say "not started"), every fault on the reference (it must show and be caught), every figure script, mutant and
claim. What it proved is remembered in the phase's `proof.json`, and not run again until something that it stands on changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from cortex.context import Context
from cortex.dev import claims, folds, graph, mutants, prove, site, skeleton, uses
from cortex.dev import page as pages
from cortex.dev.inputs import Part
from cortex.dev.navigation import EXERCISES
from cortex.dev.problem import Problem, from_error
from cortex.errors import CortexError
from cortex.files import groups
from cortex.files.curriculum import Curriculum, cross_check
from cortex.files.packages import learners
from cortex.files.packages import reference as reference_of
from cortex.files.regions import regions
from cortex.files.repo import Repo
from cortex.formats.load import load, read_text
from cortex.formats.phase import Phase
from cortex.formats.quiz import Quiz
from cortex.runs import folders

RUN: tuple[Part, ...] = ("labs", "breaks", "figures", "mutants", "claims")
# In a phase's folder without being listed: what every phase may have, under one name.
_KEPT = {
    *("README.md", "exercises.md", "phase.yaml", "quiz.yaml", "quiz.md"),
    *("seal.json", "proof.json", "mutants.yaml", "claims.yaml"),
}


def problems(ctx: Context, numbers: Iterable[int] = (), *, fast: bool = False) -> list[Problem]:
    """Everything that is wrong, in the order of the files that say so.

    Args:
        ctx: the checkout.
        numbers: the phases to look into; all shipped ones if empty.
        fast: leaves out whatever runs the curriculum's code.
    """
    repo = ctx.repo
    try:
        curriculum = ctx.curriculum
        cross_check(curriculum)
        chosen = [curriculum.phase(number) for number in numbers] or list(
            curriculum.shipped.values()
        )
    except CortexError as error:
        return [from_error(repo, error)]
    found = [*_whole(repo, curriculum)]
    for phase in chosen:
        found += _guarded(repo, partial(_phase, ctx, phase))
    if not fast:
        found += _slow(ctx, chosen)
    return list(dict.fromkeys(found))


def _guarded(repo: Repo, look: Callable[[], Iterable[Problem]]) -> list[Problem]:
    """The problems that a look finds; an error that stops it is one too."""
    found: list[Problem] = []
    try:
        for problem in look():
            found.append(problem)  # one by one: what was found before an error counts too
    except CortexError as error:
        found.append(from_error(repo, error))
    return found


def _whole(repo: Repo, curriculum: Curriculum) -> list[Problem]:
    """What concerns all phases together."""
    looks: list[Callable[[], Iterable[Problem]]] = [
        partial(_skeletons, repo),
        partial(_markers, repo, curriculum),
        partial(_strays, repo, curriculum),
        partial(uses.problems, curriculum),
    ]
    circle = list(_cycle(curriculum))
    if not circle:  # a map can't be drawn of one
        looks.append(partial(_generated, repo))
    return circle + [problem for look in looks for problem in _guarded(repo, look)]


def _cycle(curriculum: Curriculum) -> Iterator[Problem]:
    found = graph.circle({phase.number: phase.requires for phase in curriculum.everything})
    if found:
        phase = curriculum.shipped.get(found[0])
        yield Problem(
            f"{phase.folder}/phase.yaml" if phase else "data/planned.yaml",
            f"phases require each other in a circle: {' -> '.join(f'{n:02d}' for n in found)}",
            "Take one of them out of a `requires`.",
        )


def _skeletons(repo: Repo) -> Iterator[Problem]:
    for path, what in skeleton.differing(repo).items():
        name = repo.relative(path)
        reference = reference_of(name)
        yield Problem(
            name,
            "the skeleton is missing"
            if what == "missing"
            else f"the skeleton isn't what {reference} makes",
            "cortex dev skeleton",
        )


def _markers(repo: Repo, curriculum: Curriculum) -> Iterator[Problem]:
    """Markers and `writes` must tell the same story, both ways."""
    labs = {lab.id: lab for phase in curriculum.shipped.values() for lab in phase.labs}
    marked: dict[str, set[str]] = {}
    for path in skeleton.sources(repo):
        name = repo.relative(path)
        written = learners(name)
        for region in regions(read_text(path), name):
            lab = labs.get(region.lab)
            marked.setdefault(region.lab, set()).add(written)
            if lab is None:
                yield Problem(
                    name,
                    f"marker of lab {region.lab}, which no phase.yaml lists",
                    "Correct the marker, or list the lab.",
                    region.first,
                )
            elif written not in lab.writes:
                yield Problem(
                    name,
                    f"marker of lab {region.lab}, whose `writes` doesn't name {written}",
                    "Add it to `writes`, or correct the marker.",
                    region.first,
                )
    for phase in curriculum.shipped.values():
        for lab in phase.labs:
            for written in lab.writes:
                reference = reference_of(written)
                if not (repo.root / reference).is_file():
                    yield Problem(
                        f"{phase.folder}/phase.yaml",
                        f"lab {lab.id} writes {written}, but there is no reference {reference}",
                        "Write the reference, with markers.",
                    )
                elif written not in marked.get(lab.id, set()):
                    yield Problem(
                        reference,
                        f"lab {lab.id} writes {written}, but no marker `# lab {lab.id}` is in it",
                        "Mark what the learner writes, or take the file out of `writes`.",
                    )


def _generated(repo: Repo) -> Iterator[Problem]:
    for path, why in site.out_of_step(repo).items():
        yield Problem(
            repo.relative(path),
            f"isn't what the curriculum's files generate ({why})",
            "cortex dev site",
        )
    for bad in site.page_problems(repo):
        yield Problem(
            bad.file, bad.says, "Write it so that GitHub and the site show the same.", bad.line
        )


def _strays(repo: Repo, curriculum: Curriculum) -> Iterator[Problem]:
    """Quizzes, checks and experiments that belong to no phase."""
    phases = list(curriculum.shipped.values())
    quizzes = {phase.quiz for phase in phases}
    runs = {run.id for phase in phases for run in phase.experiments}
    listed = {lab.checks for phase in phases for lab in phase.labs}
    for path in sorted(repo.docs.glob("**/quiz.yaml")):
        if repo.relative(path) not in quizzes:
            yield Problem(
                repo.relative(path),
                "no phase.yaml lies beside this quiz",
                "Write it, or move the quiz to the folder of its phase.",
            )
    for name, path in sorted(folders.scripts(repo).items()):
        if name not in runs and not name.startswith(("bench-", "no-magic")):
            yield Problem(
                repo.relative(path), "no phase.yaml names this experiment", "Name it, or remove it."
            )
    for path in sorted((repo.root / "tests" / "labs").rglob("test_*.py")):
        if repo.relative(path) not in listed:
            yield Problem(repo.relative(path), "no lab has these checks", "Name it, or remove it.")


def _phase(ctx: Context, phase: Phase) -> Iterator[Problem]:
    """What can be seen of one phase without running anything."""
    repo, curriculum = ctx.repo, ctx.curriculum
    yield from _named_files(repo, phase)
    yield from _groups(repo, phase)
    yield from _hints(phase)
    yield from _guarded(repo, partial(_quiz, repo, phase))
    yield from _guarded(repo, partial(mutants.problems, repo, phase))
    yield from _guarded(repo, partial(claims.problems, ctx, phase))
    folder = repo.root / phase.folder
    listed = _listed(phase)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(("_", ".")) for part in Path(name).parts)
        if name not in listed and name not in _KEPT and not hidden:
            yield Problem(
                repo.relative(path),
                "nothing in phase.yaml lists this file",
                "List it, or remove it.",
            )
    titles = {page.page: page.title for page in phase.theory}
    answers = (folder / EXERCISES).is_file()
    shown: set[Path] = set()
    for path in sorted(folder.rglob("*.md")):
        page = pages.read(repo, path)
        yield from pages.broken_links(repo, page)
        yield from _commands(repo, curriculum, page)
        shown |= {(path.parent / link.target).resolve() for link in pages.links(page)}
        name = path.relative_to(folder).as_posix()
        if name in titles:
            yield from pages.theory(page, titles[name])
            if answers and path.parent.parent / EXERCISES not in {
                (path.parent / link.target.partition("#")[0]).resolve()
                for link in pages.links(page)
            }:
                yield Problem(
                    page.name,
                    "the exercises don't lead to their answers",
                    f"End them with a link to ../{EXERCISES}.",
                )
    for figure in phase.figures:
        if (folder / figure.file).resolve() not in shown:
            yield Problem(
                f"{phase.folder}/{figure.file}",
                "no page of the phase shows this figure",
                "Show it.",
            )


def _listed(phase: Phase) -> set[str]:
    """The files in a phase's folder that its phase.yaml names, relative to the folder."""
    names = {page.page for page in phase.theory}
    for lab in phase.labs:
        names |= {lab.page, lab.solution}
    for item in phase.breaks:
        names |= {item.page, item.apply or item.page}
        prefix = f"{phase.folder}/"
        names |= {
            word.removeprefix(prefix) for word in item.observe.split() if word.startswith(prefix)
        }
    for figure in phase.figures:
        names |= {figure.file, figure.script}
    return names


def _named_files(repo: Repo, phase: Phase) -> Iterator[Problem]:
    """Every file that phase.yaml names is there."""
    named = [(f"{phase.folder}/{name}", "") for name in sorted(_listed(phase) | {"README.md"})]
    named += [(lab.checks, f"the checks of lab {lab.id}") for lab in phase.labs]
    named += [(phase.quiz, "the quiz")]
    for run in phase.experiments:
        place = repo.relative(folders.folder(repo, run.id))
        named += [(f"{place}/{file}", f"experiment {run.id}") for file in ("run.py", "README.md")]
        page = folders.folder(repo, run.id) / "README.md"
        if run.predict and page.is_file():
            yield from folds.problems(repo.relative(page), read_text(page), whole=False)
    for item in phase.breaks:
        file, _, check = item.caught_by.partition("::")
        named += [(file, f"what catches break {item.id}")]
        if (repo.root / file).is_file():
            text = (repo.root / file).read_text(encoding="utf-8", errors="replace")
            if f"def {check}(" not in text:
                yield Problem(
                    f"{phase.folder}/phase.yaml",
                    f"break {item.id} is caught by {check!r}, which {file} doesn't define",
                    "Correct caught_by.",
                )
        page = repo.root / phase.folder / item.page
        if page.is_file():
            yield from folds.problems(repo.relative(page), read_text(page), whole=True)
    for name, what in named:
        if not (repo.root / name).is_file():
            yield Problem(
                f"{phase.folder}/phase.yaml",
                f"{name} isn't there{f' ({what})' if what else ''}",
                "Write it, or take it out of phase.yaml.",
            )


def _hints(phase: Phase) -> Iterator[Problem]:
    """A lab's first hint asks, so that whoever is stuck thinks before more is told."""
    for lab in phase.labs:
        if not lab.hints[0].rstrip().endswith("?"):
            yield Problem(
                f"{phase.folder}/phase.yaml",
                f"the first hint of lab {lab.id} is no question",
                "Ask what would bring its reader on; tell it in a later one.",
            )


def _groups(repo: Repo, phase: Phase) -> Iterator[Problem]:
    """Every dependency group that phase.yaml names is described."""
    known = groups.known(repo)
    named = [(f"lab {lab.id}", lab.group) for lab in phase.labs]
    named += [(f"break {item.id}", item.group) for item in phase.breaks]
    named += [(f"experiment {run.id}", run.group) for run in phase.experiments]
    for what, group in named:
        if group and group not in known:
            yield Problem(
                f"{phase.folder}/phase.yaml",
                f"{what} needs the group {group}, but tools/groups/{group}.txt isn't there",
                f"Correct `group` (there are: {', '.join(known) or 'none'}), or write the file.",
            )


def _quiz(repo: Repo, phase: Phase) -> Iterator[Problem]:
    if not (repo.root / phase.quiz).is_file():
        return
    quiz = load(repo.root / phase.quiz, Quiz)
    if (quiz.phase, quiz.slug) != (phase.number, phase.slug):
        yield Problem(
            phase.quiz,
            f"says phase {quiz.phase} {quiz.slug!r}, but belongs to {phase.number} {phase.slug!r}",
            "Correct `phase` and `slug`.",
        )
    for item in quiz.items:
        page, _, anchor = item.page.partition("#")
        path = repo.root / phase.folder / page
        if page and not path.is_file():
            yield Problem(
                phase.quiz,
                f"{item.id} sends the learner to {page}, which isn't there",
                "Name a page relative to the phase's folder.",
            )
        elif anchor and anchor not in pages.anchors(pages.read(repo, path)):
            yield Problem(
                phase.quiz, f"{item.id}: {page} has no heading #{anchor}", "Correct `page`."
            )


def _commands(repo: Repo, curriculum: Curriculum, page: pages.Page) -> Iterator[Problem]:
    """Commands that a page tells the learner to type name labs and experiments that exist."""
    labs = {lab.id for phase in curriculum.shipped.values() for lab in phase.labs}
    for line, recipe, argument in pages.commands(page):
        if recipe == "run":
            ok = (folders.folder(repo, argument) / "run.py").is_file()
        elif "." in argument:
            ok = argument in labs
        else:
            ok = argument.isdigit() and int(argument) in {p.number for p in curriculum.everything}
        if not ok:
            yield Problem(
                page.name,
                f"`just {recipe} {argument}` names nothing that exists",
                "Correct it.",
                line,
            )


def _slow(ctx: Context, phases: list[Phase]) -> list[Problem]:
    """What only running shows; what is remembered of it and still holds isn't run again."""
    try:
        rows = prove.prove(ctx, [phase.number for phase in phases], wanted=RUN)
    except CortexError:
        return []  # a marker is broken: told already
    return [problem for row in rows for problem in row.problems]
