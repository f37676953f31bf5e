"""Lab 04.5: five schedules at their corners, between them, and beyond their end."""

import itertools
import math

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.schedules import constant, cosine, step_decay, warmup_cosine, wsd

PAGE = "theory/07-schedules.md"
ALL = {
    "constant": constant,
    "step_decay": step_decay,
    "cosine": cosine,
    "warmup_cosine": warmup_cosine,
    "wsd": wsd,
}


def table(name, rows, idea, **options):
    """Each (t, wanted) of a schedule."""
    for t, wanted in rows:
        expect_close(
            ALL[name](t, **options),
            wanted,
            tol=1e-12,
            what=f"{name} at t = {t}" + (f" with {options}" if options else ""),
            idea=idea,
            page=PAGE,
        )


def test_constant_is_constant():
    table("constant", [(0, 1.0), (1, 1.0), (10**9, 1.0)], "lr_max, whatever t is.")
    table("constant", [(7, 0.003)], "lr_max, whatever t is.", lr_max=0.003)


def test_a_staircase_goes_down_at_multiples():
    table(
        "step_decay",
        [(0, 1.0), (999, 1.0), (1000, 0.1), (1999, 0.1), (2000, 0.01), (10_000, 1e-10)],
        "How many whole stairs lie behind step t? The new stair begins at the multiple itself.",
    )
    table(
        "step_decay",
        [(2, 4.0), (3, 2.0), (11, 0.5)],
        "As above.",
        lr_max=4.0,
        step_size=3,
        gamma=0.5,
    )


def test_a_cosine_passes_its_quarters():
    table(
        "cosine",
        [
            (0, 1.0),
            (2500, 0.5 + math.sqrt(0.125)),
            (5000, 0.5),
            (7500, 0.5 - math.sqrt(0.125)),
            (10_000, 0.0),
        ],
        "Where does half a cosine begin, where is its middle, where does it end, and what is a quarter of the way?",
    )
    table(
        "cosine",
        [(0, 3.0), (50, 2.0), (100, 1.0), (101, 1.0), (10**6, 1.0)],
        "It ends at lr_min and stays there; without the test for t >= total_steps it would rise again.",
        lr_max=3.0,
        lr_min=1.0,
        total_steps=100,
    )


def test_a_warm_up_meets_its_cosine():
    table(
        "warmup_cosine",
        [(0, 0.0), (1, 0.002), (250, 0.5), (499, 0.998), (500, 1.0), (5250, 0.5), (10_000, 0.0)],
        "A line from 0 to lr_max, then a cosine over the 9,500 steps that are left: t = 5250 is its middle.",
    )
    table(
        "warmup_cosine",
        [(0, 1.0), (5, 0.5), (10, 0.0)],
        "Without warm-up it is the cosine; nothing is divided by 0.",
        warmup_steps=0,
        total_steps=10,
    )
    table(
        "warmup_cosine",
        [(25, 7.5e-5), (100, 3e-4), (1050, 1.65e-4), (2000, 3e-5)],
        "The settings of phase 18. The ramp starts from 0, not from lr_min.",
        lr_max=3e-4,
        lr_min=3e-5,
        warmup_steps=100,
        total_steps=2000,
    )


def test_a_plateau_lies_between_two_lines():
    table(
        "wsd",
        [
            (0, 0.0),
            (100, 0.2),
            (500, 1.0),
            (3000, 1.0),
            (7000, 1.0),
            (8500, 0.5),
            (10_000, 0.0),
            (20_000, 0.0),
        ],
        "Ramp to warmup_steps, plateau up to and including stable_until, line to total_steps.",
    )
    table(
        "wsd",
        [(9, 2.0), (10, 2.0), (15, 1.25), (20, 0.5)],
        "The line ends at lr_min, not at 0.",
        lr_max=2.0,
        lr_min=0.5,
        warmup_steps=0,
        stable_until=10,
        total_steps=20,
    )


def test_the_decay_of_wsd_is_a_straight_line():
    table(
        "wsd",
        [(7750, 0.75), (8500, 0.5), (9250, 0.25)],
        "Equal steps down in equal times: what is left after a quarter of the way?",
    )


