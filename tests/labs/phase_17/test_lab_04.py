"""Lab 17.4: weights in and out, beside logits that `transformers` computed."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minilm.weights import load_gpt2, load_llama, to_gpt2, to_llama
from minitorch.checkpoint import load_file, save_file

PAGE = "theory/06-names-of-others.md"
SMALL_GPT2 = GPTConfig(
    11,
    d_model=8,
    n_heads=2,
    d_ff=12,
    context_len=8,
    ffn="gelu_tanh",
    attn_bias=True,
    positions="learned",
)
SMALL_LLAMA = GPTConfig(
    11,
    d_model=16,
    n_heads=2,
    n_kv_heads=1,
    d_ff=12,
    context_len=8,
    norm="rmsnorm",
    ffn="swiglu",
    ffn_bias=False,
    tied=False,
)


def kept(style):
    """A small model's file, ids, and the logits that `transformers` gave for them, in float64."""
    file = load_file(Path(__file__).parent / f"{style}.safetensors")
    return file, file.pop("ids"), file.pop("logits")


def blank(config, dtype=np.float64):
    return GPT(config, np.random.default_rng(3), dtype)


def check_logits(style, config, load):
    file, ids, logits = kept(style)
    for dtype, tol in ((np.float64, 1e-10), (np.float32, 1e-4)):
        model = blank(config, dtype)
        load(model, file)
        expect_close(
            model(ids).data,
            logits,
            tol=tol,
            what=f"logits of {style}'s weights in {np.dtype(dtype)}, beside transformers'",
            idea="All shapes fit. Which tensors lie the other way round, in another order, or in one piece there?",
            page=PAGE,
        )


def test_gpt2s_logits_are_those_of_transformers():
    check_logits("gpt2", SMALL_GPT2, load_gpt2)


def test_llamas_logits_are_those_of_transformers():
    check_logits("llama", SMALL_LLAMA, load_llama)


def check_out(style, config, out, load):
    file, _, _ = kept(style)
    model = blank(config)
    load(model, file)
    got = out(model)
    expect_equal(
        sorted(got),
        sorted(file),
        what=f"the names that go out for {style}",
        idea="`file_name` says what each is called; which of ours are one tensor there?",
        page=PAGE,
    )
    for name, array in file.items():
        expect_equal(
            (got[name].shape, got[name].tobytes()),
            (array.shape, array.tobytes()),
            what=f"{name}, in and out again",
            idea="What goes out is the inverse of what came in.",
            page=PAGE,
        )
        got[name][...] = 0
    expect_true(
        np.abs(model.embed.weight.data).max() > 0,
        what="the model after what went out was overwritten",
        expected="as it was",
        got="changed",
        idea="Copies, not views.",
        page=PAGE,
    )


def test_gpt2s_file_comes_out_again():
    check_out("gpt2", SMALL_GPT2, to_gpt2, load_gpt2)


def test_llamas_file_comes_out_again():
    check_out("llama", SMALL_LLAMA, to_llama, load_llama)


def test_what_went_out_comes_in_through_a_file(tmp_path):
    wide = replace(SMALL_LLAMA, attn_bias=True, ffn_bias=True, n_kv_heads=2, d_ff=16)
    square = replace(SMALL_GPT2, d_ff=8)
    ids = np.arange(8)[None]
    for config, out, load in ((square, to_gpt2, load_gpt2), (wide, to_llama, load_llama)):
        model, other = blank(config), GPT(config, np.random.default_rng(9), np.float64)
        rng = np.random.default_rng(0)
        for p in model.parameters():
            p.data = 0.3 * rng.normal(size=p.shape)
        save_file(out(model), tmp_path / "m.safetensors")
        load(other, load_file(tmp_path / "m.safetensors"))
        expect_equal(
            other(ids).data.tobytes(),
            model(ids).data.tobytes(),
            what="logits of a model that went out and came in by a file",
            idea="Biases go where their weights go.",
            page=PAGE,
        )


def test_names_without_their_first_word_and_what_old_files_carry():
    file, ids, logits = kept("gpt2")
    old = {name.removeprefix("transformer."): array for name, array in file.items()}
    old |= {
        "h.0.attn.bias": np.tri(8)[None, None],
        "lm_head.weight": file["transformer.wte.weight"],
    }
    model = blank(SMALL_GPT2)
    load_gpt2(model, old)
    expect_close(
        model(ids).data,
        logits,
        tol=1e-10,
        what="logits of an old file",
        idea="What `load_gpt2` got has its full names when yours begins.",
        page=PAGE,
    )


def test_what_cant_be_changes_nothing():
    for style, config, load in (
        ("gpt2", SMALL_GPT2, load_gpt2),
        ("llama", SMALL_LLAMA, load_llama),
    ):
        file, _, _ = kept(style)
        model = blank(config)
        before = model.embed.weight.numpy()
        first, *_, last = sorted(file)
        wide = file[last][..., :-1] if file[last].ndim > 1 else file[last][:-1]
        for bad, error in (
            ({k: v for k, v in file.items() if k != last}, MinilmError),
            (file | {"model.more": np.ones(1), "transformer.more": np.ones(1)}, MinilmError),
            (file | {first: np.full_like(file[first], np.nan)}, MinilmError),
            (file | {last: wide}, ValueError),
        ):
            with expect_raises(
                error,
                what=f"{style}: a file that doesn't fit",
                idea="All of it, or nothing.",
                page=PAGE,
            ):
                load(model, bad)
            expect_equal(
                model.embed.weight.data.tobytes(),
                before.tobytes(),
                what="the model after a file that was refused",
                idea="Everything first into a dictionary of your own, then into the model at once.",
                page=PAGE,
            )
    with expect_raises(
        MinilmError,
        what="a model with RoPE, for GPT-2",
        idea="Given.",
        page=PAGE,
        mentions="positions",
    ):
        to_gpt2(GPT(replace(SMALL_GPT2, positions="rope")))
