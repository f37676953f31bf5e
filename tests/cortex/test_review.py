"""Review cards: made once, asked when due, scheduled the same way every time, never lost."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from conftest import Cortex, clean_environment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.quiz import review
from cortex.quiz.review import NewCard
from cortex.record.learner import Learner
from cortex.terminal.quizcard import until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CARD = "quiz:q-00-01"
LAB = "lab:00.1:test_two_and_three_make_five"


@pytest.fixture
def ada(tiny: Repo) -> Learner:
    return Learner(tiny, "ada")


@pytest.fixture
def ctx(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("CORTEX_ROOT", str(tiny.root))
    return Context("ada")


def test_a_card_is_made_once_and_keeps_its_schedule(ada: Learner) -> None:
    assert review.add_cards(ada, [NewCard(CARD), NewCard(CARD)], at=NOON) == [CARD]
    review.rate(ada, CARD, "easy", at=NOON)
    later = NOON + timedelta(days=1)
    assert review.add_cards(ada, [NewCard(CARD), NewCard("quiz:q-00-02")], at=later) == [
        "quiz:q-00-02"
    ]
    assert review.read_deck(ada).cards[CARD].due > later


def test_no_new_card_writes_no_file(ada: Learner) -> None:
    assert review.add_cards(ada, []) == []
    assert not review.path_of(ada).exists()
    review.add_cards(ada, [NewCard(CARD)], at=NOON)
    before = review.path_of(ada).stat().st_mtime_ns
    assert review.add_cards(ada, [NewCard(CARD)]) == []
    assert review.path_of(ada).stat().st_mtime_ns == before


def test_cards_are_due_at_once_the_longest_overdue_first(ada: Learner) -> None:
    review.add_cards(ada, [NewCard("quiz:q-00-02")], at=NOON)
    review.add_cards(ada, [NewCard(CARD)], at=NOON - timedelta(hours=1))
    assert review.due_ids(ada, NOON) == [CARD, "quiz:q-00-02"]
    assert review.due_ids(ada, NOON - timedelta(minutes=1)) == [CARD]
    assert review.next_due(ada) == NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    ("rating", "wait"),
    [
        ("again", timedelta(minutes=1)),
        ("hard", timedelta(minutes=5, seconds=30)),
        ("good", timedelta(minutes=10)),
        ("easy", timedelta(days=8)),
    ],
)
def test_the_first_rating_sets_the_wait_that_the_library_gives(
    ada: Learner, rating: str, wait: timedelta
) -> None:
    review.add_cards(ada, [NewCard(CARD)], at=NOON)
    assert review.rate(ada, CARD, rating, at=NOON).due == NOON + wait


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(review.RATINGS), st.integers(0, 200)), max_size=8))
def test_any_history_gives_the_same_schedule_twice_and_never_a_due_date_in_the_past(
    ada: Learner, history: list[tuple[str, int]]
) -> None:
    schedules = []
    for _ in range(2):
        review.path_of(ada).unlink(missing_ok=True)
        review.add_cards(ada, [NewCard(CARD)], at=NOON)
        when, dues = NOON, []
        for rating, days in history:
            when += timedelta(days=days)
            due = review.rate(ada, CARD, rating, at=when).due
            assert due > when
            dues.append(due)
        schedules.append(dues)
        assert [entry.rating for entry in review.read_deck(ada).cards[CARD].reviews] == [
            rating for rating, _ in history
        ]
    assert schedules[0] == schedules[1]


def test_an_unknown_card_or_rating_is_refused(ada: Learner) -> None:
    review.add_cards(ada, [NewCard(CARD)], at=NOON)
    with pytest.raises(CortexError) as error:
        review.rate(ada, CARD, "great")
    assert str(error.value) == "'great' is no rating\nRate again, hard, good or easy."
    with pytest.raises(CortexError) as error:
        review.rate(ada, "quiz:q-00-77", "good")
    assert str(error.value) == (
        "there is no card 'quiz:q-00-77'\n`just review --json` lists what is due."
    )


def test_a_failed_check_becomes_a_card_with_its_idea_and_page(ctx: Context) -> None:
    card = review.lab_card(
        "00.1",
        "two and three make five",
        what="add(2, 3)",
        idea="Count on.",
        page="theory/01-adding.md",
    )
    assert review.add_cards(ctx.learner, [card]) == [LAB]
    assert review.add_cards(ctx.learner, [card]) == []
    (question,), gone = review.due_questions(ctx)
    assert gone == []
    assert question.check == "lab 00.1: two and three make five"
    assert question.page == "docs/phase-00-tiny/theory/01-adding.md"
    assert (question.card.what, question.card.idea) == ("add(2, 3)", "Count on.")


def test_a_parametrized_checks_card_names_the_check_without_its_case() -> None:
    card = review.lab_card("00.1", "two and three make five[2-3]", what="", idea="", page="")
    assert card.id == LAB


@pytest.mark.parametrize(
    "vanished",
    ["quiz:q-00-44", "lab:00.9:test_x", "lab:00.1:test_that_is_not_there", "poem:7", "quiz:x"],
)
def test_a_card_whose_question_has_gone_is_dropped_and_the_others_stay(
    ctx: Context, vanished: str
) -> None:
    review.add_cards(ctx.learner, [NewCard(CARD), NewCard(vanished)], at=NOON)
    found, gone = review.due_questions(ctx)
    assert ([question.id for question in found], gone) == ([CARD], [vanished])
    assert list(review.read_deck(ctx.learner).cards) == [CARD]


def test_a_card_of_a_phase_that_is_not_shipped_here_is_kept_and_not_asked(ctx: Context) -> None:
    review.add_cards(ctx.learner, [NewCard("quiz:q-07-01"), NewCard("lab:07.1:test_x")], at=NOON)
    assert review.due_questions(ctx) == ([], [])
    assert len(review.read_deck(ctx.learner).cards) == 2


GOOD = {
    "added": "2026-03-01T12:00:00Z",
    "fsrs": {
        "card_id": 1,
        "state": 1,
        "step": 0,
        "stability": None,
        "difficulty": None,
        "due": "2026-03-01T12:00:00+00:00",
        "last_review": None,
    },
}


def damaged(**fsrs: object) -> str:
    card = GOOD | {"fsrs": GOOD["fsrs"] | fsrs}  # type: ignore[operator]
    return json.dumps({"schema": 1, "cards": {CARD: card}}, indent=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", ":1: not valid JSON: Expecting property name enclosed in double quotes"),
        ('{"schema": 1,\n "cards": []}', ":2: cards: Input should be a valid dictionary\n"),
        ('{"schema": 1,\n "decks": {}}', ":2: decks: Unexpected keyword argument\n"),
        (
            '{"schema": 2}',
            ": schema: written by a newer cortex (schema 2, this one knows 1); it is kept as it is\n"
            "Bring your clone up to date: `cortex update`.",
        ),
        (damaged(due="soon"), f":4: cards.{CARD}: fsrs.due isn't an ISO-8601 time\n"),
        (damaged(due=None), f":4: cards.{CARD}: fsrs.due isn't an ISO-8601 time\n"),
        (damaged(due="2026-03-01"), f":4: cards.{CARD}: fsrs.due has no time zone\n"),
    ],
)
def test_a_damaged_deck_is_refused_by_file_line_and_field_and_kept(
    ada: Learner, text: str, message: str
) -> None:
    path = review.path_of(ada)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    for attempt in (
        lambda: review.due_ids(ada),
        lambda: review.add_cards(ada, [NewCard("quiz:q-00-02")]),
        lambda: review.rate(ada, CARD, "good"),
    ):
        with pytest.raises(CortexError) as error:
            attempt()
        assert (str(error.value) + "\n").startswith(f"{path}{message}")
        assert path.read_text() == text


def test_a_schedule_that_the_library_cannot_read_is_refused_and_kept(ada: Learner) -> None:
    path = review.path_of(ada)
    path.parent.mkdir(parents=True)
    path.write_text(damaged(state=9))
    with pytest.raises(CortexError) as error:
        review.rate(ada, CARD, "good")
    assert str(error.value) == (
        f"{path}: cards.{CARD}.fsrs: the schedule can't be read: 9 is not a valid State\n"
        "Mend it, or remove the card from the file."
    )
    assert path.read_text() == damaged(state=9)


def test_two_processes_that_add_cards_at_once_lose_none(ada: Learner) -> None:
    program = (
        "import sys; from pathlib import Path; from cortex.files.repo import Repo\n"
        "from cortex.record.learner import Learner; from cortex.quiz import review\n"
        "ada = Learner(Repo(Path(sys.argv[1])), 'ada')\n"
        "for n in range(10):\n"
        "    review.add_cards(ada, [review.NewCard(f'quiz:q-00-{sys.argv[2]}{n}')])\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(ada.repo.root), who], env=clean_environment()
        )
        for who in ("a", "b")
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(review.read_deck(ada).cards) == 20


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=59), "in a minute"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(minutes=10), "in 10 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(days=8, hours=1), "in 8 days"),
    ],
)
def test_a_wait_is_told_in_words(wait: timedelta, text: str) -> None:
    assert until(NOON + wait, NOON) == text


# The command.


def test_nothing_due_is_done(cortex: Cortex) -> None:
    said = cortex("review")
    assert (said.code, said.out, said.err) == (0, "No card is due.\n", "")
    listed = cortex("review", "--json")
    assert (listed.code, listed.json["due"]) == (0, [])


def test_a_piped_review_asks_grades_suggests_and_schedules(cortex: Cortex, ada: Learner) -> None:
    review.add_cards(ada, [NewCard("quiz:q-00-03")], at=NOON)
    review.add_cards(ada, [NewCard(LAB, "add(2, 3)", "Count on.", "theory/01-adding.md")])
    said = cortex("review", input="0.7\n\n\neasy\n")
    assert said.code == 0, said.err
    assert "How was it? again, hard, good, easy (Enter: again):" in said.out
    assert "  again: in a minute\n" in said.out
    assert "lab 00.1: two and three make five. Which idea was it about?" in said.out
    assert "    Count on.\n    docs/phase-00-tiny/theory/01-adding.md\n" in said.out
    assert said.out.endswith("2 of 2 reviewed.\nThe next one is due in a minute.\n")
    assert max(map(len, said.out.splitlines())) <= 80
    cards = review.read_deck(ada).cards
    assert [entry.rating for card in cards.values() for entry in card.reviews] == ["again", "easy"]


def test_a_review_that_ends_early_keeps_what_was_rated(cortex: Cortex, ada: Learner) -> None:
    review.add_cards(ada, [NewCard("quiz:q-00-03"), NewCard("quiz:q-00-04")], at=NOON)
    said = cortex("review", input="0.5\ngood\nABC\n")
    assert said.code == 1
    assert said.out.endswith("1 of 2 reviewed.\n→ just review\n")
    counts = [len(card.reviews) for card in review.read_deck(ada).cards.values()]
    assert counts == [1, 0]


def test_a_program_lists_shows_and_rates_without_seeing_answers_too_early(
    cortex: Cortex, ada: Learner
) -> None:
    review.add_cards(ada, [NewCard(CARD)], at=NOON)
    listed = cortex("review", "--json")
    assert listed.code == 1
    (card,) = listed.json["due"]
    assert set(card) == {
        "id",
        "type",
        "prompt",
        "how",
        "choices",
        "card",
        "phase",
        "due",
        "reviews",
    }
    shown = cortex("review", "--show", CARD, "--json").json
    assert (shown["answer"], shown["why"]) == (["5"], "Count on.")
    assert shown["page"] == "docs/phase-00-tiny/theory/01-adding.md"
    rated = cortex("review", "--rate", CARD, "easy", "--json")
    assert (rated.code, rated.json["rating"], rated.json["reviews"]) == (0, "easy", 1)
    assert cortex("review", "--json").json["due"] == []
    refused = cortex("review", "--rate", "quiz:none", "good")
    assert refused.code == 2
    assert refused.err == (
        "cortex: there is no card 'quiz:none'\n`just review --json` lists what is due.\n"
    )


def test_a_dropped_card_is_told(cortex: Cortex, ada: Learner) -> None:
    review.add_cards(ada, [NewCard("quiz:q-00-44")], at=NOON)
    said = cortex("review")
    assert said.code == 0
    assert said.out == (
        "Dropped 1 card whose question has left the curriculum: quiz:q-00-44.\nNo card is due.\n"
    )