def test_the_ramp_of_wsd_starts_from_zero():
    table(
        "wsd",
        [(0, 0.0), (5, 1.0), (10, 2.0)],
        "Where does the ramp begin: at 0, or at lr_min?",
        lr_max=2.0,
        lr_min=0.5,
        warmup_steps=10,
        stable_until=20,
        total_steps=30,
    )


def test_corners_that_coincide_divide_by_nothing():
    table(
        "cosine", [(0, 0.25), (1, 0.25)], "No steps: the end has come.", lr_min=0.25, total_steps=0
    )
    table(
        "warmup_cosine",
        [(4, 0.8), (5, 0.0)],
        "A run that is all warm-up: at its end, the end wins.",
        warmup_steps=5,
        total_steps=5,
    )
    table(
        "wsd",
        [(5, 1.0), (9, 1.0), (10, 0.0)],
        "No decay phase: at total_steps, the end wins.",
        warmup_steps=0,
        stable_until=10,
        total_steps=10,
    )


def test_no_schedule_leaves_its_range_or_jumps():
    for name, options in [
        ("cosine", {}),
        ("warmup_cosine", {"warmup_steps": 50}),
        ("wsd", {"warmup_steps": 50, "stable_until": 700}),
    ]:
        rates = [ALL[name](t, lr_max=0.5, total_steps=1000, **options) for t in range(1100)]
        jump = max(abs(b - a) for a, b in itertools.pairwise(rates))
        expect_true(
            min(rates) >= 0 and max(rates) == 0.5 and jump < 0.0101,
            what=f"{name} from 0 to 1099: lowest, highest, largest jump",
            expected="within 0 and 0.5, no jump above that of the ramp, 0.01",
            got=f"{min(rates):g}, {max(rates):g}, {jump:g}",
            idea="The parts must meet at their corners.",
            page=PAGE,
        )


def test_what_is_no_step_is_refused():
    for name, schedule in ALL.items():
        for t, kind in ((-1, ValueError), (1.0, TypeError), (True, TypeError), ("1", TypeError)):
            with expect_raises(
                kind,
                what=f"{name} at t = {t!r}",
                mentions="t must",
                idea="The given first line refuses it; leave it where it is.",
                page=PAGE,
            ):
                schedule(t)
        for lr in (-0.1, math.nan, math.inf):
            with expect_raises(
                ValueError,
                what=f"{name} with lr_max = {lr}",
                mentions="lr_max",
                idea="The given lines refuse it; leave them where they are.",
                page=PAGE,
            ):
                schedule(1, lr_max=lr)


def test_settings_that_contradict_each_other_are_refused():
    for name, options, mentions in [
        ("cosine", {"lr_min": 2.0}, "lr_min"),
        ("cosine", {"total_steps": -1}, "total_steps"),
        ("cosine", {"total_steps": 1e4}, "total_steps"),
        ("step_decay", {"step_size": 0}, "step_size"),
        ("step_decay", {"gamma": 1.5}, "gamma"),
        ("step_decay", {"gamma": math.nan}, "gamma"),
        ("warmup_cosine", {"warmup_steps": 20_000}, "total_steps must be at least 20000"),
        ("wsd", {"stable_until": 100}, "stable_until must be at least 500"),
        ("wsd", {"total_steps": 6000}, "total_steps must be at least 7000"),
    ]:
        with expect_raises(
            ValueError,
            TypeError,
            what=f"{name} with {options}",
            mentions=mentions,
            idea="The given lines refuse it; leave them where they are.",
            page=PAGE,
        ):
            ALL[name](1, **options)


def test_a_schedule_keeps_no_state():
    for name, schedule in ALL.items():
        forward = [schedule(t) for t in range(0, 12_000, 500)]
        backward = [schedule(t) for t in range(11_500, -1, -500)]
        expect_equal(
            backward[::-1],
            forward,
            what=f"{name}, asked from the end to the start",
            idea="A function of t and nothing else: a run that is resumed at step 7,000 needs no history.",
            page=PAGE,
        )
