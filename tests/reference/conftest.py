"""Tests of the reference itself: the packages come from solutions/, whatever a learner has written.

`attention` lies with the benchmark until phase 15 teaches it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "solutions"))
sys.path.append(str(ROOT / "experiments/bench-minitorch"))
