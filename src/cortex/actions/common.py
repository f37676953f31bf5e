"""What several actions need: the phase that is meant, and a record of progress that hides no answer."""

from __future__ import annotations

import contextlib

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.curriculum import parse_number
from cortex.formats.phase import Phase
from cortex.standing.overview import write_progress
from cortex.standing.progress import progress


def find_phase(ctx: Context, number: str) -> Phase:
    """The phase as it was typed: `7` or `07`."""
    return ctx.curriculum.phase(parse_number(number))


def keep_progress(ctx: Context) -> None:
    """Regenerates the summary; a file that can't be read there never hides the action's own answer."""
    with contextlib.suppress(CortexError):
        write_progress(ctx)


def next_step(ctx: Context, phase: Phase) -> str:
    """What the learner does now in this phase."""

    return progress(ctx, phase).next_step
