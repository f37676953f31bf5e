"""Weights of a GPT in and out under the names, and in the layouts, that Hugging Face's GPT-2 and Llama files have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from minilm.errors import MinilmError
from minilm.gpt import GPT
from minitorch.positions import to_halves, to_pairs
from minitorch.tensor import Array

GPT2 = {
    "embed": "transformer.wte",
    "position_table.table": "transformer.wpe",
    "final_norm": "transformer.ln_f",
    "blocks": "transformer.h",
    "attn_norm": "ln_1",
    **dict.fromkeys(("attn.query", "attn.key", "attn.value"), "attn.c_attn"),
    "attn.out": "attn.c_proj",
    "ffn_norm": "ln_2",
    "ffn.up": "mlp.c_fc",
    "ffn.down": "mlp.c_proj",
}
LLAMA = {
    "embed": "model.embed_tokens",
    "final_norm": "model.norm",
    "head": "lm_head",
    "blocks": "model.layers",
    "attn_norm": "input_layernorm",
    "attn.query": "self_attn.q_proj",
    "attn.key": "self_attn.k_proj",
    "attn.value": "self_attn.v_proj",
    "attn.out": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn.gate": "mlp.gate_proj",
    "ffn.up": "mlp.up_proj",
    "ffn.down": "mlp.down_proj",
}
# What the files' names can say, so what a model must be to have them.
NEEDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "gpt2": {
        "norm": ("layernorm",),
        "norm_place": ("before",),
        "ffn": ("gelu", "gelu_tanh", "relu"),
        "ffn_bias": (True,),
        "attn_bias": (True,),
        "positions": ("learned",),
        "n_kv_heads": (None,),
        "tied": (True,),
    },
    "llama": {
        "norm": ("rmsnorm",),
        "norm_place": ("before",),
        "ffn": ("swiglu",),
        "positions": ("rope",),
    },
}


def file_name(ours: str, names: Mapping[str, str]) -> str:
    """What a parameter is called in a file: "blocks.0.ffn.up.bias" is "transformer.h.0.mlp.c_fc.bias" in GPT-2's.

    Args:
        names: GPT2 or LLAMA.
    """
    part, leaf = ours.rsplit(".", 1)
    if not part.startswith("blocks."):
        return f"{names[part]}.{leaf}"
    blocks, layer, part = part.split(".", 2)
    return f"{names[blocks]}.{layer}.{names[part]}.{leaf}"


def to_gpt2(model: GPT) -> dict[str, Array]:
    """The parameters as GPT-2's files have them, copies by name.

    There, a block's linear maps are `Conv1D`: their weights are (in, out). Query, key and value are one of them, c_attn, with
    3 d_model outputs in this order, and so is its bias. The embedding's tables are as here.

    Raises:
        MinilmError: the model isn't such a one; the message names the field.
    """
    _check_style(model, "gpt2")
    # lab 17.4
    state, file = model.state_dict(), {}
    for name, array in state.items():
        if ".attn.query." in name:
            array = np.concatenate(
                [state[name.replace("query", part)] for part in ("query", "key", "value")]
            )
        if ".attn.key." not in name and ".attn.value." not in name:
            file[file_name(name, GPT2)] = array.T.copy() if name.startswith("blocks") else array
    return file
    # end lab


def load_gpt2(model: GPT, tensors: Mapping[str, Array]) -> None:
    """Takes over the weights of such a file. What is refused changes nothing.

    Names may lack "transformer."; masks that old files carry, and a head that equals the table, are passed over.

    Raises:
        MinilmError: as `to_gpt2`; a name is missing or unknown; numbers that aren't finite. ValueError: a shape differs.
    """
    _check_style(model, "gpt2")
    tensors = _found(model, tensors, GPT2)
    # lab 17.4
    state = {}
    for name in model.state_dict():
        array = tensors[file_name(name, GPT2)]
        array = array.T if name.startswith("blocks") else array
        for i, part in enumerate(("query", "key", "value")):
            if f".attn.{part}." in name:
                array = np.split(array, 3)[i]
        state[name] = array
    model.load_state_dict(state)
    # end lab


def to_llama(model: GPT) -> dict[str, Array]:
    """The parameters as Llama's files have them, copies by name.

    Weights are (out, in), as here; the rows of queries and keys lie in halves, for as many heads as each of them has.

    Raises:
        MinilmError: the model isn't such a one; the message names the field.
    """
    _check_style(model, "llama")
    # lab 17.4
    heads = {".attn.query.": model.config.n_heads, ".attn.key.": model.config.kv_heads}
    file = {}
    for name, array in model.state_dict().items():
        for part, n in heads.items():
            if part in name:
                array = to_halves(array, n)
        file[file_name(name, LLAMA)] = array
    return file
    # end lab


def load_llama(model: GPT, tensors: Mapping[str, Array]) -> None:
    """Takes over the weights of such a file. What is refused changes nothing.

    Names may lack "model."; where the head is tied, one that equals the table is passed over.

    Raises:
        MinilmError: as `to_llama`; a name is missing or unknown; numbers that aren't finite. ValueError: a shape differs.
    """
    _check_style(model, "llama")
    tensors = _found(model, tensors, LLAMA)
    # lab 17.4
    heads = {".attn.query.": model.config.n_heads, ".attn.key.": model.config.kv_heads}
    state = {}
    for name in model.state_dict():
        array = tensors[file_name(name, LLAMA)]
        for part, n in heads.items():
            if part in name:
                array = to_pairs(array, n)
        state[name] = array
    model.load_state_dict(state)
    # end lab


def _check_style(model: GPT, style: str) -> None:
    """MinilmError unless files of this style have names for all that the model is."""
    for field, known in NEEDS[style].items():
        if getattr(model.config, field) not in known:
            raise MinilmError(
                f"{field}: {style} files are for {' or '.join(map(repr, known))}, the model has {getattr(model.config, field)!r}"
            )


def _found(model: GPT, tensors: Mapping[str, Array], names: Mapping[str, str]) -> dict[str, Array]:
    """The file's tensors under their full names, without what repeats or isn't learned, or the errors that `load_*` promise."""
    prefix = names["embed"].split(".")[0]
    full = {
        n if n.startswith((f"{prefix}.", "lm_head.")) else f"{prefix}.{n}": a
        for n, a in tensors.items()
        if not (prefix == "transformer" and n.endswith((".attn.bias", ".attn.masked_bias")))
    }
    if model.config.tied and "lm_head.weight" in full:
        head, table = full.pop("lm_head.weight"), full.get(f"{names['embed']}.weight")
        if table is None or not np.array_equal(head, table):
            raise MinilmError("lm_head.weight: isn't the table, and the model's head is tied")
    wanted = {file_name(name, names) for name in model.state_dict()}
    if full.keys() != wanted:
        missing, unknown = sorted(wanted - full.keys()), sorted(full.keys() - wanted)
        raise MinilmError(f"weights: missing {missing}, unknown {unknown}")
    for name, array in full.items():
        if not np.isfinite(array).all():
            raise MinilmError(f"{name}: has numbers that aren't finite")
    return full
