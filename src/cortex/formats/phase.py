"""`phase.yaml`: what a phase teaches, checks, breaks and asks. Plain dataclasses; pydantic reads them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen

from cortex.formats.conditions import Condition, parse_condition

CHANGES = ("rises", "falls", "same")  # what a value can do under a fault
STRICT = {"extra": "forbid"}
LAB_ID = re.compile(r"^\d\d\.\d{1,2}$")
SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_NUMBERED = re.compile(r"^\d\d-")
_EXPERIMENT = re.compile(r"^experiment (?P<name>[\w-]+)(?:: (?P<conditions>.+))?$")
_LAB = re.compile(r"^lab (?P<id>\d\d\.\d{1,2})$")


def _require(ok: bool, message: str) -> None:
    """Raises ValueError, which the reader turns into file, line and field, unless `ok`."""
    if not ok:
        raise ValueError(message)


def parse_experiment(text: str) -> tuple[str, list[Condition]] | None:
    """The name and conditions of `experiment NAME: metrics.x < 0.5 and metrics.y == 1`; None for another text."""
    run = _EXPERIMENT.match(text)
    if run is None:
        return None
    parts = run["conditions"].split(" and ") if run["conditions"] else []
    return run["name"], [parse_condition(part) for part in parts]


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    __pydantic_config__ = STRICT
    en: Annotated[str, MinLen(1)]
    es: Annotated[str, MinLen(1)]


@dataclass(frozen=True)
class Hours:
    """How long a phase takes: reading, labs, and the rest (breaks, experiments, quiz, journal)."""

    __pydantic_config__ = STRICT
    read: Annotated[float, Ge(0)]
    labs: Annotated[float, Ge(0)]
    rest: Annotated[float, Ge(0)]

    @property
    def total(self) -> float:
        """All of it."""
        return self.read + self.labs + self.rest

    def __str__(self) -> str:
        parts = f"{self.read:g} h reading, {self.labs:g} h labs, {self.rest:g} h the rest"
        return f"about {self.total:g} hours: {parts}"


@dataclass(frozen=True)
class TheoryPage:
    """One page of theory; `page` is relative to the phase's folder."""

    __pydantic_config__ = STRICT
    page: str
    title: str


@dataclass(frozen=True)
class Lab:
    """One lab. `writes` and `checks` are relative to the repository's root, pages to the phase's folder.

    `needs` names the theory pages that the lab stands on, in the order in which they are read. `group` names the
    dependency group whose packages the checks need (`tools/groups/NAME.txt`); empty: the core's. `timeout` (seconds),
    `memory_mb` and `processes` (threads are counted) are what its checks and all that they start may take together.
    """

    __pydantic_config__ = STRICT
    id: str
    title: str
    page: str
    checks: str
    solution: str
    writes: Annotated[list[str], MinLen(1)]
    hints: Annotated[list[str], MinLen(1)]
    needs: list[str] = field(default_factory=list)
    minutes: Annotated[int, Ge(1)] = 60
    timeout: Annotated[int, Ge(1), Le(600)] = 60
    memory_mb: Annotated[int, Ge(64)] = 1024
    processes: Annotated[int, Ge(64), Le(4096)] = 512
    group: str = ""

    def __post_init__(self) -> None:
        _require(bool(LAB_ID.match(self.id)), f"lab id {self.id!r} should look like 07.1")


@dataclass(frozen=True)
class Question:
    """One value that is predicted before it can be seen, and scored against what comes.

    `key` is looked up in what a break shows after the fault, or in an experiment's metrics. `like` is `number`, right
    no farther than `within` from what comes, or the list of choices: `[yes, no]` for a truth, words for a word.
    `of: change` asks whether the value rises, falls or stays the same under the fault. `answers` explains choices.
    """

    __pydantic_config__ = STRICT
    key: str
    asks: Words
    like: Literal["number"] | list[bool | str]
    within: float | None = None
    of: Literal["value", "change"] = "value"
    answers: dict[str, Words] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = f"predict {self.key}"
        if self.like == "number":
            _require(self.of == "value", f"{name}: of change takes choices: {', '.join(CHANGES)}")
            _require(
                self.within is not None and self.within > 0,
                f"{name}: a number needs a width, within",
            )
            _require(not self.answers, f"{name}: answers are for choices")
            return
        _require(self.within is None, f"{name}: within is for numbers")
        _require(len(set(self.choices)) >= 2, f"{name}: two different choices at least")
        _require(
            self.of == "value" or set(self.choices) <= set(CHANGES),
            f"{name}: a change is one of {', '.join(CHANGES)}",
        )
        _require(set(self.answers) <= set(self.choices), f"{name}: answers name other choices")

    @property
    def choices(self) -> list[str]:
        """The choices as they are typed; YAML reads `yes` and `no` as truths."""
        if self.like == "number":
            return []
        return [spoken(choice) for choice in self.like]


