"""Tests of the reference itself: the packages come from solutions/, whatever a learner has written."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "solutions"))
