"""Quiz items by kind: `of(item)` gives an item what its kind can do."""

from __future__ import annotations

from cortex.formats.quiz import Item, Kind
from cortex.quiz.choices import Multi, Order, Single
from cortex.quiz.kind import ItemKind
from cortex.quiz.written import Free, Numeric, Short

_KINDS: dict[Kind, type[ItemKind]] = {
    "single": Single,
    "multi": Multi,
    "numeric": Numeric,
    "order": Order,
    "short": Short,
    "free": Free,
}


def of(item: Item) -> ItemKind:
    """The item as its kind."""
    return _KINDS[item.type](item)
