"""Lab 21.3: the loop that writes, stop sequences, and text that is safe to show."""

import random

import numpy as np

from given.checking import expect_equal, expect_raises
from minilm.generate import Request, StopText, generate
from minilm.sample import Settings

STOP = "theory/04-where-to-stop.md"
PIECES = [b"a", b"b", b"c", "¿".encode()[:1], "¿".encode()[1:], b"\n", b""]
END = 6


def same(got, expected, what, idea):
    expect_equal(got, expected, what=what, idea=idea, page=STOP)


def shown(pieces, stop):
    """What comes out piece by piece, with what `close` gives at the end, and whether it stopped."""
    text = StopText(stop)
    parts = [text.feed(piece) for piece in pieces]
    return [*parts, text.close()], text.stopped


def scripted(tokens):
    """A model that wants one token after the other, by the length of the row."""

    def model(rows):
        return np.stack([np.eye(len(PIECES))[tokens[len(row) - 1]] * 50 for row in rows])

    return model


def noisy(rows):
    """A model whose logits depend on the row, and on nothing else."""
    return np.stack([np.random.default_rng([len(row), *row]).normal(size=len(PIECES)) for row in rows])  # fmt: skip


def written(model, *requests, **more):
    return generate(model, requests, PIECES, **{"context_len": 20, "end": END, **more})


def test_a_stop_sequence_may_span_pieces():
    same(shown([b"x", b"E", b"N", b"D", b"y"], ["END"]), (["x", "", "", "", "", ""], True), "pieces x, E, N, D, y with the stop sequence END", "E could be its beginning: it waits.")  # fmt: skip
    same(shown([b"xEN", b"Dy"], ["END"]), (["x", "", ""], True), "pieces xEN, Dy", "Nothing of it is shown, and nothing behind it.")  # fmt: skip


def test_what_was_held_back_comes_when_it_was_not_the_beginning():
    same(shown([b"E", b"N", b"E", b"x"], ["END"]), (["", "", "EN", "Ex", ""], False), "pieces E, N, E, x", "After ENE the last E may still begin END; EN can't.")  # fmt: skip
    same(shown([b"xE", b"N"], ["END"]), (["x", "", "EN"], False), "pieces xE, N, and then nothing more", "`close` gives what was held back.")  # fmt: skip
    same(shown([b"aa", b"ab"], ["aab"]), (["", "a", ""], True), "pieces aa, ab with the stop sequence aab", "The first a was none of it.")  # fmt: skip


def test_the_sequence_that_ends_first_stops():
    same(shown([b"1xaby"], ["xaby", "b"]), (["1xa", ""], True), "xaby and b, in one piece", "b ends first. Would the answer be another one if the letters came alone?")  # fmt: skip
    same(shown([b"1xab"], ["b", "ab"]), (["1x", ""], True), "b and ab end in one place", "The longer one.")  # fmt: skip
    same(shown([b"abcabc"], ["bc"]), (["a", ""], True), "bc, twice", "The first time.")  # fmt: skip


def test_how_it_is_cut_makes_no_difference():
    rng = random.Random(0)
    for _ in range(300):
        text = "".join(rng.choice("abñ") for _ in range(12))
        stop = ["".join(rng.choice("abñ") for _ in range(rng.randint(1, 3))) for _ in range(2)]
        data = text.encode()
        cuts = sorted(rng.sample(range(len(data) + 1), 4))
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        ends = [(text.find(s) + len(s), text.find(s)) for s in stop if s in text]
        expected = text[: min(ends)[1]] if ends else text
        parts, stopped = shown(pieces, stop)
        same(("".join(parts), stopped), (expected, bool(ends)), f"{pieces} with the stop sequences {stop}", "Look at the whole text: what stands before the first stop sequence?")  # fmt: skip


def test_half_a_letter_waits():
    ene = "ñ".encode()
    same(shown([ene[:1], ene[1:]], []), (["", "ñ", ""], False), "the two bytes of ñ, one at a time", "A decoder that keeps half letters is in the standard library, and given.")  # fmt: skip
    same(shown([b"a" + ene[:1]], []), (["a", "\ufffd"], False), "half of ñ, and then nothing more", "U+FFFD, when it is closed.")  # fmt: skip
    same(shown([ene[:1], ene[1:] + b"x"], ["ñx"]), (["", "", ""], True), "ñx as a stop sequence", "Bytes are compared, not letters.")  # fmt: skip


def test_after_a_stop_nothing_comes():
    text = StopText(["."])
    same([text.feed(b"a.b"), text.stopped, text.feed(b"c"), text.close(), text.stopped], ["a", True, "", "", True], "feed a.b, feed c, close", "It has stopped.")  # fmt: skip


def test_stop_sequences_that_are_none_are_refused():
    with expect_raises(ValueError, mentions="empty", what="an empty stop sequence", idea="The check that was given is still in front.", page=STOP):  # fmt: skip
        StopText(["a", ""])
    with expect_raises(TypeError, mentions="'ab'", what="a string in place of a list", idea="The check that was given is still in front.", page=STOP):  # fmt: skip
        StopText("ab")


