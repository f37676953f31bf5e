"""The assistant's files: they parse, they call only what exists, and they leave the rules to cortex."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main
import yaml

from cortex.files.repo import Repo
from cortex.record.learner import Learner

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "data" / "claude-settings.schema.json").read_text())
COMMANDS = {"phase-start", "phase-checkpoint", "phase-report", "derive", "break", "quiz"}
AGENTS = {
    "math-reviewer",
    "numerical-stability-checker",
    "phase-gatekeeper",
    "journal-summarizer",
}
# Fields that Claude Code reads; a misspelt one is ignored without a word.
COMMAND_FIELDS = {"description", "argument-hint", "allowed-tools", "model"}
AGENT_FIELDS = {"name", "description", "tools", "model"}
AGENT_TOOLS = {"Bash", "Edit", "Glob", "Grep", "Read", "Write"}

_CALL = re.compile(r"""^(?:(?:"\$CLAUDE_PROJECT_DIR"/)?\.venv/bin/|\./)?(cortex|just)\s+(\S.*)$""")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_RULE = re.compile(r"Bash\(([^()]+)\)")
_PERCENT = re.compile(r"\d\s?(?:%|percent)")
_POSITIONAL = re.compile(r"\$(?:\d|ARGUMENTS\[)")


@dataclass(frozen=True)
class Call:
    """One call of cortex or just, as a file writes it; a `rule` is a permission pattern."""

    where: str
    program: str
    rest: str
    rule: bool = False

    def __str__(self) -> str:
        return f"{self.where}: `{self.program} {self.rest}`"


# --- reading -------------------------------------------------------------------------------------


def assistant_files(root: Path) -> list[Path]:
    """Every file that speaks to an assistant."""
    own = [root / "CLAUDE.md", root / "AGENTS.md"]
    return own + sorted(
        path
        for path in (root / ".claude").rglob("*")
        if path.suffix in (".md", ".json") and path.name != "settings.local.json"
    )


def front_matter(path: Path) -> tuple[dict[str, Any], str]:
    """The YAML head and the body. Raises ValueError where there is no head."""
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ValueError(f"{path.name}: no front matter between two lines of ---")
    head = yaml.safe_load(parts[1])
    if not isinstance(head, dict):
        raise ValueError(f"{path.name}: the front matter is no mapping")
    return head, parts[2]


def _pieces(path: Path, text: str) -> Iterator[tuple[int, str, bool]]:
    """Line number, text and whether it is a permission rule, for everything that may be a call."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        yield from ((number, rule, True) for rule in _RULE.findall(line))
        if path.suffix == ".md":
            spans = [line.strip()] if fenced else _SPAN.findall(line)
            yield from ((number, span, False) for span in spans if not span.startswith("Bash("))


def calls(root: Path, path: Path) -> list[Call]:
    """The calls of cortex and just in one file."""
    text = path.read_text(encoding="utf-8")
    pieces = list(_pieces(path, text))
    if path.suffix == ".json":
        entries = json.loads(text).get("hooks", {}).values()
        hooks = [hook for event in entries for matcher in event for hook in matcher["hooks"]]
        pieces += [(0, hook["command"], False) for hook in hooks]
    found = []
    for number, piece, rule in pieces:
        match = _CALL.match(piece)
        if match and not match[2].startswith("..."):
            where = f"{path.relative_to(root)}:{number}"
            found.append(Call(where, match[1], match[2], rule))
    return found


def all_calls(root: Path) -> list[Call]:
    """The calls of all files."""
    return [call for path in assistant_files(root) for call in calls(root, path)]


# --- what is wrong -------------------------------------------------------------------------------


def command_problems(root: Path) -> list[str]:
    """What is wrong with the slash commands."""
    problems = []
    for path in sorted((root / ".claude" / "commands").glob("*.md")):
        try:
            head, body = front_matter(path)
        except (ValueError, yaml.YAMLError) as error:
            problems.append(f"{path.name}: {error}")
            continue
        problems += [f"{path.name}: unknown field {name}" for name in set(head) - COMMAND_FIELDS]
        if not str(head.get("description") or "").strip():
            problems.append(f"{path.name}: no description")
        problems += _tool_problems(path.name, head.get("allowed-tools"))
        if _POSITIONAL.search(body):
            problems.append(
                f"{path.name}: numbered arguments count from 0 or from 1, depending on the "
                "version: use $ARGUMENTS"
            )
        if ("$ARGUMENTS" in body) != bool(head.get("argument-hint")):
            problems.append(f"{path.name}: argument-hint and $ARGUMENTS go together")
        if "argument-hint" in head and not isinstance(head["argument-hint"], str):
            problems.append(f"{path.name}: argument-hint must be quoted, [..] is a list in YAML")
        problems += _json_problems(root, path)
    return problems


