"""`learners/<name>/profile.yaml`: who is learning, and in which language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cortex.formats.phase import STRICT


@dataclass
class Profile:
    """`name` is shown, the folder's name identifies; `language` is that of quiz prompts and abstracts."""

    __pydantic_config__ = STRICT
    name: str
    started: str
    language: Literal["en", "es"] = "en"
    schema: int = 1
