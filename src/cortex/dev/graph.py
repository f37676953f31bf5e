"""What stands on what: phases on phases, experiments on experiments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


def circle(edges: Mapping[T, Iterable[T]]) -> list[T]:
    """Nodes that lead back to the first of them, which stands at the end again; empty if nothing does."""
    done: set[T] = set()

    def walk(node: T, path: list[T]) -> list[T]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for other in edges.get(node, ()):
            found = walk(other, [*path, node])
            if found:
                return found
        done.add(node)
        return []

    return next((found for node in edges if (found := walk(node, []))), [])


def reached(edges: Mapping[T, Iterable[T]], start: T) -> set[T]:
    """Every node that `start` leads to."""
    found: set[T] = set()
    waiting = list(edges.get(start, ()))
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += edges.get(node, ())
    return found