def spoken(value: object) -> str:
    """A value as a choice names it: yes or no for a truth."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _predictable(predict: list[Question], keys: Collection[str], whose: str) -> None:
    """What is predicted must be measured again by the gate, and each value is asked for once."""
    asked = [question.key for question in predict]
    _require(len(set(asked)) == len(asked), f"{whose} asks to predict one value twice")
    for key in asked:
        _require(key in keys, f"{whose} asks to predict {key}, which it doesn't hold anything to")


@dataclass(frozen=True)
class Break:
    """One injected fault, run in a throw-away copy of the packages.

    `replace: {find, with}` changes every occurrence of a text in `file` (none found is an error); `apply` names a
    script, relative to the phase's folder, that is called with the copy of the file. `observe` is run from the
    repository's root, before and after; the last line it prints is a JSON object, held against `before` and `expect`.
    `predict` asks for values of `expect`; without it a prediction in words is asked for. `group` is as in a lab.
    """

    __pydantic_config__ = STRICT
    id: str
    title: str
    page: str
    file: str
    observe: str
    expect: dict[str, Any]
    caught_by: str
    before: dict[str, Any] = field(default_factory=dict)
    replace: dict[str, str] = field(default_factory=dict)
    apply: str | None = None
    predict: list[Question] = field(default_factory=list)
    group: str = ""

    def __post_init__(self) -> None:
        _require(
            bool(SLUG.match(self.id)), f"break id {self.id!r} should look like overwrite-gradient"
        )
        _require(
            bool(self.replace) != bool(self.apply),
            f"break {self.id} needs exactly one of replace and apply",
        )
        _require(
            not self.replace or set(self.replace) == {"find", "with"},
            f"break {self.id}: replace takes find and with",
        )
        _require(bool(self.expect), f"break {self.id} expects nothing, so nothing would show it")
        _predictable(self.predict, self.expect, f"break {self.id}")


@dataclass(frozen=True)
class Experiment:
    """`experiments/NN/topic/run.py` for the id NN-topic; its run leaves a manifest. `replay` metrics are re-measured by the gate.

    `uses` names experiments whose newest run that counts is handed to this one (`--uses ID=FOLDER`) and stands in its
    manifest as an input; `predict` asks for metrics of `replay` before the first run; `group` is as in a lab.
    With `own_seed` each learner's runs begin with a seed of their own, drawn from the name; the reference's with `seed`.
    """

    __pydantic_config__ = STRICT
    id: str
    title: str
    seconds: Annotated[int, Ge(1)] = 10
    seed: int = 42
    own_seed: bool = False
    replay: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    predict: list[Question] = field(default_factory=list)
    group: str = ""

    def __post_init__(self) -> None:
        keys = {name.removeprefix("metrics.") for name in self.replay}
        _predictable(self.predict, keys, f"experiment {self.id}")
        _require(
            all(question.of == "value" for question in self.predict),
            f"experiment {self.id}: a change is of a fault; an experiment has values",
        )


@dataclass(frozen=True)
class Done:
    """One line of the definition of done; `by` says what proves it."""

    __pydantic_config__ = STRICT
    id: str
    says: str
    by: str

    def __post_init__(self) -> None:
        self.proof()

    def proof(self) -> tuple[Literal["lab", "experiment", "attest"], str, list[Condition]]:
        """The kind of proof, its subject, and its conditions: ("experiment", "07-tense-identity", [...])."""
        if self.by == "attest":
            return "attest", self.id, []
        lab = _LAB.match(self.by)
        if lab:
            return "lab", lab["id"], []
        run = parse_experiment(self.by)
        if run:
            return "experiment", *run
        raise ValueError(
            f"done {self.id}: {self.by!r} is no proof: write `lab 07.1`, "
            "`experiment NAME: metrics.x < 0.5 and metrics.y == 1`, or `attest`"
        )


@dataclass(frozen=True)
class Figure:
    """An SVG that a script draws; both relative to the phase's folder."""

    __pydantic_config__ = STRICT
    file: str
    script: str


