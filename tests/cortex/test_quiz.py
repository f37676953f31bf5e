"""Grading: six kinds of questions, what is accepted, what is refused, and what a recorded attempt is worth today."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.checkpoint import Confirmation, QuizAttempt
from cortex.formats.phase import Words
from cortex.formats.quiz import Choice, Idea, Item, Quiz
from cortex.formats.words import as_number, fold
from cortex.quiz import grading as quizzes
from cortex.quiz import items
from cortex.quiz import sitting as sittings
from cortex.quiz.choices import Order
from cortex.quiz.kind import answer_digest
from cortex.quiz.words import holds

unhurried = settings(deadline=None)  # a busy machine is no failure


def both(text: str) -> Words:
    return Words(text, f"{text} (es)")


def choice(text: str, correct: bool = False) -> Choice:
    return Choice(text, f"{text} (es)", correct, both(f"because {text}"))


SINGLE = Item(
    "q-05-01",
    "single",
    both("Which?"),
    ["t"],
    choices=[choice("the rule"), choice("the sum", True), choice("the step"), choice("10")],
    page="theory/01-rule.md",
)
MULTI = Item(
    "q-05-02",
    "multi",
    both("Which ones?"),
    ["t"],
    choices=[choice("add", True), choice("store"), choice("walk back", True)],
    page="theory/02-walk.md",
)
NUMERIC = Item(
    "q-05-03", "numeric", both("How much?"), ["t"], answer=0.3, tolerance=0.1, why=both("Measure.")
)
ORDER = Item(
    "q-05-04",
    "order",
    both("First to last?"),
    ["t"],
    choices=[choice("build"), choice("run"), choice("walk back"), choice("update")],
    why=both("One needs the other."),
)
SHORT = Item(
    "q-05-05",
    "short",
    both("What is its name?"),
    ["t"],
    accept=["topological order", "orden topológico"],
    why=both("Every node after its users."),
)
FREE = Item(
    "q-05-06",
    "free",
    both("Why add?"),
    ["t"],
    rubric=[
        Idea(both("two paths"), ["two paths", "dos caminos", "used twice"]),
        Idea(both("contributions add up"), ["add up", "se suman", "+="]),
    ],
    why=both("Each path brings a term."),
)
ITEMS = [SINGLE, MULTI, NUMERIC, ORDER, SHORT, FREE]
QUIZ = Quiz(5, "sample", both("A sample"), ITEMS)


def spelled(item: Item) -> list[str]:
    """The letters of an `order` item in the right order."""
    return Order(item).right()


RIGHT: dict[str, object] = {
    "q-05-01": 2,
    "q-05-02": [1, 3],
    "q-05-03": "0.35",
    "q-05-04": spelled(ORDER),
    "q-05-05": "Topological  Order",
    "q-05-06": "It reaches the end by two paths, and they add up.",
}


def verdict(
    item_id: str, answer: str, yes: bool = True, by: str = "self"
) -> dict[str, Confirmation]:
    digest = answer_digest(item_id, answer)
    key = quizzes.confirmation_key(item_id, digest)
    return {key: Confirmation(yes, by, "2026-01-01T00:00:00Z", digest)}


CONFIRMED = verdict("q-05-06", str(RIGHT["q-05-06"]))


def graded(item: Item, answer: object) -> bool:
    kind = items.of(item)
    return kind.grade(kind.read(answer), {}, "en").correct


@pytest.mark.parametrize(
    ("item", "answer", "right"),
    [
        (SINGLE, 2, True),
        (SINGLE, "2", True),
        (SINGLE, " the SUM ", True),
        (SINGLE, "the sum (es)", True),
        (SINGLE, 1, False),
        (SINGLE, "10", False),
        (MULTI, [3, 1], True),
        (MULTI, [1, 1, 3], True),
        (MULTI, "1, 3", True),
        (MULTI, ["add", "walk back"], True),
        (MULTI, [1], False),
        (MULTI, 1, False),
        (MULTI, [1, 2, 3], False),
        (NUMERIC, 0.3, True),
        (NUMERIC, 0.4, True),
        (NUMERIC, 0.2, True),
        (NUMERIC, "0.41", False),
        (NUMERIC, "1/3", True),
        (NUMERIC, " +3e-1 ", True),
        (NUMERIC, ".3", True),
        (NUMERIC, "-0.3", False),
        (NUMERIC, "\u22120.3", False),
        (NUMERIC, 0, False),
        (ORDER, ["build", "RUN", "walk back", "update"], True),
        (ORDER, ["build (es)", "run", "walk back", "update"], True),
        (ORDER, ["run", "build", "walk back", "update"], False),
        (ORDER, " ".join(spelled(ORDER)).lower(), True),
        (ORDER, "".join(spelled(ORDER)), True),
        (ORDER, ", ".join(reversed(spelled(ORDER))), False),
        (SHORT, "TOPOLOGICAL\torder", True),
        (SHORT, "orden topologico", True),
        (SHORT, "'topological order'", True),
        (SHORT, "topological", False),
    ],
)
def test_an_answer_is_graded(item: Item, answer: object, right: bool) -> None:
    assert graded(item, answer) is right


_LETTERS = "A, B, C, D"
_ORDER_TODO = f"Give each letter once ({_LETTERS}), first to last, or the texts."
_SINGLE_TODO = "Give the number of one choice, 1 to 4, or its text."
_MULTI_TODO = "Give every right choice: numbers from 1 to 3, such as 1, 3."
_NUMBER_TODO = "Give a number: 12, -0.5, 1e-3 or 1/3."
_COMMA_TODO = "Write decimals with a point, such as 0.5, and thousands without a mark."


@pytest.mark.parametrize(
    ("item", "answer", "message"),
    [
        (SINGLE, 0, f"q-05-01: there is no choice 0\n{_SINGLE_TODO}"),
        (SINGLE, 5, f"q-05-01: there is no choice 5\n{_SINGLE_TODO}"),
        (SINGLE, "99", f"q-05-01: there is no choice 99\n{_SINGLE_TODO}"),
        (SINGLE, True, f"q-05-01: True is none of its choices\n{_SINGLE_TODO}"),
        (SINGLE, 2.0, f"q-05-01: 2.0 is none of its choices\n{_SINGLE_TODO}"),
        (SINGLE, None, f"q-05-01: nothing is none of its choices\n{_SINGLE_TODO}"),
        (SINGLE, [2], f"q-05-01: [2] is none of its choices\n{_SINGLE_TODO}"),
        (SINGLE, "the some", f"q-05-01: 'the some' is none of its choices\n{_SINGLE_TODO}"),
        (MULTI, [], f"q-05-02: no choice is named\n{_MULTI_TODO}"),
        (MULTI, "", f"q-05-02: no choice is named\n{_MULTI_TODO}"),
        (MULTI, [1, 4], f"q-05-02: there is no choice 4\n{_MULTI_TODO}"),
        (MULTI, {"a": 1}, f"q-05-02: {{'a': 1}} is none of its choices\n{_MULTI_TODO}"),
        (NUMERIC, "0,5", f"q-05-03: '0,5' has a comma\n{_COMMA_TODO}"),
        (NUMERIC, "1.000,5", f"q-05-03: '1.000,5' has a comma\n{_COMMA_TODO}"),
        (NUMERIC, "much", f"q-05-03: 'much' isn't a number\n{_NUMBER_TODO}"),
        (NUMERIC, "", f"q-05-03: '' isn't a number\n{_NUMBER_TODO}"),
        (NUMERIC, True, f"q-05-03: True isn't a number\n{_NUMBER_TODO}"),
        (NUMERIC, float("nan"), f"q-05-03: nan isn't a number\n{_NUMBER_TODO}"),
        (NUMERIC, "inf", f"q-05-03: 'inf' isn't a number\n{_NUMBER_TODO}"),
        (NUMERIC, "1e999999999", f"q-05-03: '1e999999999' isn't a number\n{_NUMBER_TODO}"),
        (NUMERIC, "1/2/3", f"q-05-03: '1/2/3' isn't a number\n{_NUMBER_TODO}"),
        (NUMERIC, "1/0", f"q-05-03: '1/0' divides by zero\n{_NUMBER_TODO}"),
        (ORDER, 3, f"q-05-04: 3 is no order\n{_ORDER_TODO}"),
        (ORDER, [1, 2, 3, 4], f"q-05-04: 1 is none of its choices\n{_ORDER_TODO}"),
        (ORDER, "ABD", f"q-05-04: C is missing\n{_ORDER_TODO}"),
        (ORDER, "ABCDA", f"q-05-04: A is there twice\n{_ORDER_TODO}"),
        (ORDER, "A B C X", f"q-05-04: 'X' is none of its choices\n{_ORDER_TODO}"),
        (SHORT, "  \n", "q-05-05: the answer is empty\nGive a text."),
        (SHORT, True, "q-05-05: True isn't text\nGive a text; in YAML, put it in quotes."),
        (
            FREE,
            "x" * 4001,
            "q-05-06: the answer has 4,001 characters\n"
            "Give at most 4,000: a sentence or two is enough.",
        ),
        (FREE, ["x"], "q-05-06: ['x'] isn't text\nGive a text; in YAML, put it in quotes."),
    ],
)
def test_a_bad_answer_is_refused_by_name(item: Item, answer: object, message: str) -> None:
    with pytest.raises(CortexError) as error:
        items.of(item).read(answer)
    assert str(error.value) == message


def test_a_text_that_is_also_a_number_is_refused_where_it_could_mean_two_choices() -> None:
    item = Item(
        "q-05-01", "single", both("?"), ["t"], [choice("2"), choice("3", True), choice("x")]
    )
    with pytest.raises(CortexError, match=r"'2' is the text of choice 1, and a choice's number"):
        items.of(item).read("2")
    assert items.of(item).read(2) == 2


def test_an_unknown_item_is_refused_with_what_there_is() -> None:
    with pytest.raises(CortexError) as error:
        quizzes.grade(QUIZ, {"q-05-77": 1}, {})
    assert str(error.value) == "the quiz has no item 'q-05-77'\nIts items are q-05-01 to q-05-06."


@pytest.mark.parametrize(
    ("answer", "phrasing", "found"),
    [
        ("They ADD, up.", "add up", True),
        ("they add more up", "add up", False),
        ("address up", "add up", False),
        ("Hay dós CAMINOS", "dos caminos", True),
        ("grad += local", "+=", True),
        ("grad = local + 1", "+=", False),
        ("a feed-forward net", "feed forward", True),
        ("a feed forward net", "feed-forward", True),
        ("it doesn\u2019t add", "doesn't", True),
        ("set PYTHONHASHSEED=0 first", "PYTHONHASHSEED=0", True),
        ("", "add", False),
    ],
)
def test_a_phrasing_is_found_as_whole_words(answer: str, phrasing: str, found: bool) -> None:
    assert holds(answer, Idea(both("idea"), [phrasing])) is found


def test_a_free_answer_counts_only_once_it_is_confirmed() -> None:
    free = quizzes.grade(QUIZ, RIGHT, {}).items[-1]
    assert (free.correct, free.provisional, free.confirmed) == (False, True, None)
    free = quizzes.grade(QUIZ, RIGHT, CONFIRMED).items[-1]
    assert (free.correct, free.provisional, free.confirmed) == (True, False, True)


def test_a_confirmed_no_counts_wrong_whatever_the_words() -> None:
    no = verdict("q-05-06", str(RIGHT["q-05-06"]), yes=False)
    free = quizzes.grade(QUIZ, RIGHT, no).items[-1]
    assert (free.correct, free.provisional, free.confirmed) == (False, False, False)
    assert all(idea.found for idea in free.ideas)


def test_a_confirmation_of_other_words_or_another_item_is_ignored() -> None:
    for elsewhere in (
        verdict("q-05-06", "Two paths. They add up!"),
        verdict("q-05-05", str(RIGHT["q-05-06"])),
    ):
        free = quizzes.grade(QUIZ, RIGHT, elsewhere).items[-1]
        assert (free.correct, free.provisional) == (False, True)


def test_ones_own_yes_cannot_stand_in_for_a_missing_idea_but_a_second_readers_can() -> None:
    answer = "It reaches the end by two paths, and both terms count."
    for by, right in (("self", False), ("assistant", True)):
        said = verdict("q-05-06", answer, by=by)
        free = quizzes.grade(QUIZ, {"q-05-06": answer}, said).items[-1]
        assert (free.correct, free.provisional) == (right, False)
        assert [idea.found for idea in free.ideas] == [True, False]


def test_an_unconfirmed_answer_without_an_idea_is_wrong_and_does_not_wait() -> None:
    result = quizzes.grade(QUIZ, {"q-05-06": "It reaches the end by two paths."}, {})
    assert result.waiting == [] and result.wrong[-1].item == "q-05-06"


def test_a_wrong_choice_is_named_where_its_why_is_told_and_the_right_one_is_not() -> None:
    answers = {"q-05-01": 3, "q-05-02": [1, 2], "q-05-03": 9}
    result = quizzes.grade(QUIZ, answers, {}, lang="es")
    assert result.items[0].why == "the step (es): because the step (es)"
    assert result.items[0].given == "the step (es)"
    assert result.items[1].why == (
        "store (es): because store (es)\nwalk back (es): because walk back (es)"
    )
    assert result.items[2].why == "Measure. (es)"
    assert result.items[2].right == ["0.3 (within 0.1)"]
    assert [item.answered for item in result.items] == [True, True, True, False, False, False]


def test_the_pass_mark_is_met_exactly_and_percentages_never_flatter() -> None:
    ten = Quiz(
        5,
        "sample",
        both("Ten"),
        [
            Item(f"q-05-{n:02d}", "numeric", both("?"), ["t"], answer=n, why=both("w"))
            for n in range(10)
        ],
    )
    seven = {f"q-05-{n:02d}": n for n in range(7)}
    assert quizzes.grade(ten, seven, {}).passed
    assert not quizzes.grade(ten, dict(list(seven.items())[:6]), {}).passed
    two_of_three = Quiz(5, "sample", both("Six"), ITEMS, pass_mark=0.67)
    four = {k: RIGHT[k] for k in list(RIGHT)[:4]}
    assert quizzes.grade(two_of_three, four, {}).summary == "4 of 6 right (66 %), pass mark 67 %"


@unhurried
@given(st.permutations(list(RIGHT)))
def test_right_answers_score_one_in_whatever_order_they_come(order: list[str]) -> None:
    result = quizzes.grade(QUIZ, {k: RIGHT[k] for k in order}, CONFIRMED)
    assert result.score == 1.0 and result.passed and not result.waiting and not result.wrong


WRONG = {
    "q-05-01": st.sampled_from([1, 3, 4]),
    "q-05-02": st.sampled_from([[1], [2], [3], [1, 2], [2, 3], [1, 2, 3]]),
    "q-05-03": st.floats(allow_nan=False, allow_infinity=False).filter(
        lambda x: not 0.2 <= x <= 0.4
    ),
    "q-05-04": st.permutations(spelled(ORDER)).filter(lambda p: p != spelled(ORDER)),
    "q-05-05": st.text("abc ", min_size=1).filter(str.strip),
    "q-05-06": st.text("abc ", min_size=1).filter(str.strip),
}


@unhurried
@given(st.sampled_from(list(RIGHT)).flatmap(lambda k: st.tuples(st.just(k), WRONG[k])))
def test_any_single_wrong_answer_lowers_the_score_by_one_item(case: tuple[str, object]) -> None:
    item, answer = case
    result = quizzes.grade(QUIZ, RIGHT | {item: answer}, CONFIRMED)
    assert result.right == len(ITEMS) - 1
    assert [wrong.item for wrong in result.wrong] == [item]


@unhurried
@given(st.text(min_size=1, max_size=12), st.integers(3, 9))
def test_letters_name_every_place_once_and_never_spell_the_right_order(name: str, n: int) -> None:
    item = Item(
        f"q-05-{name}", "order", both("?"), ["t"], [choice(str(i)) for i in range(n)], why=both("w")
    )
    names = Order(item).letters
    assert sorted(names.values()) == list(range(n)) != list(names.values())
    assert list(names) == sorted(names)
    assert Order(item).letters == names


@unhurried
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1000, max_value=1000)
)
def test_a_number_is_read_exactly(number: object) -> None:
    assert as_number(str(number)) == as_number(f" {number}".strip()) and str(number)
    assert float(as_number(str(number))) == float(str(number))


@unhurried
@given(st.text(max_size=40))
@example("0\x1f")
def test_whatever_is_typed_is_an_answer_or_a_polite_refusal(typed: str) -> None:
    for item in ITEMS:
        try:
            answer = items.of(item).read(typed)
        except CortexError as error:
            assert error.field == item.id and error.todo
        else:
            # What was recorded as JSON reads back as the same answer.
            again = items.of(item).read(json.loads(json.dumps(answer)))
            assert again == answer
            quizzes.grade(QUIZ, {item.id: again}, {})


@unhurried
@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# What a recorded attempt is worth today.

TINY_RIGHT: dict[str, object] = {
    "q-00-01": 1,
    "q-00-02": [1, 2],
    "q-00-03": "1/2",
    "q-00-04": ["1 + 1", "1 + 2", "2 + 2"],
    "q-00-05": "Two numbers give one result.",
}


@pytest.fixture
def ctx(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("CORTEX_ROOT", str(tiny.root))
    return Context("ada")


def sit(ctx: Context, answers: dict[str, object], score: float = 0.0, file: str = "") -> None:
    phase = ctx.curriculum.phase(0)
    quiz = quizzes.load_quiz(ctx.repo, phase)
    with ctx.learner.recording(0) as checkpoint:
        checkpoint.quiz.append(
            QuizAttempt(
                f"2026-01-0{len(checkpoint.quiz) + 1}T00:00:00Z",
                file or quizzes.quiz_digest(ctx.repo, phase),
                score,
                dict(quizzes.read_answers(quiz, answers)),
            )
        )


def stand(ctx: Context) -> quizzes.Standing:
    return quizzes.standing(ctx, ctx.curriculum.phase(0))


def test_nobody_stands_anywhere_before_the_first_attempt(ctx: Context) -> None:
    found = stand(ctx)
    assert (found.passed, found.best, found.why, found.todo) == (
        False,
        None,
        "the quiz hasn't been taken yet",
        "just quiz 00",
    )


def test_the_best_attempt_counts_even_if_a_later_one_is_worse(ctx: Context) -> None:
    sit(ctx, {k: v for k, v in TINY_RIGHT.items() if k != "q-00-05"}, 0.8)
    sit(ctx, {"q-00-01": 2})
    found = stand(ctx)
    assert found.passed and found.best is not None and found.best.at.startswith("2026-01-01")
    assert found.why == "4 of 5 right (80 %), pass mark 70 %"
    assert found.todo == ""


def test_a_recorded_score_is_not_believed(ctx: Context) -> None:
    sit(ctx, {"q-00-01": 2}, score=1.0)
    found = stand(ctx)
    assert not found.passed
    assert found.why == (
        "0 of 5 right (0 %), pass mark 70 %; "
        "its recorded score of 100 % isn't what its answers earn"
    )


def test_a_quiz_that_changed_since_grades_with_what_it_says_today(ctx: Context) -> None:
    sit(ctx, TINY_RIGHT)
    path = ctx.repo.root / "docs/phase-00-tiny/quiz.yaml"
    path.write_text(path.read_text().replace("answer: 0.5", "answer: 0.75"))
    found = stand(ctx)
    assert found.changed and found.grade is not None
    assert [item.item for item in found.grade.wrong] == ["q-00-03"]
    assert found.why == (
        "3 of 5 right (60 %), pass mark 70 %; 1 free answer waits to be confirmed: q-00-05; "
        "the quiz file changed since that attempt, so today's graded it"
    )


def test_answers_that_todays_quiz_cannot_read_count_as_not_given(ctx: Context) -> None:
    sit(ctx, TINY_RIGHT)
    with ctx.learner.recording(0) as checkpoint:
        checkpoint.quiz[0].answers |= {"q-00-01": 44, "q-00-99": 1, "q-00-03": None}
    found = stand(ctx)
    assert found.grade is not None
    assert [item.item for item in found.grade.wrong] == ["q-00-01", "q-00-03"]


def test_a_confirmation_turns_what_waits_into_a_pass(ctx: Context) -> None:
    sit(ctx, {k: v for k, v in TINY_RIGHT.items() if k != "q-00-04"})
    phase = ctx.curriculum.phase(0)
    before = stand(ctx)
    assert (before.passed, before.waiting) == (False, ["q-00-05"])
    assert before.todo == "just quiz 00 --confirm q-00-05 --verdict yes --by self"
    assert quizzes.confirm(ctx, phase, "q-00-05", verdict=True, by="self").passed
    assert not quizzes.confirm(ctx, phase, "q-00-05", verdict=False, by="assistant").passed


def test_a_verdict_on_a_new_answer_leaves_the_old_answers_verdict_alone(ctx: Context) -> None:
    phase = ctx.curriculum.phase(0)
    sit(ctx, {k: v for k, v in TINY_RIGHT.items() if k != "q-00-04"})
    quizzes.confirm(ctx, phase, "q-00-05", verdict=True, by="self")
    sit(ctx, {"q-00-05": "One result of two numbers, always zero."})
    after = quizzes.confirm(ctx, phase, "q-00-05", verdict=False, by="self")
    assert after.passed


@pytest.mark.parametrize(
    ("item", "by", "message"),
    [
        (
            "q-00-01",
            "self",
            "q-00-01: a single item needs no confirmation\nFree items of this quiz: q-00-05.",
        ),
        ("q-00-09", "self", "the quiz has no item 'q-00-09'\nIts items are q-00-01 to q-00-05."),
        ("q-00-05", "self", "q-00-05: hasn't been answered yet\njust quiz 00"),
        ("q-00-05", "mother", "'mother' can't confirm\nUse --by self or --by assistant."),
    ],
)
def test_what_cannot_be_confirmed_is_refused(
    ctx: Context, item: str, by: str, message: str
) -> None:
    with pytest.raises(CortexError) as error:
        quizzes.confirm(ctx, ctx.curriculum.phase(0), item, verdict=True, by=by)
    assert str(error.value) == message
    assert ctx.learner.checkpoint(0) is None


def test_ones_own_yes_to_an_answer_without_an_idea_is_refused_and_nothing_is_recorded(
    ctx: Context,
) -> None:
    sit(ctx, {"q-00-05": "Two numbers make another."})
    phase = ctx.curriculum.phase(0)
    with pytest.raises(CortexError) as error:
        quizzes.confirm(ctx, phase, "q-00-05", verdict=True, by="self")
    assert str(error.value) == (
        "q-00-05: no known words for 'one result' in the answer\n"
        "A second reader may find it there: --by assistant. Or answer again: `just quiz 00`."
    )
    checkpoint = ctx.learner.checkpoint(0)
    assert checkpoint is not None and checkpoint.confirmations == {}
    after = quizzes.confirm(ctx, phase, "q-00-05", verdict=True, by="assistant")
    assert after.grade is not None and after.grade.right == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "phase: 0\n",
            "phase: 0\npass_mark: 7\n",
            "2: pass_mark: Input should be less than or equal to 1",
        ),
        (
            "tolerance: 0.001",
            "tolerance: -1",
            "26: items[2].tolerance: Input should be greater than or equal to 0",
        ),
        ("type: multi", "type: many", "15: items[1].type: Input should be"),
        (
            'correct: true, why: {en: "Count',
            'why: {en: "Count',
            "5: items[0]: q-00-01: 0 choices are marked correct",
        ),
        ("slug: tiny", "slug: [tiny", "3: not valid YAML"),
    ],
)
def test_a_malformed_quiz_names_file_line_and_field(
    ctx: Context, old: str, new: str, message: str
) -> None:
    path = ctx.repo.root / "docs/phase-00-tiny/quiz.yaml"
    stand(ctx)  # the good one may be remembered; the bad one must not be taken for it
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    sit_phase = ctx.curriculum.phase(0)
    with pytest.raises(CortexError) as error:
        quizzes.load_quiz(ctx.repo, sit_phase)
    assert f"phase-00-tiny/quiz.yaml:{message}" in str(error.value)


def test_a_quiz_of_another_phase_is_refused(ctx: Context) -> None:
    path = ctx.repo.root / "docs/phase-00-tiny/quiz.yaml"
    path.write_text(path.read_text().replace("phase: 0", "phase: 1").replace("q-00-", "q-01-"))
    with pytest.raises(CortexError) as error:
        stand(ctx)
    assert str(error.value) == (
        "docs/phase-00-tiny/quiz.yaml: phase: is the quiz of phase 01, but lies in the folder of phase 00"
    )


def add_an_item(ctx: Context) -> None:
    """An item that the quiz gets after somebody sat it."""
    path = ctx.repo.root / ctx.curriculum.phase(0).quiz
    text = path.read_text()
    first = text[text.index("  - id: q-00-01") : text.index("  - id: q-00-02")]
    path.write_text(text.rstrip("\n") + "\n" + first.replace("q-00-01", "q-00-06") * 1)


def test_an_item_that_came_later_isnt_asked_of_an_older_attempt(ctx: Context) -> None:
    sit(ctx, {k: v for k, v in TINY_RIGHT.items() if k != "q-00-05"}, 0.8)
    with ctx.learner.recording(0) as checkpoint:
        checkpoint.quiz[0].items = [f"q-00-0{n}" for n in range(1, 6)]
    before = stand(ctx)
    add_an_item(ctx)
    after = stand(ctx)
    assert before.grade is not None and after.grade is not None
    assert len(before.grade.items) == len(after.grade.items) == 5
    assert after.passed and after.grade.right == before.grade.right


def test_of_an_attempt_that_doesnt_say_what_it_was_asked_the_answers_count(ctx: Context) -> None:
    right = {k: v for k, v in TINY_RIGHT.items() if k != "q-00-05"}
    sit(ctx, right, score=0.8)
    sit(ctx, {"q-00-01": 1}, score=0.2)
    add_an_item(ctx)
    found = stand(ctx)
    assert found.passed and found.grade is not None and len(found.grade.items) == 4
    with ctx.learner.recording(0) as checkpoint:
        del checkpoint.quiz[0]
    found = stand(ctx)  # what failed then is held to the whole quiz
    assert not found.passed and found.grade is not None and len(found.grade.items) == 6


def take_turns(ctx: Context) -> None:
    """Two items that are asked instead of q-00-03, which is the numeric one."""
    path = ctx.repo.root / ctx.curriculum.phase(0).quiz
    text = path.read_text()
    first = text[text.index("  - id: q-00-03") : text.index("  - id: q-00-04")]
    for name, number in (("q-00-06", 0.25), ("q-00-07", 0.75)):
        other = first.replace("q-00-03", name).replace("0.5", str(number))
        text = text.rstrip("\n") + "\n" + other + "    instead_of: q-00-03\n"
    path.write_text(text)


def test_each_sitting_asks_the_next_of_those_that_take_turns(ctx: Context) -> None:
    take_turns(ctx)
    phase = ctx.curriculum.phase(0)
    asked = []
    for _ in range(4):
        quiz = quizzes.sitting(ctx, phase)
        asked.append([item.id for item in quiz.items])
        sittings.record(ctx, phase, quiz, {}, file=quizzes.quiz_digest(ctx.repo, phase))
    others = ["q-00-01", "q-00-02", "{}", "q-00-04", "q-00-05"]
    turns = ["q-00-03", "q-00-06", "q-00-07", "q-00-03"]
    assert asked == [[name.format(turn) for name in others] for turn in turns]
    graded = stand(ctx).grade
    assert graded is not None and len(graded.items) == 5


def test_what_a_later_sitting_asks_is_graded_as_asked(ctx: Context) -> None:
    take_turns(ctx)
    phase = ctx.curriculum.phase(0)
    file = quizzes.quiz_digest(ctx.repo, phase)
    sittings.record(ctx, phase, quizzes.sitting(ctx, phase), {}, file=file)
    right = {name: answer for name, answer in TINY_RIGHT.items() if name != "q-00-03"}
    given = quizzes.read_answers(quizzes.load_quiz(ctx.repo, phase), right | {"q-00-06": 0.25})
    sittings.record(ctx, phase, quizzes.sitting(ctx, phase), given, file=file)
    found = stand(ctx)
    assert found.grade is not None and found.grade.right >= 4
    with pytest.raises(CortexError, match="has no item 'q-00-03'"):
        sittings.record(
            ctx, phase, quizzes.sitting(ctx, phase), {"q-00-03": 0.5}, file=file
        )  # the third asks q-00-07


def test_an_item_cannot_take_the_place_of_one_that_takes_anothers(ctx: Context) -> None:
    take_turns(ctx)
    path = ctx.repo.root / ctx.curriculum.phase(0).quiz
    path.write_text(path.read_text().rstrip("\n") + "\n")
    path.write_text(path.read_text().replace("instead_of: q-00-03", "instead_of: q-00-06", 1))
    with pytest.raises(CortexError, match="which no first sitting asks"):
        quizzes.load_quiz(ctx.repo, ctx.curriculum.phase(0))
