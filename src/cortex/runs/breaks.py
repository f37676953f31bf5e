"""Faults: one change in a throw-away copy of the packages, observed before and after, never in the learner's tree."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import groups, store
from cortex.files.digests import inside
from cortex.formats.checkpoint import BreakRecord
from cortex.formats.conditions import lookup, matches
from cortex.formats.phase import Break, Lab, Phase
from cortex.formats.words import says_nothing
from cortex.runs import checks, child, sandbox, scratch

OUTCOME = "<!-- outcome -->"  # above it a break's page asks, below it tells
BESIDE = ("scripts", "learner.just")  # what labs write that lies beside the reference's packages
MIN_CHARACTERS = 10  # less can't be a prediction or a lesson
_LIMITS = child.Limits(seconds=120, memory_mb=4096)


@dataclass(frozen=True)
class Row:
    """One observed value: before the fault, after it, what the phase expects, and whether both fit."""

    key: str
    before: object
    after: object
    expected_before: object
    expected_after: object
    ok: bool


@dataclass(frozen=True)
class Observation:
    """What a fault did.

    Attributes:
        impl: whose packages were broken: `learner` or `reference`.
        before, observed: the JSON objects that `observe` printed.
        rows: the values that the phase names, side by side.
        matched: whether the symptom is the expected one, and the sound code shows what it should.
        caught: whether the check named by `caught_by` passes before and fails after; None if it wasn't asked.
        problem: why there is no observation; empty if there is one.
    """

    id: str
    impl: str
    before: dict[str, Any] = field(default_factory=dict)
    observed: dict[str, Any] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    matched: bool = False
    caught: bool | None = None
    problem: str = ""


class DoesNotApply(CortexError):  # noqa: N818 - it is told, not raised to the top
    """The fault finds nothing to break in this implementation."""


def catching_lab(ctx: Context, item: Break) -> Lab:
    """The lab whose checks catch the fault."""
    file = item.caught_by.partition("::")[0]
    folder = re.match(r"tests/labs/phase_(\d\d)/", file)
    phase = ctx.curriculum.shipped.get(int(folder[1])) if folder else None
    for lab in phase.labs if phase else ():
        if lab.checks == file:
            return lab
    raise CortexError(f"break {item.id}: no lab has the checks {file}", field="caught_by")


@contextmanager
def broken(ctx: Context, phase: Phase, item: Break, impl: str) -> Iterator[tuple[Path, Path]]:
    """Two throw-away copies of the packages, sound and broken. Raises DoesNotApply."""
    repo = ctx.repo
    source = repo.implementation(impl)
    with scratch.scratch() as folder:
        copies = folder / "work" / "sound", folder / "work" / "broken"
        for copy in copies:
            copy_packages(source, copy)
        _inject(ctx, phase, item, impl, copies[1])
        yield copies


def copy_packages(source: Path, target: Path) -> None:
    """Copies an implementation's packages, and what labs write beside those of the reference. Raises DoesNotApply."""
    target.mkdir()
    # Links are followed, so that nothing written in the copy can reach what they point at.
    for name in [*checks.packages_present(source), *(n for n in BESIDE if (source / n).exists())]:
        try:
            if (source / name).is_file():
                shutil.copyfile(source / name, target / name)
                continue
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source / name, target / name, ignore=ignored)
        except (OSError, shutil.Error) as error:
            raise DoesNotApply(f"{name} can't be copied: {error}") from None


def _inject(ctx: Context, phase: Phase, item: Break, impl: str, copy: Path) -> None:
    whose = "your" if impl == "learner" else "the reference's"
    target = copy / item.file
    if not target.resolve().is_relative_to(copy.resolve()):
        raise CortexError(f"break {item.id}: leads out of the packages", field="file")
    if not target.is_file():
        raise DoesNotApply(f"{whose} packages have no {item.file}")
    old = target.read_bytes()
    if item.replace:
        find, other = item.replace["find"], item.replace["with"]
        text = old.decode("utf-8", errors="surrogateescape")
        if find not in text:
            raise DoesNotApply(
                f"{whose} {item.file} has no `{find.strip()}`: it is written another way"
            )
        target.write_bytes(text.replace(find, other).encode("utf-8", errors="surrogateescape"))
        return
    script = inside(ctx.repo, f"{phase.folder}/{item.apply}")
    with scratch.scratch() as folder:
        given = folder / "work" / target.name
        given.write_bytes(old)
        ended = child.run(
            ctx.repo,
            child.Program("script", [str(script), str(given)], [copy]),
            view=replace(sandbox.checkout(ctx.repo), reads=(script.parent, copy)),
            limits=child.Limits(seconds=30),
            scratch=folder,
        )
        new = given.read_bytes() if ended.code == 0 and given.is_file() else old
    if new == old:
        last = (ended.output.strip().splitlines() or ["it changed nothing"])[-1]
        raise DoesNotApply(f"{item.apply} can't break {whose} {item.file}: {last}")
    target.write_bytes(new)


