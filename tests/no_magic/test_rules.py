"""Each rule of the standard goes red on a small bad example, and stays green on a good one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from . import standards

GOOD = '''"""tiny: one addition is an argument.

Idea of a single-file program after Andrej Karpathy's micrograd, makemore and microgpt. Peano (1889).

Surprise: none.

Built properly in phases 03 (linear algebra) and 07 (autograd).
"""

import os
import random

SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"


# -- Data -----------
# -- Model ----------
# -- Training -------
# -- Inference ------
def verdict(rows):
    return 0


def main():
    random.seed(42)
    return verdict([])


if __name__ == "__main__":
    raise SystemExit(main())
'''


@pytest.mark.parametrize(
    "bad",
    [
        "import sys",
        "import numpy as np",
        "from dataclasses import dataclass",
        "from . import other",
        "def f():\n    import subprocess",
        "__import__('sys')",
        "exec('import sys')",
    ],
)
def test_an_import_off_the_list_is_found(bad: str) -> None:
    assert len(standards.foreign_imports("import os, math\n" + bad)) == 1


def test_the_list_itself_is_allowed() -> None:
    good = "import os.path\nimport urllib.request\nfrom collections import Counter\n"
    assert standards.foreign_imports(good) == []


@pytest.mark.parametrize(
    "bad",
    [
        "print(1)",
        "for i in range(3):\n    pass",
        "def f():\n    return 1\n\nx = f()",
        "import random\nrandom.seed(42)",
        "file = open('x')",
        "if True:\n    y = 1",
        "try:\n    z = 1\nexcept OSError:\n    z = 2",
    ],
)
def test_work_at_import_is_found(bad: str) -> None:
    assert len(standards.work_at_import(bad)) == 1


def test_the_good_example_passes_every_rule() -> None:
    assert standards.foreign_imports(GOOD) == []
    assert standards.work_at_import(GOOD) == []
    assert standards.missing_from_thesis(GOOD, "tiny") == []
    assert standards.shape(GOOD) == []
    assert standards.prose(GOOD) == []
    assert standards.thesis(GOOD) == "one addition is an argument."
    assert standards.phases(GOOD) == ["03", "07"]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("tiny: one", "Tiny. One"),
        (" Peano (1889).", ""),
        ("Karpathy", "K."),
        ("Surprise: none", "No surprise"),
        ("Built properly in phases 03 (linear algebra) and 07", "Built properly later"),
    ],
)
def test_a_thesis_that_lacks_a_part_is_found(good: str, bad: str) -> None:
    assert len(standards.missing_from_thesis(GOOD.replace(good, bad), "tiny")) == 1


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("# -- Model ----------\n", "# Model\n"),
        ("random.seed(42)", "random.seed()"),
        ("return verdict([])", "verdict([])"),
        ("raise SystemExit(main())", "main()"),
        ("    raise SystemExit(main())\n", "    raise SystemExit(main())\nprint('after')\n"),
    ],
)
def test_a_frame_that_lacks_a_part_is_found(good: str, bad: str) -> None:
    assert len(standards.shape(GOOD.replace(good, bad))) == 1


@pytest.mark.parametrize("bad", ["# It works!", "# TODO later", "x = 1\n# \U0001f600 smile"])
def test_a_mark_that_the_standard_lacks_is_found(bad: str) -> None:
    assert len(standards.prose(GOOD + bad)) == 1


def test_the_factorial_sign_is_no_exclamation() -> None:
    assert standards.prose("# of n! orders, one") == []


def test_density_counts_comment_lines_and_docstrings_and_nothing_else() -> None:
    source = '"""a\n\nb"""\n\nx = 1  # trailing\n# told\ntext = """\n# not told\n"""\n'
    # Nonblank: two of the docstring, x, the comment, three of the string. The line inside a string that
    # looks like a comment counts as one: the rule reads lines, as a reader's eye does.
    assert standards.nonblank_lines(source) == 7
    assert standards.comment_density(source) == pytest.approx(4 / 7)
    assert standards.comment_density("") == 0.0


def test_a_blank_line_counts_nowhere() -> None:
    assert standards.nonblank_lines("x = 1\n\n   \ny = 2\n") == 2


WANTED = {
    "Value.__slots__": "    __slots__ = ('data',)",
    "Value.__add__": "    def __add__(self, other):\n        return other",
    "verdict": "def verdict(rows):\n    return 0",
    "SMOKE": 'SMOKE = os.environ.get("NO_MAGIC_SMOKE") == "1"',
    "HERE": "HERE = 1",
    "NAMES_URL": "NAMES_URL = 1",
    "clean_names": "def clean_names(text):\n    return []",
    "invented_names": "",
    "load_names": "",
}
VALUE = f"class Value:\n{WANTED['Value.__slots__']}\n\n{WANTED['Value.__add__']}\n"
BLOCK = f"\n\n{standards.CALLOUT}\n# As in docs/autograd-interface.md; added: nothing.\n"


