"""What of a learner's file a lab stands on: its own part and earlier ones, never a later lab's or an unused helper."""

from __future__ import annotations

import ast

import pytest

from cortex.files.regions import layout, relevant

REFERENCE = '''"""A module."""

import math


# lab 08.1
def _half(x: float) -> float:
    return x / 2
# end lab


def area(r: float) -> float:
    """The area."""
    # lab 08.1
    return math.pi * r**2
    # end lab


class Tensor:
    """A tensor."""

    def sum(self) -> float:
        # lab 08.1
        return 1.0
        # end lab

    def mean(self) -> float:
        # lab 08.2
        return 2.0
        # end lab


def edge(r: float) -> float:
    # lab 08.2
    def inner() -> float:
        return r

    return 2 * inner()
    # end lab
'''
PLAN = layout(REFERENCE, "solutions/minitorch/x.py")


def same(lab: str, old: str, new: str) -> bool:
    """Whether an edit of the learner's file leaves a lab as it was."""
    assert REFERENCE.count(old) == 1
    edited = REFERENCE.replace(old, new)
    return relevant(REFERENCE, PLAN, lab) == relevant(edited, PLAN, lab)


@pytest.mark.parametrize(
    ("old", "new", "stales"),
    [
        ("math.pi * r**2", "math.pi * r * r", {"08.1", "08.2", "10.1"}),
        ("return 1.0", "return 1.5", {"08.1", "08.2", "10.1"}),
        ("return 2.0", "return 2.5", {"08.2", "10.1"}),
        ("return 2 * inner()", "return inner() * 2", {"08.2", "10.1"}),
        ("return r\n", "return -r\n", {"08.2", "10.1"}),
        ("class Tensor:", "class Tensor(dict):", {"08.1", "08.2", "10.1"}),
        ("import math\n", "import math\nimport os\n", set()),
        ("    return x / 2", "    return x * 0.5", {"08.1", "08.2", "10.1"}),
        ('"""The area."""', '"""The area of a disc."""', set()),
        ("    return math.pi", "    # the formula\n    return math.pi", set()),
        ("class Tensor:", "def mine(x: int) -> int:\n    return x\n\n\nclass Tensor:", set()),
    ],
)
def test_an_edit_stales_exactly_the_labs_that_stand_on_it(
    old: str, new: str, stales: set[str]
) -> None:
    labs = {"08.1", "08.2", "10.1"}
    assert {lab for lab in labs if not same(lab, old, new)} == stales


def test_a_helper_counts_once_something_that_counts_uses_it() -> None:
    helper = "def mine(x: float) -> float:\n    return x\n\n\ndef edge("
    early = REFERENCE.replace("math.pi * r**2", "mine(r)").replace("def edge(", helper)
    late = REFERENCE.replace("return 2 * inner()", "return mine(r)").replace("def edge(", helper)
    for text, stales in ((early, {"08.1", "08.2"}), (late, {"08.2"})):
        edited = text.replace("    return x\n\n\ndef edge", "    return x + 0\n\n\ndef edge")
        assert edited != text
        assert {
            lab
            for lab in ("08.1", "08.2")
            if relevant(text, PLAN, lab) != relevant(edited, PLAN, lab)
        } == stales


def test_what_is_not_python_or_has_no_reference_counts_whole() -> None:
    assert relevant("def (", PLAN, "08.1") == "def ("
    assert relevant("x = 1  # one\n", None, "08.1") == "x = 1"


def test_tenth_lab_comes_after_the_ninth() -> None:
    text = REFERENCE.replace("08.2", "08.10")
    plan = layout(text, "x.py")
    edited = text.replace("return 2.0", "return 2.5")
    assert relevant(text, plan, "08.9") == relevant(edited, plan, "08.9")
    assert relevant(text, plan, "08.10") != relevant(edited, plan, "08.10")


def test_a_file_is_read_once_for_all_labs_that_stand_on_the_same_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    parse = ast.parse

    def reading(text: str) -> ast.Module:
        read.append(text)
        return parse(text)

    monkeypatch.setattr(ast, "parse", reading)
    text = REFERENCE + "LATE = 1\n"
    plans = [layout(text, "solutions/minitorch/y.py") for _ in range(3)]
    for plan, lab in zip(plans, ("08.2", "09.1", "10.1"), strict=True):
        relevant(text + "\n", plan, lab)
    assert read == [text, text + "\n"]
