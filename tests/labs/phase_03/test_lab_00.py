"""Lab 03.0: twenty einsums by hand, then the function that would have told you."""

import importlib.util
import itertools
import math
import os
import random
from pathlib import Path

import numpy as np

from given.checking import expect_equal, expect_raises, expect_true
from minigrad.einsum import broadcast_shape, einsum_flops, einsum_shape, einsum_sizes

READING = "theory/01-reading-an-einsum.md"
ROOT = Path(__file__).parents[3]


def script():
    """Your script: $CORTEX_SCRIPTS, else the one that goes with the minigrad on the path."""
    import minigrad

    packages = Path(minigrad.__file__).resolve().parents[1]
    told = os.environ.get("CORTEX_SCRIPTS")
    home = ROOT / told if told else (packages if packages.name == "solutions" else ROOT) / "scripts"
    spec = importlib.util.spec_from_file_location("shapes_by_hand", home / "shapes_by_hand.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def zeros(shape):
    """An array of this shape that takes the memory of one number."""
    return np.broadcast_to(0.0, shape)


def counted(spec, *shapes):
    """The result's shape and its arithmetic, by running every loop and counting. Explicit mode, letters only."""
    left, right = spec.split("->")
    terms = left.split(",")
    sizes = {
        c: n for t, shape in zip(terms, shapes, strict=True) for c, n in zip(t, shape, strict=True)
    }
    letters = sorted(sizes)
    written, flops = set(), 0
    for point in itertools.product(*(range(sizes[c]) for c in letters)):
        at = dict(zip(letters, point, strict=True))
        flops += len(terms) - 1
        place = tuple(at[c] for c in right)
        flops += place in written
        written.add(place)
    return tuple(sizes[c] for c in right), flops


def test_all_twenty_shapes_are_right():
    module = script()
    answers = module.predictions()
    for number, (spec, shapes) in module.QUESTIONS.items():
        expect_equal(
            answers.get(number, ("no answer", 0))[0],
            np.einsum(spec, *map(zeros, shapes), optimize=True).shape,
            what=f"your shape for question {number}, {spec} of {shapes}",
            idea="The letters after the arrow, in their order, each with its size. No arrow: what occurs once, sorted.",
            page=READING,
        )


def test_all_twenty_counts_are_right():
    module = script()
    answers = module.predictions()
    for number, (spec, shapes) in module.QUESTIONS.items():
        terms = spec.split("->")[0].split(",")
        result = np.einsum(spec, *map(zeros, shapes), optimize=True).size
        letters = {}
        for term, shape in zip(terms, shapes, strict=True):
            letters |= dict(zip(term, shape, strict=True)) if "." not in term else {}
        points = math.prod(letters.values()) if letters else 32 * 4 * 16 * 64 * 16
        expect_equal(
            answers[number][1],
            len(terms) * points - result,
            what=f"your count for question {number}, {spec} of {shapes}",
            idea="Loop over every letter once: P points. One multiplication a comma at each of them, and an addition "
            "at each but the first of every result: P - M.",
            page=READING,
        )


def test_shapes_line_up_at_their_ends():
    for shapes, expected in [
        (((3, 4), (4,)), (3, 4)),
        (((3, 1), (4,)), (3, 4)),
        (((32, 1, 16), (4, 1)), (32, 4, 16)),
        (((5,), ()), (5,)),
        (((2, 0), (1,)), (2, 0)),
        (((7, 1), (1, 0)), (7, 0)),
        ((), ()),
    ]:
        expect_equal(
            broadcast_shape(*shapes),
            expected,
            what=f"broadcast_shape of {shapes}",
            idea="Write them below each other, flush right. Where one is shorter, or says 1, the other decides.",
            page=READING,
        )


def test_sizes_that_do_not_fit_are_refused():
    for shapes in (((3,), (4,)), ((3, 4), (3,)), ((0,), (5,)), ((2, 3), (1, 3), (4, 3))):
        with expect_raises(
            ValueError,
            what=f"broadcast_shape of {shapes}",
            idea="NumPy adds missing dimensions on the left, never on the right: (3, 4) and (3,) don't go together.",
            page=READING,
            mentions=str(shapes[0]),
        ):
            broadcast_shape(*shapes)


def test_broadcasting_agrees_with_numpy_on_random_shapes():
    rng = random.Random(3)
    for _ in range(200):
        shapes = [
            tuple(rng.choice([1, 1, 2, 3, 0]) for _ in range(rng.randint(0, 4))) for _ in "ab"
        ]
        try:
            expected = np.broadcast_shapes(*shapes)
        except ValueError:
            continue
        expect_equal(
            broadcast_shape(*shapes),
            expected,
            what=f"broadcast_shape of {shapes}",
            idea="1 gives way to anything, 0 included.",
            page=READING,
        )


def test_every_letter_has_one_size():
    expect_equal(
        einsum_sizes("ij,jk->ki", (2, 3), (3, 4)),
        ({"i": 2, "j": 3, "k": 4}, "ki"),
        what="einsum_sizes of ij,jk->ki",
        idea="Walk through terms and shapes side by side and fill one dictionary. split_spec (given) has the labels.",
        page=READING,
    )
    for spec, shapes in [
        ("ij,jk->ik", ((2, 3), (4, 5))),
        ("ii->i", ((3, 4),)),
        ("ij,jk->ik", ((2, 1), (3, 4))),
    ]:
        with expect_raises(
            ValueError,
            what=f"einsum_sizes of {spec} with {shapes}",
            idea="A letter is a promise: same letter, same size. A 1 isn't excused, though NumPy excuses it.",
            page=READING,
        ):
            einsum_sizes(spec, *shapes)


def test_shapes_of_the_usual_patterns():
    for spec, shapes in [
        ("i,i->", ((4,), (4,))),
        ("i,j->ij", ((4,), (5,))),
        ("ij,j->i", ((2, 3), (3,))),
        ("ij->ji", ((2, 3),)),
        ("ijk->kji", ((3, 4, 5),)),
        ("ii->i", ((5, 5),)),
        ("ii", ((5, 5),)),
        ("ba", ((2, 3),)),
        ("ij,kj", ((2, 3), (4, 3))),
        ("i,i->i", ((4,), (4,))),
        ("...ij,...jk->...ik", ((7, 1, 2, 3), (6, 3, 4))),
        ("...ij,...jk->...ik", ((2, 3), (3, 4))),
        ("i...->...", ((2, 3, 4),)),
        ("...i,i", ((2, 3), (3,))),
        ("...,...", ((2, 1), (3,))),
        (",->", ((), ())),
    ]:
        expect_equal(
            einsum_shape(spec, *shapes),
            np.einsum(spec, *map(zeros, shapes)).shape,
            what=f"einsum_shape of {spec} with {shapes}",
            idea="Digits stand for the dimensions under the dots; only those may broadcast.",
            page=READING,
        )


def test_the_wide_size_stays_under_the_dots():
    for shapes in (((3, 2), (1, 2)), ((1, 2), (3, 2))):
        expect_equal(
            einsum_shape("...i,...i->...i", *shapes),
            (3, 2),
            what=f"einsum_shape of ...i,...i->...i on {shapes}",
            idea="A 1 under the dots gives way. Does it also when it comes second?",
            page=READING,
        )


def test_what_is_no_einsum_is_refused():
    for spec, shapes in [
        ("ij,jk->ik", ((2, 3),)),
        ("ij->i", ((2, 3, 4),)),
        ("ij->k", ((2, 3),)),
        ("ij->ii", ((2, 3),)),
        ("i1->i", ((2, 3),)),
        ("...i->i", ((2, 3),)),
        ("ij->i", ((2, -3),)),
        ("...i,...i->i", ((2, 3), (4, 3))),
    ]:
        with expect_raises(
            ValueError,
            what=f"einsum_shape of {spec!r} with {shapes}",
            idea="split_spec refuses most of it; sizes under the dots that don't broadcast are yours to refuse.",
            page=READING,
        ):
            einsum_shape(spec, *shapes)
    with expect_raises(
        TypeError, what="a size of 2.5", idea="check_shapes is given.", page=READING
    ):
        einsum_shape("i->i", (2.5,))


def test_the_count_is_the_one_of_a_loop_that_counts():
    for spec, shapes in [
        ("ij,jk->ik", ((2, 3), (3, 4))),
        ("i,j->ij", ((3,), (4,))),
        ("i,i->i", ((4,), (4,))),
        ("ii->i", ((4, 4),)),
        ("ii->", ((4, 4),)),
        ("ij->j", ((3, 4),)),
        ("ij->ji", ((3, 4),)),
        ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 2))),
        ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))),
        ("ij,jk->ik", ((2, 0), (0, 4))),
    ]:
        shape, flops = counted(spec, *shapes)
        expect_equal(
            einsum_flops(spec, *shapes),
            flops,
            what=f"einsum_flops of {spec} with {shapes}",
            idea="How often does the innermost line run, how many sums are there, and how many additions does a sum of k numbers take?",
            page=READING,
        )
        expect_true(
            einsum_shape(spec, *shapes) == shape,
            what=f"einsum_shape of {spec}",
            expected=str(shape),
            got=einsum_shape(spec, *shapes),
            idea="The letters after the arrow, in their order.",
            page=READING,
        )
