"""The learner's journal: `learners/<name>/journal/YYYY-MM-DD.md`, one page a day by the wall clock."""

from __future__ import annotations

import contextlib
import re
from datetime import date, datetime
from pathlib import Path

from cortex.errors import CortexError
from cortex.files import store
from cortex.files.repo import Repo, find_repo
from cortex.formats.plain import read_bytes
from cortex.record.learner import Learner, current_learner

_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_NOTES = "## Notes"
_PLAIN = "# {day}\n"


def page_of(learner: Learner, day: date) -> Path:
    """The day's file; it need not exist."""
    return learner.journal / f"{day.isoformat()}.md"


def entries(learner: Learner) -> list[date]:
    """The days, oldest first, on which the learner wrote something: headings alone, as in the template, don't count."""
    days = []
    for path in learner.journal.glob("*.md"):
        with contextlib.suppress(CortexError, OSError, ValueError):
            if _DAY.match(path.stem) and written(read_bytes(path).decode(errors="replace")):
                days.append(date.fromisoformat(path.stem))
    return sorted(days)


def entries_since(learner: Learner, opened_at: str) -> list[date]:
    """The days with something written, from the day of `opened_at` on."""
    return since(entries(learner), opened_at)


def since(days: list[date], opened_at: str) -> list[date]:
    """Those of the days that lie on or after the day of `opened_at`.

    That time is UTC and a journal is dated by the wall clock, so the earlier of the two days counts.
    """
    try:
        moment = datetime.fromisoformat(opened_at)
    except ValueError:  # a record edited by hand proves nothing
        return []
    first = min(moment.date(), moment.astimezone().date())
    return [day for day in days if day >= first]


def written(text: str) -> bool:
    """Whether a page holds more than headings, quotes and comments."""
    bare = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return any(
        line.strip() and not line.lstrip().startswith(("#", ">")) for line in bare.splitlines()
    )


def template(repo: Repo, day: date) -> str:
    """Today's empty page, from `learners/_template/journal.md`; just the day where there is none."""
    path = repo.learners / "_template" / "journal.md"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8").replace("YYYY-MM-DD", day.isoformat())
    return _PLAIN.format(day=day.isoformat())


def start_page(learner: Learner, day: date) -> tuple[Path, bool]:
    """The day's page, made from the template if it isn't there; and whether it was made now."""
    path = page_of(learner, day)
    if path.exists():
        return path, False
    learner.create()
    with store.locked(learner.folder):
        if not path.exists():
            store.write_atomic(path, template(learner.repo, day))
    return path, True


def add(learner: Learner, text: str, now: datetime) -> Path:
    """Adds the learner's words to the day's page, under `## Notes`, with the time. Raises CortexError for no words."""
    words = text.encode("utf-8", "replace").decode("utf-8").strip()
    if not words:
        raise CortexError(
            "there is nothing to add", todo='Say something: `just journal --add "..."`.'
        )
    path = page_of(learner, now.date())
    learner.create()
    with store.locked(learner.folder):
        page = _read(path) if path.exists() else _PLAIN.format(day=now.date().isoformat())
        if _NOTES not in page.splitlines():
            page = f"{page.rstrip()}\n\n{_NOTES}\n"
        body = "\n".join(f"  {line}".rstrip() for line in words.splitlines()).lstrip()
        store.write_atomic(path, f"{page.rstrip()}\n\n- {now:%H:%M} {body}\n")
    return path


def _read(path: Path) -> str:
    from cortex.formats.load import read_text

    return read_text(path)


def reminder(name: str = "") -> str:
    """One line if today's entry is missing, else nothing; nothing too where nobody learns or anything is broken."""
    with contextlib.suppress(Exception):
        learner = current_learner(find_repo(), name or None)
        today = date.today()
        if learner.folder.is_dir():
            path = page_of(learner, today)
            if not path.exists() or not written(read_bytes(path).decode(errors="replace")):
                return f'No journal entry for {today.isoformat()} yet: just journal --add "..."'
    return ""
