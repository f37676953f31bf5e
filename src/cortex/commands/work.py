"""Commands."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
