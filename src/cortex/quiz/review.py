"""Review cards: what was once wrong, asked again when it is about to be forgotten.

A card's schedule is the `fsrs` library's; the question comes from the curriculum each time, so a mended quiz mends its
cards. Cards live in `learners/<name>/review.json`. Ids: `quiz:q-07-01`, `lab:07.1:test_name`.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import inside, text_digest
from cortex.formats import load as reading
from cortex.formats.build import Mismatch, build
from cortex.formats.phase import STRICT, Phase
from cortex.formats.quiz import Item, Quiz
from cortex.formats.words import Language
from cortex.quiz import items
from cortex.record.learner import Learner

if TYPE_CHECKING:
    from cortex.context import Context

SCHEMA = 1
RATINGS = ("again", "hard", "good", "easy")  # in the library's order, from 1
_ID = re.compile(
    r"^(?:quiz:q-(?P<quiz>\d\d)-.+|lab:(?P<lab>(?P<head>\d\d)\.\d{1,2}):(?P<test>.+))$"
)


@dataclass(frozen=True)
class NewCard:
    """A card to make. A lab's check brings its own text; a quiz item is looked up when it is asked."""

    id: str
    what: str = ""
    idea: str = ""
    page: str = ""


@dataclass
class Reviewed:
    """One review: when, and how it went."""

    __pydantic_config__ = STRICT
    at: str
    rating: str


@dataclass
class Card:
    """One card. `fsrs` is the library's own record of it."""

    __pydantic_config__ = STRICT
    added: str
    fsrs: dict[str, Any]
    what: str = ""
    idea: str = ""
    page: str = ""
    reviews: list[Reviewed] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            due = datetime.fromisoformat(self.fsrs["due"])
        except (KeyError, TypeError, ValueError):
            raise ValueError("fsrs.due isn't an ISO-8601 time") from None
        if due.tzinfo is None:
            raise ValueError("fsrs.due has no time zone")

    @property
    def due(self) -> datetime:
        """When it is to be asked."""
        return datetime.fromisoformat(self.fsrs["due"])


@dataclass
class Deck:
    """The whole file."""

    __pydantic_config__ = STRICT
    schema: int = SCHEMA
    cards: dict[str, Card] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """A card with what it asks: a quiz `item`, or the lab check's own text on the card."""

    id: str
    card: Card
    phase: Phase
    item: Item | None

    @property
    def page(self) -> str:
        """What to reread, relative to the root; empty if nothing is named."""
        page = self.item.page if self.item else self.card.page
        return f"{self.phase.folder}/{page}" if page else ""

    @property
    def check(self) -> str:
        """`lab 07.1: a value used twice receives both contributions`, for a lab's card."""
        _, lab, test = self.id.split(":", 2)
        return f"lab {lab}: {test.removeprefix('test_').replace('_', ' ')}"

    @property
    def asks(self) -> str:
        """What a lab's card asks."""
        return f"{self.check}. Which idea was it about?"

    @property
    def sitting(self) -> int:
        """Which time it is asked: it arranges the choices."""
        return len(self.card.reviews)

    def told(self, lang: Language) -> dict[str, Any]:
        """The card without its answer, for a program that asks it."""
        asked = (
            items.of(self.item).told(lang)
            if self.item
            else {"type": "lab", "prompt": self.asks, "how": "Say the idea in your own words"}
        )
        return {
            **asked,
            "card": self.id,
            "phase": self.phase.number,
            "due": self.card.fsrs["due"],
            "reviews": len(self.card.reviews),
        }

    def solution(self, lang: Language) -> list[str]:
        """The answer in words."""
        return items.of(self.item).solution(lang) if self.item else [self.card.idea]

    def explanation(self, lang: Language) -> str:
        """Why it is the answer."""
        return items.of(self.item).explanation(lang) if self.item else ""


def path_of(learner: Learner) -> Path:
    """The learner's cards."""
    return learner.folder / "review.json"


def read_deck(learner: Learner) -> Deck:
    """All cards; an empty deck if there is no file. Raises CortexError, and never touches a file it can't read."""
    path = path_of(learner)
    if not path.exists():
        return Deck()
    text = reading.read_text(path)
    data = reading.parse_json(text, path)
    reading.refuse_newer(data, SCHEMA, path)
    return reading.load(path, Deck, validate=False)


@contextlib.contextmanager
def changing(learner: Learner) -> Iterator[Deck]:
    """Changes the deck: locked, read, yielded, written atomically if it differs. An exception inside writes nothing."""
    learner.create()
    with store.locked(learner.folder):
        deck = read_deck(learner)
        before = _text(deck)
        yield deck
        if _text(deck) != before:
            store.write_atomic(path_of(learner), _text(deck))


def add_cards(
    learner: Learner, cards: Iterable[NewCard], *, at: datetime | None = None
) -> list[str]:
    """Makes the cards that aren't there yet, due at once. Returns the ids of the new ones."""
    wanted = {card.id: card for card in cards}
    if not wanted or wanted.keys() <= read_deck(learner).cards.keys():
        return []
    import fsrs

    when = at or datetime.now(UTC)
    with changing(learner) as deck:
        fresh = [card for card in wanted.values() if card.id not in deck.cards]
        for card in fresh:
            number = int(text_digest(card.id)[:12], 16)
            record = dict(fsrs.Card(card_id=number, due=when).to_dict())
            added = when.strftime("%Y-%m-%dT%H:%M:%SZ")
            deck.cards[card.id] = Card(added, record, card.what, card.idea, card.page)
    return [card.id for card in fresh]