def choose(
    ctx: Context, phase: Phase, item: Break, verdict: checks.Verdict | None = None
) -> tuple[str, str]:
    """Which implementation the fault goes into, and, if it is the reference, why not the learner's.

    Args:
        verdict: of the catching lab on the learner's code, if it is known already.
    """
    lab = catching_lab(ctx, item)
    verdict = verdict or checks.check_lab(ctx, lab)
    if verdict.state != "pass":
        return "reference", f"your code doesn't pass lab {lab.id} yet"
    try:
        with broken(ctx, phase, item, "learner"):
            return "learner", ""
    except DoesNotApply as error:
        return "reference", error.problem


def run_break(
    ctx: Context, phase: Phase, item: Break, impl: str, *, ask_check: bool = True
) -> Observation:
    """Injects the fault into a copy of `impl`'s packages and observes before and after.

    Args:
        ask_check: also runs the check of `caught_by` on both copies.
    """
    try:
        with broken(ctx, phase, item, impl) as (sound, faulty):
            before = _observe(ctx, item, impl, sound)
            after = _observe(ctx, item, impl, faulty)
            caught = _caught(ctx, item, impl, sound, faulty) if ask_check else None
    except DoesNotApply as error:
        return Observation(item.id, impl, problem=error.problem)
    if isinstance(before, str):
        return Observation(item.id, impl, problem=f"before the fault, {before}", caught=caught)
    if isinstance(after, str):
        return Observation(
            item.id, impl, before, problem=f"after the fault, {after}", caught=caught
        )
    rows = compare(item, before, after)
    return Observation(item.id, impl, before, after, rows, all(row.ok for row in rows), caught)


def demonstrate(
    ctx: Context,
    phase: Phase,
    item: Break,
    *,
    verdict: checks.Verdict | None = None,
    ask_check: bool = True,
) -> tuple[Observation, str]:
    """The fault in the learner's code where it applies and shows, else in the reference; and why the reference."""
    impl, why = choose(ctx, phase, item, verdict)
    seen = run_break(ctx, phase, item, impl, ask_check=ask_check)
    if impl == "reference" or seen.matched:
        return seen, why
    why = "your code is written so that this fault shows in another way"
    return run_break(ctx, phase, item, "reference", ask_check=ask_check), why


def compare(item: Break, before: dict[str, Any], after: dict[str, Any]) -> list[Row]:
    """The values that the phase names, and whether each is the expected one."""
    rows = []
    for key in dict.fromkeys([*item.expect, *item.before]):
        left, right = lookup(before, key), lookup(after, key)
        ok = (key not in item.before or matches(item.before[key], left)) and (
            key not in item.expect or matches(item.expect[key], right)
        )
        rows.append(Row(key, left, right, item.before.get(key), item.expect.get(key), ok))
    return rows


def _observe(ctx: Context, item: Break, impl: str, packages: Path) -> dict[str, Any] | str:
    """The JSON object that `observe` prints last, or what went wrong in words."""
    missing = groups.missing(ctx.repo, item.group)
    if missing:
        return missing
    words = shlex.split(item.observe)
    kind: Literal["script", "command"] = "command"
    if words and words[0] in ("python", "python3"):
        kind, words = "script", words[1:]
    with scratch.scratch() as folder:
        seen = sandbox.checkout(ctx.repo, impl=impl, group=item.group)
        ended = child.run(
            ctx.repo,
            child.Program(kind, words, checks.path(ctx.repo, impl, packages)),
            view=replace(seen, reads=(*seen.reads, packages)),
            limits=_LIMITS,
            scratch=folder,
            env=checks.environment(ctx.repo, impl, packages),
            cwd=ctx.repo.root,
        )
    if ended.why:
        return f"`{item.observe}` had to be ended: {ended.why}"
    lines = [line for line in ended.output.splitlines() if line.strip()]
    for line in reversed(lines):
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict) and ended.code == 0:
            return answer
    last = lines[-1].strip() if lines else "it printed nothing"
    return f"`{item.observe}` gave no answer (exit {ended.code}): {last}"