def test_tokens_are_written_until_the_end_token():
    got = written(scripted([0, 1, 2, 6, 0]), Request([0], 10))[0]
    same((got.ids, got.text, got.why), ([0, 1, 2], "abc", "end"), "a model that says a, b, c and the end token", "The end token is no part of what was written.")  # fmt: skip
    got = written(scripted([0, 6, 2]), Request([0], 2), end=None)[0]
    same((got.ids, got.text, got.why), ([0, 6], "a", "length"), "the same tokens without an end token", "end=None: no token ends anything.")  # fmt: skip


def test_max_tokens_ends_it():
    for n in (1, 3):
        got = written(scripted([0] * 20), Request([2, 2], n))[0]
        same((got.ids, got.text, got.why), ([0] * n, "a" * n, "length"), f"max_tokens={n}", "Tokens that were written; the prompt doesn't count.")  # fmt: skip


def test_a_full_context_ends_it():
    asked = []

    def model(rows):
        asked.extend(len(row) for row in rows)
        return scripted([0] * 20)(rows)

    got = written(model, Request([0] * 3, 50), context_len=5)[0]
    same((asked, got.ids, got.why), ([3, 4, 5], [0] * 3, "length"), "lengths that the model was asked for, prompt of 3, context of 5", "The model can read 5 tokens. The token behind the fifth can still be written.")  # fmt: skip


def test_a_stop_sequence_ends_it():
    got = written(scripted([0, 1, 2, 0]), Request([0], 9, stop=["bc"]))[0]
    same((got.ids, got.text, got.why), ([0, 1, 2], "a", "stop"), "tokens a, b, c with the stop sequence bc", "ids are what was written; text is what may be shown.")  # fmt: skip
    got = written(scripted([0, 1, 6]), Request([0], 9, stop=["bc"]))[0]
    same((got.text, got.why), ("ab", "end"), "a, b and the end, with the stop sequence bc", "b was held back; it isn't lost.")  # fmt: skip
    got = written(scripted([0, 1, 2]), Request([0], 3, stop=["bc"]))[0]
    same(got.why, "stop", "the last token that is allowed completes a stop sequence", "It stopped.")  # fmt: skip


def test_text_is_shown_as_it_comes():
    calls = []
    got = written(scripted([3, 4, 0, 1, 6]), Request([0], 9, stop=["bc"]), show=lambda *call: calls.append(call))[0]  # fmt: skip
    same(calls, [(0, "¿"), (0, "a"), (0, "b")], "calls of `show` for the two bytes of ¿, a, b and the end", "When it is safe, once, and never nothing.")  # fmt: skip
    same(got.text, "¿ab", "the text", "What was shown, together.")


def test_the_model_is_asked_once_a_step_for_those_that_go_on():
    asked = []

    def model(rows):
        asked.append([len(row) for row in rows])
        return scripted([0] * 20)(rows)

    written(model, Request([0], 1), Request([0, 0], 3))
    same(asked, [[1, 2], [3], [4]], "lengths of the rows in each step, with max_tokens 1 and 3", "Who is finished isn't asked for any more.")  # fmt: skip


def test_a_request_gets_what_it_gets_alone():
    requests = [Request([0, 1], 8, Settings(temperature=0.8, repetition=1.2), seed=7), Request([2], 5, seed=1), Request([1, 1, 1], 9, Settings(sampled=False, frequency=0.5), seed=7), Request([2], 5, seed=2)]  # fmt: skip
    together = written(noisy, *requests)
    alone = [written(noisy, request)[0] for request in requests]
    same(together, alone, "four requests in one batch, and each alone", "Its own generator, its own settings, its own past.")  # fmt: skip
    same(together[1].ids != together[3].ids, True, "two requests that differ in their seed alone differ", "np.random.default_rng(seed), for each request.")  # fmt: skip
    same(
        written(noisy, *requests), together, "the same once more", "The same seeds, the same texts."
    )


def test_penalties_count_prompt_and_completion():
    model = scripted([0] * 20)
    settings = Settings(sampled=False, frequency=30.0)
    got = written(model, Request([0], 3, settings))[0]
    same(got.ids, [0, 1, 2], "a logit of 50 for token 0 that came in the prompt, 30 off each time", "50 - 30 = 20, taken; then 50 - 60.")  # fmt: skip


def test_prompts_are_left_alone():
    prompt = [0, 1]
    written(noisy, Request(prompt, 4))
    same(prompt, [0, 1], "the prompt afterwards", "A list of its own.")
    same(generate(noisy, [], PIECES, context_len=5), [], "no requests", "No completions.")


def test_requests_that_cannot_be_served_are_refused():
    for request, words in (
        (Request([], 3), ("prompt is empty",)),
        (Request([0] * 21, 3), ("21", "20")),
        (Request([0], 0), ("max_tokens", "0")),
        (Request([7], 3), ("token 7",)),
        (Request([0], 3, Settings(temperature=0.0)), ("0.0",)),
        (Request([0], 3, Settings(top_k=8)), ("8",)),
    ):
        for word in words:
            with expect_raises(ValueError, mentions=word, what=f"{request}", idea="The message names the value.", page=STOP):  # fmt: skip
                written(noisy, request)
    with expect_raises(ValueError, mentions="request 1", what="a second request without a prompt", idea="Which one?", page=STOP):  # fmt: skip
        written(noisy, Request([0], 3), Request([], 3))
    with expect_raises(ValueError, mentions="nan", what="a model that gives NaN", idea="Nobody draws from NaN.", page=STOP):  # fmt: skip
        written(lambda rows: np.full((len(rows), len(PIECES)), np.nan), Request([0], 3))
