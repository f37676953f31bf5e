"""Lab 06.5: many streams of chance from one seed."""

import hashlib
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

import labkit.generators
from given.checking import expect_equal, expect_raises, expect_true
from labkit.generators import load_state, make_rng, save_state, stream, worker_rngs, worker_seeds

PAGE = "theory/08-streams-of-chance.md"


def draws(rng, n=4):
    """The next draws, as integers, so that equal means equal."""
    return rng.integers(0, 2**63, n).tolist()


def test_a_generator_is_the_one_of_its_seed():
    for seed in (0, 42, 2**32 - 1):
        expect_equal(
            draws(make_rng(seed)),
            draws(np.random.default_rng(seed)),
            what=f"four draws of make_rng({seed})",
            idea="default_rng(seed), once the seed has been checked.",
            page=PAGE,
        )


def test_a_generator_is_nobody_elses():
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    rng, other = make_rng(42), make_rng(42)
    other.random(1000)
    first = draws(rng)
    expect_equal(
        (first == draws(make_rng(42)), np.random.get_state()[1].tolist() == before),
        (True, True),
        what="whether a generator is undisturbed by another one's draws, and numpy's global state is untouched",
        idea="A generator owns its state. That is why there is no global seed for it.",
        page=PAGE,
    )


def test_seeds_are_checked_in_every_function():
    for call in (
        make_rng,
        lambda s: stream(s, "a"),
        lambda s: worker_rngs(s, 2),
        lambda s: worker_seeds(s, 2),
    ):
        for kind, bad in [
            (ValueError, -1),
            (ValueError, 2**32),
            (TypeError, None),
            (TypeError, True),
            (TypeError, 1.0),
            (TypeError, "1"),
        ]:
            with expect_raises(
                kind,
                what=f"a seed of {bad!r}",
                idea="None would mean fresh entropy, a run that nobody can repeat. `checked_seed` is given.",
                page=PAGE,
            ):
                call(bad)


def test_a_stream_depends_on_its_name_and_on_nothing_else():
    first = draws(stream(42, "init"))
    draws(stream(42, "dropout"), 1000)
    expect_equal(
        (
            draws(stream(42, "init")),
            draws(stream(42, "shuffle", 3)) == draws(stream(42, "shuffle", 3)),
        ),
        (first, True),
        what="stream(42, 'init') before and after another stream was used, and stream(42, 'shuffle', 3) twice",
        idea="Seed and names decide. Who else draws, and when, must not matter.",
        page=PAGE,
    )


def test_different_names_are_different_streams():
    calls = [
        (42, "a"), (43, "a"), (42, "b"), (42, "A"), (42, ""), (42, "a", 0), (42, 0, "a"), (42, 0), (42, 1), (42, "0"),
        (42, "1"), (42, -1), (42, 2**40), (42, "ab", "c"), (42, "a", "bc"), (42, "abc"), (42, "a", "b", "c"), (42, "á"),
        (42, "a", ""), (42, "", "a"), (42, "1:a"), (42, 2**32), (42, 0, 1), (42, "a", "b"), (42, "astr:b"),
    ]  # fmt: skip
    seen = {call: tuple(draws(stream(*call))) for call in calls}
    for one, other in itertools.combinations(calls, 2):
        expect_true(
            seen[one] != seen[other],
            what=f"stream{one} and stream{other}",
            expected="two streams",
            got="one and the same",
            idea="Write each part with its kind and its length before you hash: otherwise ('ab', 'c') and ('a', 'bc') are one text.",
            page=PAGE,
        )


def test_a_stream_is_the_same_in_every_process():
    folder = str(Path(labkit.generators.__file__).parents[1])
    code = (
        f"import sys; sys.path.insert(0, {folder!r})\n"
        "from labkit.generators import stream\n"
        "print(stream(42, 'init').integers(0, 2**63, 4).tolist())"
    )
    answers = set()
    for hash_seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=30,
        )
        answers.add(done.stdout.strip() or done.stderr[-200:])
    expect_equal(
        answers,
        {str(draws(stream(42, "init")))},
        what="stream(42, 'init') here and in two processes with other hash seeds",
        idea="hash('init') differs from process to process (phase 00). SHA-256 doesn't.",
        page=PAGE,
    )


def test_the_recipe_of_a_stream_is_the_published_one():
    expect_equal(
        tuple(
            s.bit_generator.random_raw(2).tolist()
            for s in (stream(42, "init"), stream(0, "shuffle", 3))
        ),
        ([9506299687092918787, 12272695083033046620], [7865256688126693495, 15752085910994589670]),
        what="two raw words of stream(42, 'init') and of stream(0, 'shuffle', 3)",
        idea="Anybody with this recipe must get these numbers: 'str:4:init', and 'str:7:shuffle' then 'int:1:3', through SHA-256; eight big-endian words as spawn_key.",
        page=PAGE,
    )


def test_the_recipe_counts_bytes():
    digest = hashlib.sha256("str:2:á".encode()).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4))
    expected = np.random.PCG64(np.random.SeedSequence(7, spawn_key=words))
    expect_equal(
        stream(7, "á").bit_generator.random_raw(2).tolist(),
        expected.random_raw(2).tolist(),
        what="two raw words of stream(7, 'á')",
        idea="á is one letter. How many bytes does UTF-8 take for it, and which of the two does the recipe count?",
        page=PAGE,
    )


