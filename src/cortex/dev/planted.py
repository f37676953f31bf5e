"""A change that is planted in a file, so that what should notice it can be seen to: `{find, with}`, found exactly once."""

from __future__ import annotations

from cortex.errors import CortexError


def plant(text: str, change: dict[str, str], *, whose: str, where: str) -> str:
    """The text with the change in it.

    Args:
        whose, where: for the error: `mutant gain-ignored: `, `solutions/minitorch/nn/init.py`.

    Raises:
        CortexError: `find` doesn't stand there, or more than once.
    """
    found = text.count(change["find"])
    if found != 1:
        raise CortexError(
            f"{whose}`find` occurs {found or 'no'} time{'' if found == 1 else 's'} in {where}",
            todo="Copy enough of the line, or of those around it, that it occurs once.",
        )
    return text.replace(change["find"], change["with"])
