"""What each part of a phase's proof runs: units that can run side by side, and what is wrong where one doesn't hold."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cortex.context import Context
from cortex.dev import claims, figures, mutants, skeleton
from cortex.dev.inputs import Part
from cortex.dev.problem import Problem, from_error
from cortex.errors import CortexError
from cortex.files.packages import NAMES
from cortex.formats.mutants import Mutant
from cortex.formats.phase import Break, Lab, Phase
from cortex.runs import breaks, checks, predictions


@dataclass
class Seen:
    """What a unit found: what is wrong, and the files of the reference that it is known to have imported."""

    problems: list[Problem] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)


Unit = Callable[[], Seen]


@contextmanager
def skeletons(ctx: Context) -> Iterator[Path]:
    """A folder with the skeletons of the packages as the reference makes them. Raises CortexError for a broken marker."""
    made = skeleton.generate(ctx.repo)
    folder = Path(tempfile.mkdtemp(prefix="cortex-skeletons-"))
    try:
        for path, text in made.items():
            if path.is_relative_to(ctx.repo.src):
                copy = folder / path.relative_to(ctx.repo.src)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(text, encoding="utf-8")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def units(ctx: Context, phase: Phase, part: Part, skeletons: Path) -> list[Unit]:
    """The units of a part; a rehearsal has none, since it walks phase by phase."""
    match part:
        case "labs":
            return [_guarded(ctx, partial(_lab, ctx, lab, skeletons)) for lab in phase.labs]
        case "breaks":
            return [_guarded(ctx, partial(_break, ctx, phase, item)) for item in phase.breaks]
        case "figures":
            return [_guarded(ctx, lambda: Seen(figures.compare(ctx.repo, phase)))]
        case "mutants":
            try:
                listed = mutants.listed(ctx.repo, phase)
                refused = {wrong.line: wrong for wrong in mutants.problems(ctx.repo, phase)}
            except CortexError as error:
                told = Seen([from_error(ctx.repo, error)])
                return [lambda: told]
            return [
                _guarded(ctx, partial(_mutant, ctx, phase, *pair, refused.get(pair[1])))
                for pair in listed
            ]
        case "claims":
            return [_guarded(ctx, partial(_claims, ctx, phase))]
        case "rehearsal":
            return []


def _guarded(ctx: Context, look: Unit) -> Unit:
    """A unit that tells of an error as of a problem."""

    def unit() -> Seen:
        try:
            return look()
        except CortexError as error:
            return Seen([from_error(ctx.repo, error)])

    return unit


def _lab(ctx: Context, lab: Lab, skeletons: Path) -> Seen:
    """A lab's checks pass on the reference and say "not started" on the skeleton."""
    if not (ctx.repo.root / lab.checks).is_file():
        return Seen(
            [Problem(lab.checks, f"the checks of lab {lab.id} aren't there", "Write them.")]
        )
    seen = Seen()
    on_reference = checks.check_lab(ctx, lab, impl="reference")
    seen.imported = list(on_reference.modules)
    if on_reference.state != "pass":
        seen.problems.append(
            Problem(
                lab.checks,
                f"lab {lab.id} on the reference: {on_reference.state}: {on_reference.message}",
                f"cortex check {lab.id} --impl reference",
            )
        )
    in_packages = all(
        Path(name).parts[0] == "src" and Path(name).parts[1] in NAMES for name in lab.writes
    )
    if not in_packages and skeleton.differing(ctx.repo):
        told = "scripts are checked where they lie, and a skeleton isn't what the reference makes"
        seen.problems.append(Problem(lab.checks, told, "cortex dev skeleton"))
        return seen
    on_skeleton = checks.check_lab(
        ctx, lab, impl="learner", packages=skeletons if in_packages else None
    )
    if on_skeleton.state != "not-started":
        says = on_skeleton.message or "every check passes"
        seen.problems.append(
            Problem(
                lab.checks,
                f"lab {lab.id} on the skeleton: {on_skeleton.state}, not not-started: {says}",
                "The first check must reach a body that the learner writes.",
            )
        )
    return seen


def _break(ctx: Context, phase: Phase, item: Break) -> Seen:
    """A fault shows its symptom on the reference, and its check notices."""
    file = f"{phase.folder}/phase.yaml"
    seen = breaks.run_break(ctx, phase, item, "reference")
    found = Seen()
    if seen.problem:
        found.problems.append(
            Problem(file, f"break {item.id}: {seen.problem}", "Correct the break.")
        )
    found.problems += [
        Problem(
            file,
            f"break {item.id}: {row.key} is {row.before!r} before and {row.after!r} after, "
            f"expected {row.expected_before!r} and {row.expected_after!r}",
            "Correct `before`, `expect` or the fault.",
        )
        for row in seen.rows
        if not row.ok
    ]
    found.problems += _widths(file, item, seen)
    if seen.caught is False:
        found.problems.append(
            Problem(
                file,
                f"break {item.id} isn't caught: {item.caught_by} must pass on sound code and fail on broken code",
                "Correct `caught_by`, or the check.",
            )
        )
    return found


def _widths(file: str, item: Break, seen: breaks.Observation) -> Iterator[Problem]:
    """Whoever says "as before" of a number is wrong, and each question has a right answer."""
    if seen.problem:
        return
    for question in item.predict:
        came = predictions.outcome(question, seen.observed, seen.before)
        where = f"break {item.id}: predict {question.key}"
        if question.within is None:
            if came not in question.choices:
                listed = ", ".join(question.choices)
                yield Problem(file, f"{where}: {came!r} came, which is none of {listed}", "Add it.")
            continue
        before = predictions.outcome(question, seen.before, {})
        if not isinstance(came, float):
            yield Problem(file, f"{where}: {came!r} came, which is no number", "Offer choices.")
        elif isinstance(before, float) and abs(before - came) <= question.within:
            yield Problem(
                file,
                f'{where}: "as before" ({before:g}) is within {question.within:g} of {came:g}',
                "Narrow `within`, or ask for a change.",
            )


def _mutant(
    ctx: Context, phase: Phase, mutant: Mutant, line: int | None, refused: Problem | None
) -> Seen:
    if refused is not None:
        return Seen([refused])
    return Seen(mutants.survivors(phase, [mutants.judge(ctx, phase, mutant, line)]))


def _claims(ctx: Context, phase: Phase) -> Seen:
    refused = list(claims.problems(ctx, phase))
    if refused:
        return Seen(refused)
    return Seen(
        [
            Problem(phase.claims, f"claim {outcome.id}: {outcome.says}", "", outcome.line)
            for outcome in claims.run(ctx, phase)
            if not outcome.ok
        ]
    )
