"""Commands for those who write the curriculum: `cortex dev ...`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="For those who write the curriculum.")