def _tool_problems(name: str, tools: object) -> list[str]:
    if not isinstance(tools, str):
        return [f"{name}: allowed-tools must be a line of rules"]
    rules = [rule.strip() for rule in re.split(r",(?![^()]*\))", tools)]
    pattern = re.compile(SCHEMA["$defs"]["rule"]["pattern"])
    problems = [f"{name}: {rule!r} is no tool rule" for rule in rules if not pattern.match(rule)]
    wide = {"Bash", "Bash(*)", "Edit"} & set(rules)
    return problems + [f"{name}: {rule} allows everything" for rule in sorted(wide)]


def agent_problems(root: Path) -> list[str]:
    """What is wrong with the agents."""
    problems = []
    for path in sorted((root / ".claude" / "agents").glob("*.md")):
        try:
            head, body = front_matter(path)
        except (ValueError, yaml.YAMLError) as error:
            problems.append(f"{path.name}: {error}")
            continue
        problems += [f"{path.name}: unknown field {name}" for name in set(head) - AGENT_FIELDS]
        if head.get("name") != path.stem:
            problems.append(f"{path.name}: name is {head.get('name')!r}, the file says otherwise")
        if not str(head.get("description") or "").strip():
            problems.append(f"{path.name}: no description")
        tools = {tool.strip() for tool in str(head.get("tools") or "").split(",")}
        problems += [f"{path.name}: {tool!r} is no tool" for tool in sorted(tools - AGENT_TOOLS)]
        if {"Edit", "Write"} & tools:
            problems.append(f"{path.name}: a reviewer changes no file")
        if "$ARGUMENTS" in body or _POSITIONAL.search(body):
            problems.append(f"{path.name}: an agent takes no arguments")
        problems += _json_problems(root, path)
    return problems


def _json_problems(root: Path, path: Path) -> list[str]:
    spoken = [c for c in calls(root, path) if c.program == "cortex" and not c.rule]
    if not spoken:
        return [f"{path.name}: asks cortex nothing, so where do its facts come from?"]
    return [f"{call}: add --json" for call in spoken if "--json" not in call.rest.split()]


def reference_problems(root: Path) -> list[str]:
    """Slash commands and agents that a text names and that don't exist."""
    problems = []
    for path in assistant_files(root):
        if path.suffix != ".md":
            continue
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"`/([a-z][a-z-]*)[ `]", text):
            if not (root / ".claude" / "commands" / f"{name}.md").is_file():
                problems.append(f"{path.name}: there is no command /{name}")
        for name in re.findall(r"`([a-z-]+)` agent", text):
            if not (root / ".claude" / "agents" / f"{name}.md").is_file():
                problems.append(f"{path.name}: there is no agent {name}")
    return problems


def restated_limits(root: Path) -> list[str]:
    """Percentages in prose: marks and limits are cortex's to know."""
    return [
        f"{path.name}:{number}: {line.strip()}"
        for path in assistant_files(root)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _PERCENT.search(line)
    ]