@dataclass(frozen=True)
class Phase:
    """The whole file."""

    __pydantic_config__ = STRICT
    number: Annotated[int, Ge(0), Le(41)]
    slug: str
    title: Words
    about: Words
    requires: list[int]
    teaches: Annotated[list[str], MinLen(1)]
    hours: Hours
    theory: Annotated[list[TheoryPage], MinLen(1)]
    labs: Annotated[list[Lab], MinLen(1)]
    breaks: Annotated[list[Break], MinLen(1)]
    done: Annotated[list[Done], MinLen(1)]
    experiments: list[Experiment] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def __post_init__(self) -> None:
        _require(
            bool(SLUG.match(self.slug)),
            f"slug {self.slug!r} should be lower-case words joined by -",
        )
        _require(
            all(0 <= n < 42 and n != self.number for n in self.requires),
            f"requires {self.requires} names an impossible phase",
        )
        _require(len({lab.id for lab in self.labs}) == len(self.labs), "two labs have the same id")
        for lab in self.labs:
            _require(
                lab.id.startswith(f"{self.number:02d}."),
                f"lab {lab.id} doesn't belong to phase {self.number:02d}",
            )
            # The folder tells whose checks catch a fault, so that nothing has to look through all phases.
            _require(
                lab.checks.startswith(f"tests/labs/phase_{self.number:02d}/"),
                f"the checks of lab {lab.id} should lie in tests/labs/phase_{self.number:02d}/",
            )
            unknown = set(lab.needs) - {page.page for page in self.theory}
            _require(
                not unknown, f"lab {lab.id} needs {min(unknown, default='')}, which isn't in theory"
            )
        runs = {run.id for run in self.experiments}
        for name in runs:
            _require(
                not _NUMBERED.match(name) or name.startswith(f"{self.number:02d}-"),
                f"experiment {name} doesn't belong to phase {self.number:02d}",
            )
        for line in self.done:
            kind, subject, _ = line.proof()
            _require(
                kind != "lab" or subject in {lab.id for lab in self.labs},
                f"done {line.id} names lab {subject}, which isn't listed",
            )
            _require(
                kind != "experiment" or subject in runs,
                f"done {line.id} names experiment {subject}, which isn't listed",
            )

    def path(self) -> list[TheoryPage | Lab]:
        """Pages and labs in the order of the work: every page up to the last that a lab needs, the lab, and so on."""
        steps: list[TheoryPage | Lab] = []
        left = list(self.theory)
        for lab in self.labs:
            last = max((i + 1 for i, page in enumerate(left) if page.page in lab.needs), default=0)
            steps += [*left[:last], lab]
            del left[:last]
        if not any(lab.needs for lab in self.labs):
            return [*left, *self.labs]
        return [*steps, *left]

    def reading(self, lab: Lab) -> list[str]:
        """The theory pages that stand right before a lab on the path."""
        path = self.path()
        before = path[: path.index(lab)]
        last = max((i + 1 for i, step in enumerate(before) if isinstance(step, Lab)), default=0)
        return [step.page for step in before[last:]]

    @property
    def folder(self) -> str:
        """The phase's folder, relative to the root."""
        return f"docs/phase-{self.number:02d}-{self.slug}"

    @property
    def quiz(self) -> str:
        """The phase's quiz, relative to the root."""
        return f"{self.folder}/quiz.yaml"

    @property
    def mutants(self) -> str:
        """The wrong implementations that the phase's checks must catch, relative to the root."""
        return f"{self.folder}/mutants.yaml"

    @property
    def claims(self) -> str:
        """What holds the phase's causal claims, relative to the root."""
        return f"{self.folder}/claims.yaml"

    @property
    def proof(self) -> str:
        """What was proved about the phase, and about which inputs, relative to the root."""
        return f"{self.folder}/proof.json"

    @property
    def seal(self) -> str:
        """The digests of what the phase's gate relies on, relative to the root."""
        return f"{self.folder}/seal.json"


@dataclass(frozen=True)
class Planned:
    """A phase that isn't shipped yet: a row of data/planned.yaml."""

    __pydantic_config__ = STRICT
    number: Annotated[int, Ge(0), Le(41)]
    slug: str
    title: Words
    about: Words
    requires: list[int]
    teaches: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PlannedFile:
    """data/planned.yaml."""

    __pydantic_config__ = STRICT
    phases: list[Planned]