def put_aside(learner: Learner, card: NewCard) -> None:
    """Keeps a card of a failed check for the next review. A check of code in progress changes no tracked file."""
    path = _aside(learner)
    learner.create()
    with store.locked(learner.folder):
        kept = _put_aside(learner)
        if card.id not in kept:
            kept[card.id] = card
            rows = [asdict(one) for one in kept.values()]
            store.write_atomic(path, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def take_up(learner: Learner) -> None:
    """Puts the cards that were put aside into the deck."""
    kept = _put_aside(learner)
    if kept:
        add_cards(learner, kept.values())
        _aside(learner).unlink(missing_ok=True)


def _aside(learner: Learner) -> Path:
    return learner.log / "cards.json"


def _put_aside(learner: Learner) -> dict[str, NewCard]:
    """The cards put aside, by id; none where their file can't be read."""
    path = _aside(learner)
    with contextlib.suppress(CortexError, Mismatch, TypeError):
        if path.is_file():
            rows = reading.parse_json(reading.read_text(path), path)
            return {card.id: card for card in (build(NewCard, row) for row in rows)}
    return {}


def lab_card(lab_id: str, check: str, *, what: str, idea: str, page: str) -> NewCard:
    """The card of a lab's failed check, by the check's name in words; its case, if it has several, doesn't matter."""
    name = "test_" + check.partition("[")[0].strip().replace(" ", "_")
    return NewCard(f"lab:{lab_id}:{name}", what, idea, page)


def due_ids(learner: Learner, at: datetime | None = None) -> list[str]:
    """Ids of the cards that are due, the longest overdue first."""
    when = at or datetime.now(UTC)
    cards = read_deck(learner).cards
    return sorted((i for i in cards if cards[i].due <= when), key=lambda i: (cards[i].due, i))


def next_due(learner: Learner) -> datetime | None:
    """When the next card is due, None for an empty deck."""
    return min((card.due for card in read_deck(learner).cards.values()), default=None)


def rate(learner: Learner, card_id: str, rating: str, *, at: datetime | None = None) -> Card:
    """Records how a review went and schedules the next. Raises CortexError for an unknown card or rating."""
    import fsrs

    if rating not in RATINGS:
        raise CortexError(f"{rating!r} is no rating", todo="Rate again, hard, good or easy.")
    when = at or datetime.now(UTC)
    take_up(learner)
    with changing(learner) as deck:
        card = deck.cards.get(card_id)
        if card is None:
            raise _unknown(card_id)
        try:
            before = fsrs.Card.from_dict(card.fsrs)  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError) as error:
            raise CortexError(
                f"the schedule can't be read: {error}",
                file=path_of(learner),
                field=f"cards.{card_id}.fsrs",
                todo="Mend it, or remove the card from the file.",
            ) from None
        # No fuzz: the same reviews give the same dates, and a deck this small has no crowded days to spread.
        scheduler = fsrs.Scheduler(enable_fuzzing=False)
        after, _ = scheduler.review_card(before, fsrs.Rating(RATINGS.index(rating) + 1), when)
        card.fsrs = dict(after.to_dict())
        card.reviews.append(Reviewed(when.strftime("%Y-%m-%dT%H:%M:%SZ"), rating))
    return card


def due_questions(ctx: Context, at: datetime | None = None) -> tuple[list[Question], list[str]]:
    """The due cards with what they ask, and the ids of cards dropped because their question has gone.

    Cards of a phase that isn't shipped in this checkout are kept and not asked.
    """
    take_up(ctx.learner)
    deck = read_deck(ctx.learner)
    found, gone = [], []
    quizzes: dict[int, Quiz] = {}
    for card_id in due_ids(ctx.learner, at):
        number = _number(card_id)
        if number is not None and number not in ctx.curriculum.shipped:
            continue
        question = question_of(ctx, card_id, deck.cards[card_id], quizzes)
        if question is None:
            gone.append(card_id)
        else:
            found.append(question)
    if gone:
        with changing(ctx.learner) as deck:
            for card_id in gone:
                deck.cards.pop(card_id, None)
    return found, gone


def find_question(ctx: Context, card_id: str) -> Question:
    """One card with what it asks. Raises CortexError if there is no such card, or nothing that it asks."""
    take_up(ctx.learner)
    card = read_deck(ctx.learner).cards.get(card_id)
    question = question_of(ctx, card_id, card, {}) if card else None
    if question is None:
        raise _unknown(card_id)
    return question


def question_of(
    ctx: Context, card_id: str, card: Card, quizzes: dict[int, Quiz]
) -> Question | None:
    """What a card asks, None if the curriculum doesn't hold it any more; `quizzes` remembers those already read."""
    parts = _ID.match(card_id)
    number = _number(card_id)
    if parts is None or number is None or number not in ctx.curriculum.shipped:
        return None
    phase = ctx.curriculum.shipped[number]
    if parts["quiz"]:
        from cortex.quiz.grading import load_quiz

        wanted = card_id.removeprefix("quiz:")
        if number not in quizzes:
            quizzes[number] = load_quiz(ctx.repo, phase)
        items = [item for item in quizzes[number].items if item.id == wanted]
        return Question(card_id, card, phase, items[0]) if items else None
    for lab in phase.labs:
        checks = inside(ctx.repo, lab.checks)
        if lab.id == parts["lab"] and checks.is_file():
            named = f"def {parts['test']}(" in reading.read_text(checks)
            return Question(card_id, card, phase, None) if named else None
    return None


def _unknown(card_id: str) -> CortexError:
    return CortexError(
        f"there is no card {card_id!r}", todo="`just review --json` lists what is due."
    )


def _number(card_id: str) -> int | None:
    parts = _ID.match(card_id)
    return int(parts["quiz"] or parts["head"]) if parts else None


def _text(deck: Deck) -> str:
    return json.dumps(asdict(deck), indent=2, ensure_ascii=False) + "\n"
