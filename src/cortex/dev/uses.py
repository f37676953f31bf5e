"""Whether what experiments use of each other can be had: `uses` in phase.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from cortex.dev import graph
from cortex.dev.problem import Problem
from cortex.files.curriculum import Curriculum


def problems(curriculum: Curriculum) -> Iterator[Problem]:
    """Uses of experiments that aren't shipped, that a learner may not have run by then, or that go in a circle."""
    phases = curriculum.shipped.values()
    home = {run.id: phase for phase in phases for run in phase.experiments}
    requires = {entry.number: entry.requires for entry in curriculum.everything}
    for phase in phases:
        before = {phase.number, *graph.reached(requires, phase.number)}
        file = f"{phase.folder}/phase.yaml"
        for run in phase.experiments:
            for used in run.uses:
                owner = home.get(used)
                if owner is None:
                    yield Problem(
                        file,
                        f"experiment {run.id} uses {used}, which no shipped phase lists",
                        "Correct `uses`, or list that experiment.",
                    )
                elif owner.number not in before:
                    yield Problem(
                        file,
                        f"experiment {run.id} uses {used}, but phase {phase.number:02d} doesn't build on phase {owner.number:02d}",
                        f"Add {owner.number} to `requires`, or take {used} out of `uses`.",
                    )
    uses = {run.id: run.uses for phase in phases for run in phase.experiments}
    found = graph.circle(uses)
    if found:
        yield Problem(
            f"{home[found[0]].folder}/phase.yaml",
            f"experiments use each other in a circle: {' -> '.join(found)}",
            "Take one of them out of a `uses`.",
        )