def settings_problems(root: Path) -> list[str]:
    """What the schema refuses in the settings."""
    settings = json.loads((root / ".claude" / "settings.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(SCHEMA)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(settings)]


@cache
def cortex_tree() -> Any:
    """The root command of cortex, as click sees it."""
    from cortex.cli import app

    return typer.main.get_command(app)


@cache
def just_recipes() -> frozenset[str]:
    """The recipes of the Justfile."""
    just = shutil.which("just") or shutil.which("just", path=str(ROOT / ".cache/tools/bin"))
    if just is None:
        pytest.skip("just is neither on PATH nor in .cache/tools/bin: run ./just setup")
    command = [just, "--justfile", str(ROOT / "Justfile"), "--summary"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert run.returncode == 0, run.stderr
    return frozenset(run.stdout.split())


def call_problem(call: Call) -> str | None:
    """Why a call couldn't run as written, or None."""
    words = shlex.split(call.rest)
    if call.program == "just":
        known = words[0] == "*" or words[0] in just_recipes()
        return None if known else f"{call}: the Justfile has no recipe {words[0]}"
    node, name = cortex_tree(), "cortex"
    while hasattr(node, "commands") and words and words[0] != "*":
        if words[0].startswith("-"):
            break
        if words[0] not in node.commands:
            have = ", ".join(sorted(node.commands)) or "none yet"
            return f"{call}: {name} has no command {words[0]} (it has: {have})"
        node, name = node.commands[words[0]], f"{name} {words[0]}"
        words = words[1:]
    if call.rule or not words:
        # A pattern, or a command that is only mentioned by its name.
        return None
    return _argument_problem(call, name, node, words)


def _argument_problem(call: Call, name: str, node: Any, words: list[str]) -> str | None:
    options = {
        flag: param
        for param in node.params
        if param.param_type_name == "option"
        for flag in (*param.opts, *param.secondary_opts)
    }
    given = 0
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            given += 1
        elif word not in options:
            return f"{call}: {name} has no option {word} (it has: {', '.join(sorted(options))})"
        elif not options[word].is_flag:
            if not words:
                return f"{call}: {word} takes a value"
            words.pop(0)
    arguments = [param for param in node.params if param.param_type_name == "argument"]
    least = sum(param.required for param in arguments)
    most = len(arguments)
    if not least <= given <= most:
        return f"{call}: {name} takes {least} to {most} arguments, not {given}"
    return None


def call_problems(root: Path) -> list[str]:
    """Every call that couldn't run as written."""
    return [problem for call in all_calls(root) if (problem := call_problem(call))]


# --- as shipped ----------------------------------------------------------------------------------


def test_the_six_commands_and_four_agents_are_there() -> None:
    assert {path.stem for path in (ROOT / ".claude/commands").glob("*.md")} == COMMANDS
    assert {path.stem for path in (ROOT / ".claude/agents").glob("*.md")} == AGENTS


@pytest.mark.parametrize(
    "problems",
    [
        command_problems,
        agent_problems,
        reference_problems,
        restated_limits,
        settings_problems,
        call_problems,
    ],
    ids=lambda function: function.__name__,
)
def test_the_shipped_files_have_no(problems: Any) -> None:
    found = problems(ROOT)
    assert not found, "\n" + "\n".join(found)


def test_the_contract_is_short_enough_to_be_read_and_names_every_exit_code() -> None:
    text = (ROOT / "CLAUDE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert re.search(r"0\*\* done, \*\*1\*\* not done yet .*\*\*2\*\* wrong usage", text)


def test_the_contract_covers_every_command_that_a_learner_meets() -> None:
    named = {call.rest.split()[0] for call in calls(ROOT, ROOT / "CLAUDE.md")}
    hidden = {"dev", "mcp", "portal"}
    assert set(cortex_tree().commands) - hidden <= named


def test_agents_md_points_to_files_that_exist() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "AGENTS.md").read_text(encoding="utf-8"))
    assert links
    assert all((ROOT / link).is_file() for link in links)


# --- permissions ---------------------------------------------------------------------------------


def decide(command: str) -> str:
    """What the settings say about a shell command: deny before ask before allow, as documented."""
    settings = json.loads((ROOT / ".claude" / "settings.json").read_text(encoding="utf-8"))
    for verdict in ("deny", "ask", "allow"):
        for rule in settings["permissions"][verdict]:
            match = _RULE.fullmatch(rule)
            if match and _glob(match[1]).fullmatch(command):
                return verdict
    return "default"


def _glob(pattern: str) -> re.Pattern[str]:
    # A trailing " *" also matches the bare command: the documentation's word boundary.
    bare = pattern.endswith(" *")
    text = pattern.removesuffix(" *") if bare else pattern
    body = ".*".join(re.escape(part) for part in text.split("*"))
    return re.compile(body + ("( .*)?" if bare else ""), re.DOTALL)


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        ("cortex status --json", "allow"),
        (".venv/bin/cortex check 07.1 --json", "allow"),
        ("./just check 07.1", "allow"),
        ("just", "allow"),
        ("git status", "allow"),
        ("git diff src/minigrad/scalar.py", "allow"),
        ("git log --oneline", "allow"),
        ("cortex solution 07.1 --json", "ask"),
        ("./just solution 07.1", "ask"),
        ("cortex reset 07.1 --yes --json", "ask"),
        ("cortex attest 07 explained --says 'x' --json", "ask"),
        ("git commit -m 'lab: phase-07 operations'", "ask"),
        ("git push", "ask"),
        ("rm -rf src", "ask"),
        ("mv a b", "ask"),
        ("git commit --no-verify -m x", "deny"),
        ("git commit -m x --no-verify", "deny"),
        ("git commit -n -m x", "deny"),
        ("git commit -nm x", "deny"),
        ("git commit -m x -n", "deny"),
        ("git push --no-verify", "deny"),
        ("git push --force", "deny"),
        ("git push origin main --force-with-lease", "deny"),
        ("git push -f", "deny"),
        ("git push origin main -f", "deny"),
        ("git push origin +main", "deny"),
        ("git config core.hooksPath /dev/null", "deny"),
        ("git -c core.hooksPath=/dev/null commit -m x", "deny"),
        ("SKIP=ruff git commit -m x", "deny"),
        ("git show HEAD:solutions/minigrad/scalar.py", "deny"),
        ("git log -p -- solutions/minigrad", "deny"),
        ("git diff HEAD~1 -- docs/phase-07-scalar-autograd/solutions/01-operations.md", "deny"),
        ("git show HEAD:data/quizzes/phase-07-scalar-autograd.yaml", "deny"),
        ("git show HEAD:docs/phase-07-scalar-autograd/quiz.yaml", "deny"),
        ("git log -p docs/phase-07-scalar-autograd/quiz.md", "deny"),
        ("git diff HEAD~1 -- docs/phase-07-scalar-autograd/mutants.yaml", "deny"),
        ("git grep right HEAD -- docs/phase-07-scalar-autograd/claims.yaml", "deny"),
        ("git cat-file -p HEAD:docs/phase-07-scalar-autograd/proof.json", "deny"),
        ("git show main:docs/phase-07-scalar-autograd/seal.json", "deny"),
        ("git log -p -- docs/phase-07-scalar-autograd/theory", "allow"),
        ("python -c 'print(1)'", "default"),
    ],
)
def test_the_settings_decide(command: str, verdict: str) -> None:
    assert decide(command) == verdict


