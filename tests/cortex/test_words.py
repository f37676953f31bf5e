"""Answers in words: what says nothing is told from what makes a claim, in both languages."""

from __future__ import annotations

import pytest

from cortex.formats.words import says_nothing


@pytest.mark.parametrize(
    "text",
    [
        "",
        "idk idk idk",
        "I don't know, sorry",
        "i dont know what will happen here",
        "I really have no idea what happens",
        "Maybe something changes",
        "No sé, ni idea",
        "No lo sé todavía",
        "no tengo ni idea de lo que va a pasar",
        "asdf asdf asdf",
        "asdfgh jklñ qwer",
        "poiuy lkjhg",
        "!!!!! ???? ....",
        "loss loss LOSS loss",
        "aaaaaaaa bbbbbbbb",
    ],
)
def test_a_shrug_a_repeated_word_and_keys_at_random_say_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "the sum becomes a difference: -1",
        "I don't know why, but the loss halves",
        "nothing changes at all",
        "everything is nan",
        "-1 and 3.6",
        "0.68 -> 3.6",
        "there were three trees, not four",
        "la suma baja",
        "no sé por qué, pero la pérdida sube",
        "se multiplica por dos",
    ],
)
def test_a_claim_is_one_however_short_or_unsure(text: str) -> None:
    assert not says_nothing(text)