def test_a_stream_without_a_name_is_refused():
    with expect_raises(
        ValueError,
        what="stream(42)",
        idea="Without a name it would be one more make_rng.",
        page=PAGE,
    ):
        stream(42)
    for wrong in (True, 1.0, None, b"a"):
        with expect_raises(
            TypeError,
            what=f"stream(42, {wrong!r})",
            idea="1.0 and '1.0' would have to be told apart forever. Text and ints are enough.",
            page=PAGE,
        ):
            stream(42, wrong)


def test_a_worker_draws_the_same_however_many_there_are():
    four, eight = worker_rngs(42, 4), worker_rngs(42, 8)
    expect_equal(
        [draws(rng) for rng in four],
        [draws(rng) for rng in eight[:4]],
        what="the draws of workers 0 to 3, of 4 and of 8",
        idea="Children of a SeedSequence are numbered: child i doesn't know how many follow.",
        page=PAGE,
    )
    expect_equal(
        draws(worker_rngs(42, 1)[0]),
        draws(np.random.Generator(np.random.PCG64(np.random.SeedSequence(42).spawn(1)[0]))),
        what="the draws of the only worker of seed 42",
        idea="Whose children are they, and which bit generator draws from each?",
        page=PAGE,
    )


def test_neighboring_seeds_share_no_worker():
    seen = [tuple(draws(rng)) for seed in range(40, 48) for rng in worker_rngs(seed, 8)]
    expect_equal(
        len(set(seen)),
        64,
        what="different streams among 8 workers each of the runs with seeds 40 to 47",
        idea="With seed + i, worker 1 of run 42 is worker 0 of run 43: eight runs of eight would have 15 streams.",
        page=PAGE,
    )


def test_seeds_for_processes_are_different_and_stable():
    many = worker_seeds(42, 3000)
    expect_true(
        len(set(many)) == 3000 and all(type(s) is int and 0 <= s < 2**32 for s in many),
        what="worker_seeds(42, 3000)",
        expected="3,000 different ints in 0 <= s < 2**32",
        got=f"{len(set(many))} different, {type(many[0]).__name__}",
        idea="child_env takes Python ints of 32 bits: int(child.generate_state(1)[0]).",
        page=PAGE,
    )
    expect_equal(
        (worker_seeds(42, 3), worker_seeds(42, 1)),
        (many[:3], many[:1]),
        what="worker_seeds(42, 3) and worker_seeds(42, 1), beside the first of 3,000",
        idea="The first k don't depend on n.",
        page=PAGE,
    )


def test_a_seed_that_came_twice_is_passed_over(monkeypatch):
    real = np.random.SeedSequence.generate_state

    class Colliding(np.random.SeedSequence):
        """Children 0, 1, 2, 3, ... show the words 7, 7, 8, 8, 9, ..."""

        def generate_state(self, n_words, dtype=np.uint32):
            if not self.spawn_key:
                return real(self, n_words, dtype)
            return np.full(n_words, 7 + self.spawn_key[-1] // 2, dtype=dtype)

    monkeypatch.setattr(labkit.generators, "SeedSequence", Colliding)
    monkeypatch.setattr(np.random, "SeedSequence", Colliding)
    expect_equal(
        worker_seeds(42, 4),
        [7, 8, 9, 10],
        what="worker_seeds(42, 4) where every word comes twice",
        idea="Two workers with one seed do the same work twice. Pass the second over and take the next child; order and length stay.",
        page=PAGE,
    )


def test_a_number_of_workers_is_one_or_more():
    for call in (worker_rngs, worker_seeds):
        for kind, n in [(ValueError, 0), (ValueError, -1), (TypeError, 2.0), (TypeError, True)]:
            with expect_raises(
                kind,
                what=f"{call.__name__}(42, {n!r})",
                idea="An empty list of workers is a job that nobody does. `checked_count` is given.",
                page=PAGE,
            ):
                call(42, n)


def test_a_saved_state_goes_on_where_it_stood():
    rng = make_rng(42)
    rng.random(5, dtype=np.float32)  # leaves half of a 64-bit word behind
    saved = json.loads(json.dumps(save_state(rng)))
    goes_on = [*rng.random(3, dtype=np.float32).tolist(), *draws(rng)]
    again = load_state(saved)
    expect_equal(
        [*again.random(3, dtype=np.float32).tolist(), *draws(again)],
        goes_on,
        what="the draws after a state went through JSON",
        idea="The seed isn't enough: what was drawn since is part of the state, and so is a half-used word (has_uint32, uinteger).",
        page=PAGE,
    )


def test_a_saved_state_is_a_copy():
    rng = make_rng(1)
    saved = save_state(rng)
    text = json.dumps(saved)
    draws(rng)
    draws(load_state(saved))
    expect_equal(
        json.dumps(saved),
        text,
        what="a saved state after its generator, and one loaded from it, went on drawing",
        idea="A backup that moves isn't one.",
        page=PAGE,
    )


def test_what_is_no_state_is_refused():
    for wrong in [np.random.RandomState(0), np.random.Generator(np.random.MT19937(0)), 42, None]:
        with expect_raises(
            TypeError,
            what=f"save_state({wrong!r:.40})",
            idea="Another bit generator has another state; load_state would have to guess.",
            page=PAGE,
        ):
            save_state(wrong)
    good = save_state(make_rng(0))
    for wrong in [
        {}, 42, None, good | {"bit_generator": "MT19937"}, {"bit_generator": "PCG64"},
        good | {"state": {"state": "x", "inc": 1}}, good | {"state": {"state": -1, "inc": 1}}, good | {"state": [1]},
    ]:  # fmt: skip
        with expect_raises(
            ValueError,
            what=f"load_state({wrong!r:.60})",
            idea="A damaged checkpoint must not become a run that nobody started.",
            page=PAGE,
        ):
            load_state(wrong)
