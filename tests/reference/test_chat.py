"""The chat of phase 21: answers come letter by letter, the same for the same seed, and a bad line doesn't end it."""

from __future__ import annotations

import io
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minilm.ngram import KneserNey, count
from minilm.sample import Settings
from minilm.speakers import Speaker, of_ngram

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts/chat.py"))
chat, main = SCRIPT["chat"], SCRIPT["main"]


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return of_ngram(KneserNey(count(["he works", "he walks", "I play"], 4)))


class Telling(io.StringIO):
    """What was written, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return super().write(text)


def test_the_likeliest_is_written_letter_by_letter(speaker: Speaker) -> None:
    out = Telling()
    assert chat(speaker, ["I p\n"], Settings(sampled=False), 0, out) == 0
    assert out.getvalue() == "I play\n"
    assert [part for part in out.parts if part][:4] == ["I p", "l", "a", "y"]


def test_the_same_lines_and_seed_get_the_same_answers(speaker: Speaker) -> None:
    texts = []
    for seed in (1, 1, 2):
        out = io.StringIO()
        chat(speaker, ["he "] * 20, Settings(), seed, out)
        texts.append(out.getvalue())
    assert texts[0] == texts[1] != texts[2]


def test_a_letter_that_the_model_lacks_is_named_and_the_chat_goes_on(speaker: Speaker) -> None:
    out = io.StringIO()
    assert chat(speaker, ["zebra", "I p"], Settings(sampled=False), 0, out) == 1
    assert "'z'" in out.getvalue()
    assert out.getvalue().endswith("I play\n")


def test_as_a_command_the_tutor_corrects_a_sentence() -> None:
    found = subprocess.run(
        [sys.executable, ROOT / "scripts/chat.py", "--greedy"],
        input="he worked\nhe walk every day\n",
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{ROOT / 'solutions'}:{ROOT / 'src'}"},
    )
    assert found.stdout.splitlines() == [
        "he worked>he worked",
        "he walk every day>he walks every day",
    ]


@pytest.mark.parametrize(
    ("told", "named"),
    [(["--model", "gone.safetensors"], "gone.safetensors"), (["--ngram", "0"], "0")],
)
def test_a_model_that_cannot_be_had_is_named(
    told: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(told)
    assert ended.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "error: " in last and named in last


def test_what_is_still_to_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unwritten(order: int) -> Speaker:
        raise NotImplementedError(f"Lab 14.0 - an n-gram of order {order}")

    monkeypatch.setitem(main.__globals__, "ngram", unwritten)
    with pytest.raises(SystemExit) as ended:
        main(["--ngram", "3"])
    assert ended.value.code == 2 and "still to be written: Lab 14.0" in capsys.readouterr().err


class Interrupted:
    """Somebody who answers once, then presses Ctrl-C where the next line is awaited."""

    def isatty(self) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        yield "he worked"
        raise KeyboardInterrupt


def test_an_interrupt_between_answers_ends_the_chat(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert main(["--greedy"]) == 0
    assert capsys.readouterr().out == "he worked>he worked\n\n"
