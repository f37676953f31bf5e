"""What lab checks call, so that a failure teaches: what was expected, what came, which idea to revisit.

Nothing here knows a learner's package. The child process that runs the checks imports this module; so do the
project's own tests. Import it as `from given.checking import expect_close, ...`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class CheckFailed(AssertionError):  # noqa: N818 - reads as a sentence in a traceback
    """A failed check, with its parts kept apart for the card that shows it.

    Attributes:
        what: the thing that was checked, as the learner would name it.
        expected, got: as text.
        idea: one or two sentences on the idea to revisit.
        page: where it is explained, relative to the phase's folder (`theory/03-backprop-by-hand.md`).
    """

    def __init__(self, what: str, expected: str, got: str, idea: str, page: str) -> None:
        self.what, self.expected, self.got, self.idea, self.page = what, expected, got, idea, page
        super().__init__(
            f"{what}\n  expected  {expected}\n  got       {got}\n  idea      {idea}\n  reread    {page}"
        )


def _show(value: object) -> str:
    text = f"{value!r}"
    return text if len(text) <= 300 else f"{text[:280]}... ({len(text)} characters)"


_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_MADE_BY_CODE = 1 << 9  # a class that Python code made, whatever it says of itself


def _equal(got: Any, expected: Any) -> bool:
    """Equality that the expected value decides, not a class that says it equals everything."""
    kind = type(expected)
    if kind in _PLAIN:
        return _says_so_itself(got, _PLAIN) and bool(got == expected)
    if kind in (list, tuple):
        if not _says_so_itself(got, (kind,)) or len(got) != len(expected):
            return False
        return all(_equal(a, b) for a, b in zip(got, expected, strict=True))
    if kind is dict:
        if not _says_so_itself(got, (dict,)) or len(got) != len(expected):
            return False
        return all(key in got and _equal(got[key], expected[key]) for key in expected)
    same = got == expected
    return bool(same.all()) if hasattr(same, "all") else bool(same)


def _says_so_itself(value: object, kinds: tuple[type, ...]) -> bool:
    """Whether a value compares as one of `kinds`, or NumPy's numbers, do."""
    kind = type(value)
    flags = type.__dict__["__flags__"].__get__(kind)
    if type.__dict__["__module__"].__get__(kind) == "numpy" and not flags & _MADE_BY_CODE:
        return True
    return any(
        issubclass(kind, one) and getattr(kind, "__eq__") is getattr(one, "__eq__")  # noqa: B009
        for one in kinds
    )


def expect_equal(got: Any, expected: Any, *, what: str, idea: str, page: str) -> None:
    """Fails unless `got == expected` and both are of the same kind of value (1 is not True)."""
    if isinstance(got, bool) != isinstance(expected, bool) or not _equal(got, expected):
        raise CheckFailed(what, _show(expected), _show(got), idea, page)


def expect_close(got: Any, expected: Any, *, tol: float, what: str, idea: str, page: str) -> None:
    """Fails unless `got` is within `tol` of `expected`, absolutely or relatively; numbers, sequences or arrays."""
    if isinstance(expected, Sequence) or hasattr(expected, "shape"):
        import numpy as np

        a, b = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
        if a.shape != b.shape:
            raise CheckFailed(what, f"shape {b.shape}", f"shape {a.shape}", idea, page)
        off = ~np.isclose(a, b, rtol=tol, atol=tol, equal_nan=True)
        if off.any():
            where = tuple(int(i) for i in np.argwhere(off)[0])
            raise CheckFailed(
                f"{what}, element {where}",
                f"{b[where]!r} (within {tol:g})",
                repr(a[where]),
                idea,
                page,
            )
        return
    try:
        close = math.isclose(got, expected, rel_tol=tol, abs_tol=tol)
    except TypeError:
        close = False
    if not close:
        raise CheckFailed(what, f"{expected!r} (within {tol:g})", _show(got), idea, page)


def expect_true(ok: object, *, what: str, expected: str, got: object, idea: str, page: str) -> None:
    """Fails unless `ok`; `expected` says in words what should have been, `got` what was."""
    if not ok:
        raise CheckFailed(what, expected, got if isinstance(got, str) else _show(got), idea, page)


@contextmanager
def expect_raises(
    *kinds: type[BaseException], what: str, idea: str, page: str, mentions: str = ""
) -> Iterator[None]:
    """Fails unless the block raises one of `kinds` with `mentions` in its message."""
    names = " or ".join(kind.__name__ for kind in kinds)
    wanted = names + (f" that says {mentions!r}" if mentions else "")
    try:
        yield
    except NotImplementedError:
        raise
    except kinds as error:
        if mentions not in str(error):
            raise CheckFailed(
                what, wanted, f"{type(error).__name__}: {error}", idea, page
            ) from error
    except Exception as error:
        raise CheckFailed(what, wanted, f"{type(error).__name__}: {error}", idea, page) from error
    else:
        raise CheckFailed(what, wanted, "no error", idea, page)
