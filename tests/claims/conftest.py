"""What holds the pages' claims runs on the reference, whatever a learner has written."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "solutions"))