def test_a_script_without_value_needs_no_block() -> None:
    assert standards.undeclared("x = 1", WANTED) == []
    assert standards.undeclared(VALUE + BLOCK, WANTED) == []


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        (VALUE, f"the block {standards.CALLOUT!r} right after the class"),
        (f"{VALUE}x = 1\n{BLOCK}", f"the block {standards.CALLOUT!r} right after the class"),
        (VALUE + BLOCK.replace("docs/", ""), "the path docs/autograd-interface.md"),
        (VALUE.replace("return other", "return self") + BLOCK, "add"),
        (VALUE + "\n    def clip(self):\n        pass\n" + BLOCK, "clip"),
        (VALUE + BLOCK + "\n\ndef dot(xs):\n    return Value(1.0, xs, xs)\n", "dot"),
        (VALUE.replace("def __add__", "def __mul__") + BLOCK, "Value.__add__"),
    ],
)
def test_a_difference_that_is_not_declared_is_found(source: str, missing: str) -> None:
    assert missing in standards.undeclared(source, WANTED)


def test_a_difference_that_is_declared_passes() -> None:
    source = VALUE + "\n    def clip(self):\n        pass\n" + BLOCK.replace("nothing", "`clip`")
    assert standards.undeclared(source, WANTED) == []


def test_a_leaf_made_by_a_function_is_no_operation() -> None:
    assert (
        standards.undeclared(VALUE + BLOCK + "\ndef leaf():\n    return Value(1)\n", WANTED) == []
    )


def test_an_altered_common_block_is_found() -> None:
    good = f"{WANTED['SMOKE']}\n{WANTED['verdict']}\n{WANTED['clean_names']}\n"
    assert standards.altered(good, WANTED) == []
    assert standards.altered(good.replace("return []", "return [1]"), WANTED) == ["clean_names"]
    assert standards.altered(good.replace("return 0", "return 1"), WANTED) == ["verdict"]
    assert standards.altered(WANTED["SMOKE"], WANTED) == ["verdict"]


TABLE = """loss 2.1 after 3.4 s

criterion                                           value  bound            verdict
names are many                                       2000  >= 1000          pass
{long}         1  > 0              FAIL
no value at all                                            yes              not judged
1 of 3 criteria met
"""


def test_the_closing_table_is_read_row_by_row() -> None:
    long = "a criterion that fills its whole column, yes"
    assert len(long) == 44
    assert standards.criteria(TABLE.format(long=long)) == [
        ("names are many", "pass"),
        (long, "FAIL"),
        ("no value at all", "not judged"),
    ]
    assert standards.criteria("no table here: pass\n") == []


@pytest.mark.parametrize(
    "bad", ["loss nan", "ratio: -inf", "[NaN, 1.0]", "x=inf y=1", "nan nan nan"]
)
def test_what_is_no_number_is_found_in_the_output(bad: str) -> None:
    assert standards.not_numbers(f"fine 1.0\n{bad}\n") == [bad]


@pytest.mark.parametrize(
    "good", ["information gained", "anna, nan, zoe, tim", "financial", "banana"]
)
def test_words_and_the_name_nan_are_no_trouble(good: str) -> None:
    assert standards.not_numbers(good) == []


def test_times_are_taken_out_and_nothing_else() -> None:
    assert (
        standards.without_times("12.3 s, 45 ms, 7 steps, 1.5 sums")
        == "TIME, TIME, 7 steps, 1.5 sums"
    )


def test_a_run_sees_code_output_and_every_file_written(tmp_path: Path) -> None:
    path = tmp_path / "01-foundations" / "micro.py"
    path.parent.mkdir()
    path.write_text(
        "import os\nprint(os.environ['NO_MAGIC_SMOKE'], os.getcwd().endswith('elsewhere'))\n"
        "open('left', 'w').close()\n"
        "open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'names.txt'), 'w').close()\n"
        "raise SystemExit(3)\n"
    )
    ran = standards.run(path)
    assert (ran.code, ran.out, ran.err) == (3, "1 True\n", "")
    assert ran.written == (
        "elsewhere/left",
        "repo/experiments/no-magic/01-foundations/names.txt",
    )


def test_a_run_that_never_ends_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "01-foundations" / "micro.py"
    path.parent.mkdir()
    path.write_text("while True: pass\n")
    with pytest.raises(subprocess.TimeoutExpired):
        standards.run(path, limit=0.5)
