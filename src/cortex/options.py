"""Options that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
LearnerName = Annotated[
    str, typer.Option("--learner", help="Whose record; else CORTEX_LEARNER, else the current one.")
]
Impl = Annotated[str, typer.Option("--impl", help="learner (src/) or reference (solutions/).")]
PhaseNumber = Annotated[str, typer.Argument(metavar="NN", help="The phase, 00 to 41.")]
LabId = Annotated[str, typer.Argument(metavar="NN.M", help="The lab, such as 07.1.")]
