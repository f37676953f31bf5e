"""One seed for every generator of this process, and an environment for the processes it starts.

What a seed can't reach: the order in which threads add floats, operations that a GPU leaves unordered, generators
that own their state (`numpy.random.default_rng`, `random.Random`), and the hash seed of this very process.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import random
import subprocess  # nosec B404
from collections.abc import Mapping
from types import ModuleType

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""The variables that OpenMP, OpenBLAS and MKL read, once, when they are loaded."""


def _optional(name: str) -> ModuleType | None:
    """The module, or None where it isn't installed. Importing torch takes seconds: ask only when you need it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# Lab 00.3 - the test of a seed that all three functions share, if you want one: write it here


def seed_everything(seed: int) -> None:
    """Seeds the global generators of `random`, of numpy (the legacy one) and of torch, those that can be imported.

    It can't set the hash seed: CPython reads PYTHONHASHSEED before it runs the first line of Python, so only the
    process that starts this one can choose it. Use `child_env` there. It doesn't write to `os.environ`, which would
    look like a cure and be none. Generators from `numpy.random.default_rng` have their own state: seed those where
    you make them.

    Args:
        seed: 0 <= seed < 2**32, the range that numpy's legacy generator accepts.

    Raises:
        TypeError: the seed isn't an int; a bool isn't one here.
        ValueError: the seed is out of range.
    """
    raise NotImplementedError("Lab 00.3 - seed_everything")


def child_env(seed: int, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which a child process repeats itself.

    Args:
        seed: 0 <= seed < 2**32; becomes PYTHONHASHSEED. 0 is a fixed hash seed too: it switches the randomization off.
        base: what to start from; `os.environ` by default. It isn't changed.

    Returns:
        A new dict: `base` with PYTHONHASHSEED set and each variable of `THREADS` at "1", so that sums of floats are
        added in one order. All values are strings. A child started with `python -E` or `python -I` ignores it.

    Raises:
        TypeError, ValueError: as `seed_everything`.
    """
    raise NotImplementedError("Lab 00.3 - child_env")


def log_versions() -> dict[str, str]:
    """The versions that can change a number: python, numpy, scipy, torch, and uv, which resolved the others.

    Reads the installed packages' metadata; imports none of them. Never raises.

    Returns:
        Five keys, values such as "3.11.9"; "not installed" for what is missing or doesn't answer within 5 seconds.
    """
    raise NotImplementedError("Lab 00.3 - log_versions")
