"""hint, solution, quiz, journal, attest: what is shown, what is recorded, and what is refused."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Cortex, Open, clean_environment

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats import load as reading
from cortex.formats.checkpoint import Checkpoint, LabRecord
from cortex.formats.profile import Profile
from cortex.formats.quiz import Quiz
from cortex.quiz import items, review
from cortex.quiz.grading import quiz_digest
from cortex.quiz.sitting import read_answers_file
from cortex.record import attestations as attesting
from cortex.record import journal
from cortex.record.learner import Learner

LAB_PAGE = "docs/phase-00-tiny/lab/01-add.md"
THEORY_PAGE = "docs/phase-00-tiny/theory/01-adding.md"


@pytest.fixture
def ada(tiny: Repo) -> Learner:
    return Learner(tiny, "ada")


def recorded(learner: Learner) -> Checkpoint:
    checkpoint = learner.checkpoint(0)
    assert checkpoint is not None
    return checkpoint


def widest(text: str) -> int:
    return max((len(line) for line in text.splitlines()), default=0)


# hint


def test_hints_open_one_at_a_time_and_each_opening_is_recorded(
    cortex: Cortex, ada: Learner
) -> None:
    first = cortex("hint", "00.1")
    assert (first.code, first.err) == (0, "")
    assert first.out == "Lab 00.1  hint 1 of 3\n  How many numbers go in?\n→ just check 00.1\n"
    assert len(recorded(ada).labs["00.1"].hints) == 1
    second = cortex("hint", "00.1", "--json").json
    assert (second["hints"], second["opened"], second["count"]) == (["One comes out."], 2, 3)
    assert second["elsewhere"] == []


def test_again_shows_the_open_hints_and_opens_none(cortex: Cortex, ada: Learner) -> None:
    none = cortex("hint", "00.1", "--again")
    assert none.out == "No hint of lab 00.1 is open yet; there are 3.\n→ just check 00.1\n"
    assert ada.checkpoint(0) is None
    cortex("hint", "00.1")
    cortex("hint", "00.1")
    again = cortex("hint", "00.1", "--again", "--json")
    assert (again.code, again.json["hints"]) == (0, ["How many numbers go in?", "One comes out."])
    assert len(recorded(ada).labs["00.1"].hints) == 2


def test_after_the_last_hint_it_says_where_else_to_look(cortex: Cortex, ada: Learner) -> None:
    for _ in range(2):
        cortex("hint", "00.1")
    last = cortex("hint", "00.1")
    assert (last.code, last.out) == (
        0,
        "Lab 00.1  hint 3 of 3\n  It is a + b.\nThat was the last. Then look here:\n"
        f"  {LAB_PAGE}\n  {THEORY_PAGE}\n→ just check 00.1\n",
    )
    over = cortex("hint", "00.1")
    assert (over.code, over.out) == (
        1,
        "All 3 hints of lab 00.1 are open (--again shows them).\nLook elsewhere now:\n"
        f"  {LAB_PAGE}\n  {THEORY_PAGE}\n→ just check 00.1\n",
    )
    assert len(recorded(ada).labs["00.1"].hints) == 3


def test_a_hint_of_an_unknown_lab_names_the_labs_there_are(cortex: Cortex) -> None:
    said = cortex("hint", "00.7")
    assert (said.code, said.err) == (2, "cortex: there is no lab 00.7\nPhase 00 has 00.1.\n")


# solution


def test_a_solution_stays_shut_before_an_attempt(cortex: Cortex, ada: Learner) -> None:
    said = cortex("solution", "00.1")
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "cortex: lab 00.1 hasn't been attempted yet, so its solution stays shut\n"
        "First `just check 00.1`, or `just hint 00.1`. --anyway opens it, recorded.\n"
    )
    assert ada.checkpoint(0) is None
    refused = cortex("solution", "00.1", "--json")
    assert (refused.code, refused.json["ok"]) == (1, False)
    assert "a + b" not in refused.out


def test_an_early_opening_is_recorded_and_asks_for_the_learners_word(
    cortex: Cortex, ada: Learner
) -> None:
    said = cortex("solution", "00.1", "--anyway")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "docs/phase-00-tiny/solutions/01-add.md\nreference: solutions/labkit/tiny.py\n\n"
        "# Solution 00.1\n\n`a + b`.\n\n"
        "Opened before an attempt: the gate stays shut until you say why.\n"
        '→ just attest 00 solution-00.1 --says "why you looked first"\n'
    )
    record = recorded(ada).labs["00.1"]
    assert record.solution_early and record.solution_at


def test_after_an_attempt_a_solution_opens_and_only_the_first_opening_counts(
    cortex: Cortex, ada: Learner
) -> None:
    with ada.recording(0) as checkpoint:
        checkpoint.labs["00.1"] = LabRecord(attempted_at="2026-01-01T00:00:00Z")
    said = cortex("solution", "00.1", "--json").json
    assert (said["early"], said["text"]) == (False, "# Solution 00.1\n\n`a + b`.\n")
    assert said["reference"] == ["solutions/labkit/tiny.py"]
    first = recorded(ada).labs["00.1"].solution_at
    with ada.recording(0) as checkpoint:
        checkpoint.labs["00.1"].solution_at = "2026-01-02T00:00:00Z"
    cortex("solution", "00.1", "--anyway")
    record = recorded(ada).labs["00.1"]
    assert first and record.solution_at == "2026-01-02T00:00:00Z" and not record.solution_early


def test_an_attempt_after_an_early_opening_does_not_make_it_less_early(
    cortex: Cortex, ada: Learner
) -> None:
    cortex("solution", "00.1", "--anyway")
    with ada.recording(0) as checkpoint:
        checkpoint.labs["00.1"].attempted_at = "2026-01-01T00:00:00Z"
    assert cortex("solution", "00.1", "--json").json["early"] is True


# quiz: for programs

LEAKS = {"correct", "why", "answer", "accept", "rubric", "tolerance", "page", "tags", "idea"}


def keys_of(data: Any) -> set[str]:
    if isinstance(data, dict):
        return set(data) | {key for value in data.values() for key in keys_of(value)}
    if isinstance(data, list):
        return {key for value in data for key in keys_of(value)}
    return set()


def test_the_questions_tell_a_program_nothing_about_the_answers(
    cortex: Cortex, tiny: Repo, ada: Learner
) -> None:
    said = cortex("quiz", "00", "--json")
    assert said.code == 0
    assert not keys_of(said.json) & LEAKS
    quiz = reading.load(tiny.root / "docs/phase-00-tiny/quiz.yaml", Quiz)
    for item in quiz.items:
        secrets = [item.why, *(choice.why for choice in item.choices)]
        secrets += [idea.idea for idea in item.rubric]
        assert not any(secret and f'"{secret.en}"' in said.out for secret in secrets)
    order = next(item for item in said.json["items"] if item["type"] == "order")
    assert [choice["key"] for choice in order["choices"]] == ["A", "B", "C"]
    assert [choice["text"] for choice in order["choices"]] != ["1 + 1", "1 + 2", "2 + 2"]
    assert cortex("quiz", "00", "--json").out == said.out
    assert ada.checkpoint(0) is None


def test_a_key_answers_the_choice_that_it_stands_beside(cortex: Cortex, tmp_path: Path) -> None:
    items = {item["id"]: item for item in cortex("quiz", "00", "--json").json["items"]}
    key = {c["text"]: c["key"] for item in items.values() for c in item.get("choices", [])}
    given = {
        "q-00-01": key["5"],
        "q-00-02": [key["5 + 0"], key["1 + 4"]],
        "q-00-04": [key["1 + 1"], key["1 + 2"], key["2 + 2"]],
    }
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(given))
    graded = cortex("quiz", "00", "--answers", str(path), "--json").json
    assert [item["correct"] for item in graded["items"]] == [True, True, False, True, False]


def test_an_answers_file_is_graded_recorded_and_makes_cards(
    cortex: Cortex, ada: Learner, tmp_path: Path
) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(
        "q-00-01: 2\nq-00-02: [1, 2]\nq-00-03: 1/2\nq-00-05: Two numbers give one result.\n"
    )
    said = cortex("quiz", "00", "--answers", str(path), "--json")
    graded = said.json
    assert (said.code, graded["right"], graded["score"], graded["passed"]) == (1, 2, 0.4, False)
    assert graded["waiting"] == ["q-00-05"]
    assert graded["reread"] == [THEORY_PAGE]
    assert graded["cards"] == ["quiz:q-00-01", "quiz:q-00-04"]
    assert graded["items"][0]["why"] == "6: That is 2 * 3."
    assert review.due_ids(ada) == graded["cards"]
    (attempt,) = recorded(ada).quiz
    assert (attempt.score, attempt.file) == (0.4, quiz_digest(ada.repo, _phase(ada.repo)))
    assert attempt.answers == {
        "q-00-01": 2,
        "q-00-02": [1, 2],
        "q-00-03": "1/2",
        "q-00-05": "Two numbers give one result.",
    }


def _phase(repo: Repo) -> Any:
    from cortex.files.curriculum import load_curriculum

    return load_curriculum(repo).phase(0)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "a.yaml",
            "q-00-01: 9\n",
            ": q-00-01: there is no choice 9\nGive the number of one choice, 1 to 3, or its text.\n",
        ),
        (
            "a.yaml",
            "q-00-77: 1\n",
            ": the quiz has no item 'q-00-77'\nIts items are q-00-01 to q-00-05.\n",
        ),
        (
            "a.yaml",
            "q-00-05: yes\n",
            ": q-00-05: True isn't text\nGive a text; in YAML, put it in quotes.\n",
        ),
        (
            "a.yaml",
            "[1, 2]\n",
            ": isn't a mapping of items to answers\nWrite a line an item: `q-00-01: ...`.\n",
        ),
        (
            "a.yaml",
            "",
            ": isn't a mapping of items to answers\nWrite a line an item: `q-00-01: ...`.\n",
        ),
        ("a.yaml", "a: [\n", ":2: not valid YAML: did not find expected node content\n"),
        ("a.json", '{"q-00-01": 1,}', ":1: not valid JSON: "),
        (
            "none.yaml",
            None,
            ": there is no such file\nWrite one: `q-00-01: ...`, a line an item.\n",
        ),
    ],
)
def test_a_bad_answers_file_is_refused_by_name(
    tiny: Repo, tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(CortexError) as error:
        read_answers_file(path, reading.load(tiny.root / "docs/phase-00-tiny/quiz.yaml", Quiz))
    assert f"{error.value}\n".startswith(f"{path}{message}")


def test_a_refused_answers_file_records_nothing(cortex: Cortex, ada: Learner) -> None:
    said = cortex("quiz", "00", "--answers", "none.yaml")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "cortex: none.yaml: there is no such file\nWrite one: `q-00-01: ...`, a line an item.\n"
    )
    assert ada.checkpoint(0) is None


def test_a_confirmation_settles_a_free_answer(cortex: Cortex, ada: Learner, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(
        "q-00-01: 1\nq-00-02: [1, 2]\nq-00-03: 0.5\nq-00-05: Two numbers give one result.\n"
    )
    said = cortex("quiz", "00", "--answers", str(path))
    step = "just quiz 00 --confirm q-00-05 --verdict yes --by self"
    assert said.code == 1 and said.out.endswith(f"→ {step}\n")
    settled = cortex(*step.split()[1:])
    assert (settled.code, settled.out) == (
        0,
        "✓ q-00-05: yes, by self\n  4 of 5 right (80 %), pass mark 70 %\n→ just phase00\n",
    )
    refused = cortex(
        "quiz", "00", "--confirm", "q-00-05", "--verdict", "no", "--by", "assistant", "--json"
    )
    assert (refused.code, refused.json["passed"], refused.json["waiting"]) == (1, False, [])
    assert {entry.by for entry in recorded(ada).confirmations.values()} == {"assistant"}


@pytest.mark.parametrize(
    "args",
    [
        ("--confirm", "q-00-05"),
        ("--verdict", "yes"),
        ("--confirm", "q-00-05", "--verdict", "maybe"),
    ],
)
def test_a_confirmation_without_item_or_verdict_says_what_it_needs(
    cortex: Cortex, args: tuple[str, ...]
) -> None:
    said = cortex("quiz", "00", *args)
    assert (said.code, said.err) == (
        2,
        "cortex: a confirmation needs an item and a verdict\n"
        "`just quiz 00 --confirm ITEM --verdict yes` (or no), --by self or assistant.\n",
    )


# quiz: line by line


def right_lines(tiny: Repo) -> list[str]:
    """Right answers to the first sitting, as a person would type them: numbers and letters as they are shown."""
    quiz = reading.load(tiny.root / "docs/phase-00-tiny/quiz.yaml", Quiz)
    single, multi, _, order, _ = quiz.items
    labels = [
        {place: label for label, place in items.of(item).arranged(1).items()}
        for item in (single, multi, order)
    ]
    return [
        labels[0][0],
        ", ".join(labels[1][place] for place in (0, 1)),
        "0.5",
        " ".join(labels[2][place] for place in range(3)),
        "Two numbers give one result",
    ]


def test_a_sitting_down_a_pipe_is_asked_graded_and_recorded(cortex: Cortex, ada: Learner) -> None:
    lines = right_lines(ada.repo)
    said = cortex("quiz", "00", input="\n".join(["99", *lines]) + "\n")
    assert (said.code, said.err) == (0, "")
    assert "there is no choice 99. Give the number of one choice, 1 to 3, or its text." in " ".join(
        said.out.split()
    )
    assert said.out.count("✓ right") == 4
    assert "~ every idea is there, to be confirmed" in said.out
    assert "4 of 5 right (80 %), pass mark 70 %\nPassed.\n" in said.out
    assert said.out.endswith("→ just phase00\n")
    (attempt,) = recorded(ada).quiz
    assert attempt.answers["q-00-01"] == 1 and attempt.answers["q-00-02"] == [1, 2]


def test_a_sitting_that_stops_goes_on_where_it_stopped(cortex: Cortex, ada: Learner) -> None:
    lines = right_lines(ada.repo)
    stopped = cortex("quiz", "00", input="\n".join(lines[:3]) + "\n")
    assert stopped.code == 1
    assert stopped.out.endswith("Stopped: 3 of 5 answered, and kept.\n→ just quiz 00\n")
    assert ada.checkpoint(0) is None
    ended = cortex("quiz", "00", input="\n".join(lines[3:]) + "\n")
    assert ended.code == 0
    assert "You had answered 3 of 5: going on from there (--restart begins anew)." in ended.out
    assert "question 1 of 5" not in ended.out and "question 4 of 5" in ended.out
    assert len(recorded(ada).quiz) == 1
    third = cortex("quiz", "00")
    assert "You had answered" not in third.out


@pytest.mark.parametrize("damage", ["restart", "quiz", "garbage", "answer"])
def test_a_draft_that_no_longer_fits_is_begun_anew(cortex: Cortex, tiny: Repo, damage: str) -> None:
    cortex("quiz", "00", input="1\n")
    draft = tiny.cache / "drafts" / "ada" / "quiz-00.json"
    kept = json.loads(draft.read_text())
    assert len(kept["answers"]) == 1
    if damage == "quiz":
        path = tiny.root / "docs/phase-00-tiny/quiz.yaml"
        path.write_text(path.read_text().replace("Count on.", "Count up."))
    if damage == "garbage":
        draft.write_text("{")
    if damage == "answer":
        draft.write_text(json.dumps(kept | {"answers": {"q-00-01": 77}}))
    said = cortex("quiz", "00", *(["--restart"] if damage == "restart" else []))
    assert "You had answered" not in said.out and "question 1 of 5" in said.out


def test_without_any_input_it_says_how_else_to_answer(cortex: Cortex, ada: Learner) -> None:
    said = cortex("quiz", "00")
    assert said.code == 1
    assert said.out.endswith(
        "Stopped: 0 of 5 answered.\n"
        "No terminal? `--answers FILE` grades a file, `--json` lists the questions.\n"
        "→ just quiz 00\n"
    )
    assert ada.checkpoint(0) is None


def test_a_skipped_question_is_wrong_and_tells_the_answer(cortex: Cortex, ada: Learner) -> None:
    said = cortex("quiz", "00", input="?\n" * 5)
    assert said.code == 1
    assert said.out.count("✗ skipped") == 5
    assert "the answer: 0.5 (within 0.001)" in said.out
    assert f"To reread:\n  {THEORY_PAGE}  q-00-01\n" in said.out
    assert "5 new review cards: just review" in said.out
    assert recorded(ada).quiz[0].answers == {}


def test_questions_come_in_the_profiles_language_or_the_one_asked_for(
    cortex: Cortex, ada: Learner
) -> None:
    assert "¿Cuánto es 2 + 3?" in cortex("quiz", "00", "--lang", "es").out
    ada.create()
    path = ada.folder / "profile.yaml"
    path.write_text(path.read_text().replace("language: en", "language: es"))
    spanish = cortex("quiz", "00", input="?\n")
    assert "Una opción, de 1 a 3: ?" in spanish.out and "✗ sin responder" in spanish.out
    assert "What is 2 + 3?" in cortex("quiz", "00", "--lang", "en", "--restart").out
    refused = cortex("quiz", "00", "--lang", "fr")
    assert (refused.code, refused.err) == (
        2,
        "cortex: there is no quiz in 'fr'\nUse --lang en or --lang es.\n",
    )


LONG = "A sentence with `code` that goes on and on " * 6 + "y" * 120


@pytest.mark.parametrize("env", [{"COLUMNS": "200"}, {"TERM": "dumb", "NO_COLOR": "1"}])
def test_piped_output_fits_80_columns_and_has_no_escape_codes(
    cortex: Cortex, tiny: Repo, ada: Learner, env: dict[str, str]
) -> None:
    path = tiny.root / "docs/phase-00-tiny/quiz.yaml"
    data = yaml.safe_load(path.read_text())
    for item in data["items"]:
        item["prompt"]["en"] = LONG
        item["page"] = "theory/01-adding-up-page-with-a-long-name.md"
        for choice in item.get("choices", []):
            choice["en"] += LONG
            if "why" in choice:
                choice["why"]["en"] = LONG
    path.write_text(yaml.safe_dump(data, allow_unicode=True))
    phase = tiny.root / "docs/phase-00-tiny/phase.yaml"
    phase.write_text(phase.read_text().replace("How many numbers go in?", LONG))
    (tiny.root / "answers.yaml").write_text("q-00-01: 2\nq-00-02: [1, 3]\nq-00-05: two numbers\n")
    outputs = [
        cortex("quiz", "00", env=env, input="9\n1\n2\n0,1\n7\nABC\nTwo numbers\n"),
        cortex("quiz", "00", "--answers", "answers.yaml", env=env),
        cortex("hint", "00.1", env=env),
        cortex("journal", env=env),
        cortex("attest", "00", env=env),
        cortex("review", env=env, input="1\n\n"),
    ]
    for said in outputs:
        assert said.out and widest(said.out) <= 80
        assert widest(said.err) <= 80
        assert "\x1b" not in said.out
        if env.get("TERM") == "dumb":
            assert said.out.isascii()


def test_a_name_in_any_script_and_a_non_utf8_answer_do_no_harm(cortex: Cortex, tiny: Repo) -> None:
    said = cortex(
        "quiz", "00", "--learner", "Žofie 李", input="?\n?\n?\n?\nDos números, un resultado\n"
    )
    assert said.code == 1 and widest(said.out) <= 80
    checkpoint = Learner(tiny, "Žofie 李").checkpoint(0)
    assert checkpoint is not None
    assert checkpoint.quiz[0].answers == {"q-00-05": "Dos números, un resultado"}
    done = subprocess.run(
        [sys.executable, "-m", "cortex", "quiz", "00"],
        cwd=tiny.root,
        env=clean_environment(),
        input=b"?\n?\n?\n?\n\xff\xfe two\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1 and b"Traceback" not in done.stderr


# quiz: on a terminal


def test_on_a_terminal_ctrl_c_keeps_what_was_answered(terminal: Open, ada: Learner) -> None:
    screen = terminal("quiz", "00")
    screen.until("One choice, 1 to 3: ")
    screen.type("?\n")
    screen.until("(all or nothing): ")
    screen.interrupt()
    assert screen.end() == 1
    assert "Stopped: 1 of 5 answered, and kept." in screen.seen
    assert "Traceback" not in screen.seen
    assert ada.checkpoint(0) is None


def test_on_a_terminal_the_learner_confirms_a_free_answer_at_once(
    terminal: Open, ada: Learner
) -> None:
    lines = right_lines(ada.repo)
    screen = terminal("quiz", "00")
    for number, line in enumerate(lines, start=1):
        shown = screen.until(f"question {number} of 5") + screen.until(": ")
        assert "\x1b[" in shown  # colors
        screen.type(f"{line}\n")
    screen.until("Does your answer say all of this? (y or n): ")
    screen.type("y\n")
    assert screen.end() == 0
    assert "5 of 5 right (100 %), pass mark 70 %" in screen.seen
    (confirmation,) = recorded(ada).confirmations.values()
    assert (confirmation.verdict, confirmation.by) == (True, "self")


def test_on_a_terminal_ctrl_c_at_the_confirmation_keeps_the_answer(
    terminal: Open, ada: Learner
) -> None:
    screen = terminal("quiz", "00")
    for line in right_lines(ada.repo):
        screen.until("question ")
        screen.until(": ")
        screen.type(f"{line}\n")
    screen.until("(y or n): ")
    screen.interrupt()
    assert screen.end() == 1
    assert "Stopped: 5 of 5 answered, and kept." in screen.seen
    assert ada.checkpoint(0) is None


def test_a_terminal_without_color_gets_none(terminal: Open) -> None:
    screen = terminal("hint", "00.1", NO_COLOR="1")
    assert screen.end() == 0
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", screen.seen)


# journal


def test_words_are_added_to_todays_page_with_the_time(cortex: Cortex, ada: Learner) -> None:
    first = cortex("journal", "--add", "The seed was set\nafter the shuffle.")
    today = date.today().isoformat()
    path = f"learners/ada/journal/{today}.md"
    assert (first.code, first.out) == (0, f"{path}\nAdded. 1 day in your journal.\n")
    second = cortex("journal", "--add", "Ñandú.", "--json").json
    assert second["path"] == path and second["today"] is True and second["entries"] == [today]
    text = (ada.repo.root / path).read_text()
    pattern = (
        rf"# {today}\n\n## Notes\n\n- \d\d:\d\d The seed was set\n  after the shuffle\.\n\n"
        r"- \d\d:\d\d Ñandú\.\n"
    )
    assert re.fullmatch(pattern, text), text


def test_a_new_page_asks_three_questions_and_counts_once_one_is_answered(
    cortex: Cortex, tiny: Repo, ada: Learner
) -> None:
    template = ROOT / "learners/_template/journal.md"
    (tiny.root / "learners/_template/journal.md").write_text(template.read_text())
    said = cortex("journal")
    today = date.today()
    assert said.code == 0
    assert said.out == (
        f"learners/ada/journal/{today.isoformat()}.md\n"
        "Nothing is written there yet: what failed first, what did you understand, what\n"
        'is next? Open the file, or: just journal --add "..."\n'
    )
    page = journal.page_of(ada, today)
    assert page.read_text() == template.read_text().replace("YYYY-MM-DD", today.isoformat())
    assert page.read_text().count("\n## ") == 3
    assert journal.entries(ada) == []
    page.write_text(page.read_text() + "\nThe gradient check.\n")
    assert journal.entries(ada) == [today]
    assert cortex("journal").out == f"learners/ada/journal/{today.isoformat()}.md\n"


def test_entries_are_days_with_words_and_nothing_else(ada: Learner) -> None:
    ada.journal.mkdir(parents=True)
    pages = {
        "2026-01-03.md": "Done.",
        "2026-01-02.md": "# Day\n\n<!-- a\nnote -->\n> a quote\n",
        "2026-01-01.md": "# Day\n\ntext\n",
        "2026-13-40.md": "text",
        "notes.md": "text",
        "2026-01-04.txt": "text",
    }
    for name, text in pages.items():
        (ada.journal / name).write_text(text)
    assert journal.entries(ada) == [date(2026, 1, 1), date(2026, 1, 3)]


def test_adding_nothing_is_refused(cortex: Cortex, ada: Learner) -> None:
    said = cortex("journal", "--add", "  \n ")
    assert (said.code, said.err) == (
        2,
        'cortex: there is nothing to add\nSay something: `just journal --add "..."`.\n',
    )
    assert not ada.journal.exists()


def test_on_a_terminal_the_editor_opens_todays_page(terminal: Open, ada: Learner) -> None:
    screen = terminal(
        "journal",
        EDITOR=f"{shlex.quote(sys.executable)} -c \"import sys; open(sys.argv[1], 'a').write('words')\"",
    )
    assert screen.end() == 0, screen.seen
    assert journal.entries(ada) == [date.today()]


def test_an_editor_that_is_not_there_is_named(terminal: Open) -> None:
    screen = terminal("journal", EDITOR="no-such-editor")
    assert screen.end() == 2
    assert "no-such-editor can't be started: No such file or directory" in screen.seen


def test_a_reminder_is_one_line_until_something_is_written(cortex: Cortex, ada: Learner) -> None:
    assert cortex("journal", "--reminder").out == ""  # nobody has begun
    ada.create()
    said = cortex("journal", "--reminder")
    today = date.today().isoformat()
    assert (said.code, said.out, said.err) == (
        0,
        f'No journal entry for {today} yet: just journal --add "..."\n',
        "",
    )
    hook = cortex("journal", "--reminder", "--hook")
    assert (hook.code, hook.err) == (0, "")
    assert json.loads(hook.out) == {"systemMessage": said.out.strip()}
    journal.add(ada, "Something.", datetime.now())
    assert cortex("journal", "--reminder").out == ""
    assert cortex("journal", "--reminder", "--hook").out == ""
    assert cortex("journal", "--reminder", "--json").json["due"] is False


@pytest.mark.parametrize("trouble", ["outside", "name", "folder", "file"])
def test_a_reminder_never_fails(
    cortex: Cortex, tiny: Repo, ada: Learner, tmp_path: Path, trouble: str
) -> None:
    ada.create()
    env = {"CORTEX_LEARNER": "../x"} if trouble == "name" else {}
    if trouble == "folder":
        ada.journal.write_text("a file where a folder should be")
    if trouble == "file":
        (tiny.root / "data/planned.yaml").write_text("[")
        (ada.folder / "profile.yaml").write_text("[")
        journal.page_of(ada, date.today()).mkdir(parents=True)
    said = cortex("journal", "--reminder", env=env, cwd=tmp_path if trouble == "outside" else None)
    assert (said.code, said.err) == (0, "")
    assert said.out.count("\n") <= 1


# attest


def test_without_an_id_it_lists_what_can_be_attested(cortex: Cortex) -> None:
    said = cortex("attest", "00")
    assert (said.code, said.out) == (
        0,
        '· explained: You can say what a sum is\n→ just attest 00 explained --says "..."\n',
    )


def test_a_word_is_recorded_and_a_newer_one_replaces_it_openly(
    cortex: Cortex, ada: Learner
) -> None:
    first = "I explained a sum to my brother."
    said = cortex("attest", "00", "explained", "--says", first)
    assert (said.code, said.out) == (0, "✓ explained: recorded.\n→ just phase00\n")
    newer = "I explained it again, with apples."
    said = cortex("attest", "00", "explained", "--says", newer)
    day = recorded(ada).attestations["explained"].at[:10]
    assert said.out == (
        f"✓ explained: recorded.\n  It replaces what you said on {day}: {first}\n→ just phase00\n"
    )
    assert recorded(ada).attestations["explained"].says == newer
    listed = cortex("attest", "00", "--json").json
    assert listed["next"] == "" and listed["claims"][0]["attested"]["says"] == newer


def test_a_solution_can_be_attested_only_after_an_early_opening(
    cortex: Cortex, ada: Learner
) -> None:
    words = "I was stuck for a whole evening."
    refused = cortex("attest", "00", "solution-00.1", "--says", words)
    assert (refused.code, refused.err) == (
        2,
        "cortex: phase 00 has nothing to attest called 'solution-00.1'\n"
        "What can be attested: explained.\n",
    )
    cortex("solution", "00.1", "--anyway")
    assert cortex("attest", "00", "solution-00.1", "--says", words).code == 0
    assert recorded(ada).attestations["solution-00.1"].says == words


def test_an_attestation_without_words_is_refused(cortex: Cortex, ada: Learner) -> None:
    said = cortex("attest", "00", "explained")
    assert (said.code, said.out, said.err) == (
        2,
        "",
        "cortex: explained: your word is missing\n"
        'Say it in a sentence: `just attest 00 explained --says "..."`.\n',
    )
    assert ada.checkpoint(0) is None


@pytest.mark.parametrize(
    ("claim", "says", "message"),
    [
        (
            "adds",
            "Two numbers are added, I saw it.",
            "phase 00 has nothing to attest called 'adds'\nWhat can be attested: explained.",
        ),
        (
            "explained",
            "done it, yes I did",
            "explained: 'done it, yes I did' is too short to stand for something\n"
            "Say it in a sentence: at least 4 words and 20 characters.",
        ),
        (
            "explained",
            "I-explained-it-to-somebody",
            "explained: 'I-explained-it-to-somebody' is too short to stand for something\n"
            "Say it in a sentence: at least 4 words and 20 characters.",
        ),
        (
            "explained",
            "a  \t  b  \n  c     d  ",
            "explained: 'a b c d' is too short to stand for something\n"
            "Say it in a sentence: at least 4 words and 20 characters.",
        ),
    ],
)
def test_what_is_no_attestation_is_refused(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, claim: str, says: str, message: str
) -> None:
    monkeypatch.setenv("CORTEX_ROOT", str(tiny.root))
    ctx = Context("ada")
    with pytest.raises(CortexError) as error:
        attesting.attest(ctx.learner, ctx.curriculum.phase(0), claim, says)
    assert str(error.value) == message
    assert ctx.learner.checkpoint(0) is None


# learners/_template


def test_the_templates_are_what_their_readme_says() -> None:
    folder = ROOT / "learners" / "_template"
    assert reading.load(folder / "profile.yaml", Profile) == Profile("Ada", "2026-01-15", "en", 1)
    readme = (folder / "README.md").read_text()
    for path in folder.iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in readme
    assert not journal.written((folder / "journal.md").read_text())
