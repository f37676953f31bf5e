"""What a command works on: the checkout, the curriculum, the learner; each read when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cortex.files.curriculum import Curriculum, load_curriculum
from cortex.files.repo import Repo, find_repo
from cortex.record.learner import Learner, current_learner


@dataclass(frozen=True)
class Context:
    """One command's view of the world.

    Attributes:
        recorded_in: the checkout whose records count, where the code lies elsewhere (in an export).
        taught_in: the export whose phases count, for a checkout whose memory of them isn't to be believed.
    """

    learner_name: str = ""
    checkout: Repo | None = None
    recorded_in: Repo | None = None
    taught_in: Repo | None = None

    @cached_property
    def repo(self) -> Repo:
        """The checkout that is named, else the one around the working directory."""
        return self.checkout or find_repo()

    @cached_property
    def curriculum(self) -> Curriculum:
        """All phases."""
        return load_curriculum(self.taught_in or self.repo)

    @cached_property
    def learner(self) -> Learner:
        """The learner that is meant."""
        return current_learner(self.recorded_in or self.repo, self.learner_name or None)