def _caught(ctx: Context, item: Break, impl: str, sound: Path, faulty: Path) -> bool:
    lab = catching_lab(ctx, item)
    states = [
        checks.check_lab(ctx, lab, impl=impl, packages=packages, only=item.caught_by).state
        for packages in (sound, faulty)
    ]
    return states[0] == "pass" and states[1] in ("fail", "crash", "timeout")


def pending(ctx: Context, phase: Phase) -> Break:
    """The phase's first fault that isn't done, or else its first."""
    record = ctx.learner.checkpoint(phase.number)
    for item in phase.breaks:
        entry = record.breaks.get(item.id) if record else None
        if entry is None or not entry.matched or not entry.lesson:
            return item
    return phase.breaks[0]


def opening(text: str) -> list[str]:
    """The paragraphs of a break's page before it tells what will be seen, without Markdown's marks."""
    blocks: list[str] = []
    for block in text.partition(OUTCOME)[0].split("\n\n"):
        plain = block.strip()
        if plain.startswith(("# ", "> ")) or not plain:
            continue
        lines = plain.splitlines()
        listed = [
            line
            for line in lines
            if line.lstrip()[:2].rstrip(".").isdigit() or line.startswith("- ")
        ]
        parts = lines if listed else [" ".join(lines)]
        blocks += [part.replace("**", "").lstrip("# ").strip() for part in parts]
    return blocks


def predicted(item: Break, entry: BreakRecord | None) -> bool:
    """Whether all that the fault asks for was predicted; once it was seen, what was said before stands."""
    if entry is None:
        return False
    if entry.observed_at:
        return bool(entry.prediction or entry.predictions)
    if item.predict:
        return all(question.key in entry.predictions for question in item.predict)
    return bool(entry.prediction)


def predict(ctx: Context, phase: Phase, item: Break, text: str) -> BreakRecord:
    """Keeps a prediction; one that was followed by an observation is never replaced."""
    said = _enough(text, "prediction", "Say which values change and to what")
    with ctx.learner.recording(phase.number) as checkpoint:
        entry = checkpoint.breaks.setdefault(item.id, BreakRecord())
        if not entry.observed_at:
            entry.prediction, entry.predicted_at = said, store.now()
    return entry


def keep(ctx: Context, phase: Phase, item: Break, seen: Observation) -> BreakRecord:
    """Records an observation."""
    with ctx.learner.recording(phase.number) as checkpoint:
        entry = checkpoint.breaks.setdefault(item.id, BreakRecord())
        entry.before, entry.observed, entry.matched = seen.before, seen.observed, seen.matched
        entry.observed_at = store.now()
    return entry


def learn(ctx: Context, phase: Phase, item: Break, text: str) -> BreakRecord:
    """Records the lesson of a fault that has been observed."""
    said = _enough(text, "lesson", "Say what would have caught this, and why it works")
    with ctx.learner.recording(phase.number) as checkpoint:
        entry = checkpoint.breaks.setdefault(item.id, BreakRecord())
        if not entry.observed_at:
            raise CortexError(
                "there is nothing to learn from yet: the fault hasn't been observed",
                todo=f"just break {phase.number:02d} {item.id}",
                code=1,
            )
        entry.lesson, entry.lesson_at = said, store.now()
    return entry


def _enough(text: str, what: str, advice: str) -> str:
    said = " ".join(text.split())
    if len(said) < MIN_CHARACTERS:
        raise CortexError(
            f"{len(said)} characters say too little (at least {MIN_CHARACTERS})",
            field=what,
            todo=f"{advice}, in your own words.",
        )
    if says_nothing(said):
        raise CortexError(
            f"{said!r} says nothing that could be wrong",
            field=what,
            todo=f"{advice}, in your own words; a guess is as good as a calculation here.",
        )
    return said