def test_closed_folders_and_the_learners_packages_are_shut_to_file_tools() -> None:
    from cortex.files.packages import NAMES

    settings = json.loads((ROOT / ".claude" / "settings.json").read_text(encoding="utf-8"))
    closed = {"solutions", "docs/*/solutions", "data/quizzes"}
    written = {f"src/{package}" for package in NAMES}
    kept = ("quiz.yaml", "seal.json", "proof.json", "mutants.yaml", "claims.yaml")
    expected = {f"Read(/{folder}/**)" for folder in closed}
    expected |= {f"Read(/docs/*/{name})" for name in kept}
    expected |= {f"Edit(/{folder}/**)" for folder in written | {"tests/labs"}}
    assert expected <= set(settings["permissions"]["deny"])


def test_local_settings_stay_out_of_git() -> None:
    assert ".claude/settings.local.json" in (ROOT / ".gitignore").read_text().split()


def stop_hook(folder: Path, learner: str) -> str:
    """What the hook of the settings prints, started in a folder as Claude Code starts it."""
    if not (ROOT / ".venv/bin/cortex").exists():
        pytest.skip("no .venv/bin/cortex: run ./just setup")
    settings = json.loads((ROOT / ".claude" / "settings.json").read_text(encoding="utf-8"))
    (matcher,) = settings["hooks"]["Stop"]
    (hook,) = matcher["hooks"]
    run = subprocess.run(
        ["/bin/sh", "-c", hook["command"]],
        cwd=folder,
        env=os.environ | {"CLAUDE_PROJECT_DIR": str(ROOT), "CORTEX_LEARNER": learner},
        input='{"hook_event_name": "Stop"}',
        capture_output=True,
        text=True,
        check=False,
        timeout=hook["timeout"],
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("folder", [".", "docs"])
def test_the_stop_hook_is_silent_for_somebody_who_has_not_begun(folder: str) -> None:
    assert stop_hook(ROOT / folder, "nobody-yet") == ""


def test_the_stop_hook_reminds_where_it_is_seen(tiny: Repo) -> None:
    """Plain text of a Stop hook is shown to nobody; `systemMessage` is what the learner sees."""
    Learner(tiny, "ada").create()
    said = json.loads(stop_hook(tiny.root, "ada"))
    assert list(said) == ["systemMessage"]
    assert said["systemMessage"].startswith("No journal entry for ")


# --- damaged copies ------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the assistant's files."""
    shutil.copytree(ROOT / ".claude", tmp_path / ".claude")
    for name in ("CLAUDE.md", "AGENTS.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "problems", "says"),
    [
        ("commands/quiz.md", "---\ndesc", "desc", command_problems, "no front matter"),
        ("commands/quiz.md", "description:", "descripton:", command_problems, "no description"),
        ("commands/quiz.md", "description:", "description: [", command_problems, "while parsing"),
        ("commands/quiz.md", 'hint: "[NN]"', "hint: [NN]", command_problems, "must be quoted"),
        ("commands/quiz.md", "`$ARGUMENTS`", "NN", command_problems, "go together"),
        ("commands/quiz.md", "`$ARGUMENTS`", "$1 $ARGUMENTS", command_problems, "count from"),
        ("commands/quiz.md", " Read, Write", " Raed", command_problems, "'Raed' is no tool rule"),
        ("commands/quiz.md", " Read, Write", " Bash", command_problems, "allows everything"),
        ("commands/quiz.md", "quiz NN --json`", "quiz NN`", command_problems, "add --json"),
        ("agents/math-reviewer.md", "name: math", "name: maths", agent_problems, "says otherwise"),
        ("agents/math-reviewer.md", "Grep,", "Search,", agent_problems, "'Search' is no tool"),
        ("agents/math-reviewer.md", "Grep,", "Write,", agent_problems, "changes no file"),
        ("agents/math-reviewer.md", "tools:", "tool:", agent_problems, "unknown field tool"),
        ("commands/derive.md", "`math-reviewer`", "`maths`", reference_problems, "no agent maths"),
        ("commands/phase-report.md", "`/phase-start`", "`/go`", reference_problems, "command /go"),
        ("commands/quiz.md", "passed.", "at least 70 %.", restated_limits, "70 %"),
        ("settings.json", '"deny"', '"forbid"', settings_problems, "forbid"),
        ("settings.json", '"Stop"', '"OnStop"', settings_problems, "OnStop"),
        ("settings.json", "Read(/sol", "Write(/sol", settings_problems, "Write(/sol"),
        ("settings.json", '"timeout": 10', '"timeout": "10s"', settings_problems, "10s"),
        ("settings.json", "journal --rem", "jurnal --rem", call_problems, "no command jurnal"),
        ("settings.json", "(cortex solution", "(cortex solve", call_problems, "no command solve"),
        ("settings.json", "(just solution", "(just solve", call_problems, "no recipe solve"),
        ("commands/quiz.md", "--answers .c", "--answer .c", call_problems, "no option --answer "),
        ("commands/quiz.md", "`cortex quiz NN --j", "`cortex quiz --j", call_problems, "arguments"),
        ("commands/break.md", "break NN ID --pr", "break NN ID X --pr", call_problems, "arguments"),
        ("agents/phase-gatekeeper.md", "manifest diff", "manifest cmp", call_problems, "cmp"),
    ],
)
def test_damage_is_seen(
    copy: Path, file: str, old: str, new: str, problems: Any, says: str
) -> None:
    path = copy / ".claude" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert says in "\n".join(problems(copy))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Run `cortex frobnicate NN --json`.", "has no command frobnicate"),
        ("```sh\n./just frobnicate\n```", "has no recipe frobnicate"),
        ("Run `.venv/bin/cortex status --loud`.", "has no option --loud"),
    ],
)
def test_a_made_up_call_in_the_contract_is_seen(copy: Path, text: str, says: str) -> None:
    with (copy / "CLAUDE.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    assert says in "\n".join(call_problems(copy))
