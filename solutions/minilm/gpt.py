"""A GPT: one configuration that can be GPT-2's block or a Llama-style one, the block, and the model with its logits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from minilm.errors import MinilmError
from minitorch import functional as F
from minitorch.attention import MultiHeadAttention, attention, merge_heads
from minitorch.nn import Embedding, LayerNorm, Linear, Module, ModuleList, Parameter, RMSNorm, init
from minitorch.positions import LearnedPositions, alibi_slopes, frequencies, rope, sinusoidal
from minitorch.tensor import Array, Tensor

Rng = np.random.Generator | None

CHOICES = {
    "norm": ("layernorm", "rmsnorm"),
    "norm_place": ("before", "after", "none"),
    "ffn": ("gelu", "gelu_tanh", "swiglu", "relu"),
    "positions": ("rope", "learned", "sinusoidal", "alibi", "none"),
}
COUNTS = ("vocab_size", "d_model", "n_heads", "n_layers", "d_ff", "context_len")


@dataclass(frozen=True)
class GPTConfig:
    """All that decides a GPT's shape and function. What isn't given is the model of this course.

    `n_kv_heads`: how many heads of keys and values the query heads share; None: each has its own. `norm_place`: a norm in front
    of each part and one in front of the head; behind each addition; or nowhere. `tied`: the head is the embedding's table.
    `init_std`: the spread that weights start with.

    Raises:
        MinilmError: a field that can't be; the message begins with its name.
    """

    vocab_size: int
    d_model: int = 64
    n_heads: int = 4
    n_layers: int = 2
    d_ff: int = 256
    context_len: int = 64
    n_kv_heads: int | None = None
    norm: str = "layernorm"
    norm_place: str = "before"
    norm_eps: float = 1e-5
    ffn: str = "gelu"
    ffn_bias: bool = True
    attn_bias: bool = False
    positions: str = "rope"
    rope_base: float = 10_000.0
    tied: bool = True
    init_std: float = 0.02

    def __post_init__(self) -> None:
        for name in (*COUNTS, *(["n_kv_heads"] if self.n_kv_heads is not None else [])):
            n = getattr(self, name)
            if not isinstance(n, int) or isinstance(n, bool) or n < 1:
                raise MinilmError(f"{name}: an int of 1 or more is needed, got {n!r}")
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise MinilmError(f"{name}: {getattr(self, name)!r} is none of {', '.join(known)}")
        for name in ("ffn_bias", "attn_bias", "tied"):
            if not isinstance(getattr(self, name), bool):
                raise MinilmError(f"{name}: True or False is needed, got {getattr(self, name)!r}")
        for name in ("norm_eps", "rope_base", "init_std"):
            x = getattr(self, name)
            if not isinstance(x, int | float) or isinstance(x, bool) or not 0 < x < math.inf:
                raise MinilmError(f"{name}: a finite number above 0 is needed, got {x!r}")
        if self.d_model % self.n_heads:
            raise MinilmError(f"n_heads: {self.n_heads} heads don't divide d_model {self.d_model}")
        if self.n_heads % self.kv_heads:
            raise MinilmError(f"n_kv_heads: {self.n_kv_heads} don't divide {self.n_heads} heads")
        turned = {"rope": self.d_head, "sinusoidal": self.d_model}.get(self.positions, 2)
        if turned % 2:
            raise MinilmError(
                f"positions: {self.positions} needs pairs, got {turned} features for it"
            )

    @property
    def d_head(self) -> int:
        """The features of one head."""
        return self.d_model // self.n_heads

    @property
    def kv_heads(self) -> int:
        """How many heads of keys and values there are."""
        return self.n_heads if self.n_kv_heads is None else self.n_kv_heads

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GPTConfig:
        """What `to_dict` gave. MinilmError for a field that is unknown, or missing without a default, and as in the class."""
        known = {f.name: f for f in fields(cls)}
        for name in values:
            if name not in known:
                raise MinilmError(f"{name}: a GPTConfig has no such field")
        for name, field in known.items():
            if name not in values and field.default is MISSING:
                raise MinilmError(f"{name}: missing")
        return cls(**values)


def make_norm(config: GPTConfig) -> Module:
    """The norm that the configuration names, over d_model features, with its eps."""
    # lab 17.1
    if config.norm == "rmsnorm":
        return RMSNorm(config.d_model, config.norm_eps)
    return LayerNorm(config.d_model, config.norm_eps)
    # end lab


class FeedForward(Module):
    """What each position does by itself: `up` to d_ff features, a nonlinearity, `down` to d_model again.

    With "swiglu" a second map `gate`, of the shape of `up` and made between `up` and `down`, decides feature by feature how
    much of `up` goes on: the nonlinearity is SiLU, it acts on the gate, and multiplies (Shazeer 2020). "gelu" is the exact
    one, "gelu_tanh" GPT-2's. All have a bias if `ffn_bias`.
    """

    def __init__(self, config: GPTConfig, rng: Rng = None) -> None:
        super().__init__()
        self.kind = config.ffn
        # lab 17.0
        d, hidden, bias = config.d_model, config.d_ff, config.ffn_bias
        self.up = Linear(d, hidden, bias, rng)
        if self.kind == "swiglu":
            self.gate = Linear(d, hidden, bias, rng)
        self.down = Linear(hidden, d, bias, rng)
        # end lab

    def forward(self, x: Tensor) -> Tensor:
        """(..., d_model) of the same shape; no position sees another."""
        # lab 17.0
        h = self.up(x)
        if self.kind == "swiglu":
            h = F.silu(self.gate(x)) * h
        elif self.kind == "relu":
            h = F.relu(h)
        else:
            h = F.gelu(h, "tanh" if self.kind == "gelu_tanh" else "none")
        out: Tensor = self.down(h)
        return out
        # end lab


def residual_step(
    x: Tensor, f: Callable[[Tensor], Tensor], norm: Callable[[Tensor], Tensor] | None, place: str
) -> Tensor:
    """The stream x with what f adds to it.

    Args:
        place: "before", f sees the stream normalized and the stream itself passes untouched (Xiong et al. 2020); "after", the
            sum is normalized (Vaswani et al. 2017); "none", there is no norm.
    """
    # lab 17.0
    if place == "before" and norm is not None:
        return x + f(norm(x))
    total = x + f(x)
    return norm(total) if place == "after" and norm is not None else total
    # end lab


class SelfAttention(MultiHeadAttention):
    """Causal attention of a sequence to itself, told of positions as the configuration says."""

    def __init__(self, config: GPTConfig, rng: Rng = None) -> None:
        super().__init__(config.d_model, config.n_heads, config.n_kv_heads, config.attn_bias, rng)
        self.kind = config.positions
        self.w = frequencies(config.d_head, config.rope_base) if self.kind == "rope" else None

    def project(self, x: Tensor, positions: Array | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """As in `MultiHeadAttention`, for x (B, T, d_model); with "rope" queries and keys are turned by their positions.

        Args:
            positions: (T,) or (B, T) integers; 0 to T - 1 by default.
        """
        # lab 17.1
        q, k, v = super().project(x)
        if self.w is not None:
            q, k = (_turned(y, positions, self.w) for y in (q, k))
        return q, k, v
        # end lab

    def scores_mask(self, positions: Array, mask: Array | None) -> Array | None:
        """What `attention` gets as its mask, beside causality: `mask`, or with "alibi" floats: minus the head's slope times the
        distance of two positions, and -inf where `mask` forbids.

        Args:
            positions: (T,) or (B, T). mask: booleans that broadcast to (B, 1, T, T), or None.
        """
        # lab 17.1
        if self.kind != "alibi":
            return mask
        p = positions[..., None, :]
        distance = np.abs(p[..., :, None] - p[..., None, :])
        bias = -alibi_slopes(self.n_heads)[:, None, None] * distance
        return bias if mask is None else np.where(mask, bias, -np.inf)
        # end lab

    def forward(self, x: Tensor, positions: Any = None, mask: Any = None) -> Tensor:  # type: ignore[override]
        """(B, T, d_model) of the same shape. No position sees a later one, nor one that `mask` forbids."""
        positions = np.arange(x.shape[-2]) if positions is None else np.asarray(positions)
        # lab 17.1
        q, k, v = self.project(x, positions)
        found = attention(q, k, v, causal=True, mask=self.scores_mask(positions, mask))
        out: Tensor = self.out(merge_heads(found))
        return out
        # end lab


class Block(Module):
    """Attention, then the feed-forward, each added to the stream.

    The parts are `attn_norm`, `attn`, `ffn_norm` and `ffn`, made in this order; without norms these two are None.
    """

    def __init__(self, config: GPTConfig, rng: Rng = None) -> None:
        super().__init__()
        self.place = config.norm_place
        # lab 17.1
        normed = self.place != "none"
        self.attn_norm = make_norm(config) if normed else None
        self.attn = SelfAttention(config, rng)
        self.ffn_norm = make_norm(config) if normed else None
        self.ffn = FeedForward(config, rng)
        # end lab

    def forward(self, x: Tensor, positions: Any = None, mask: Any = None) -> Tensor:
        """(B, T, d_model) of the same shape; `positions` and `mask` as in `SelfAttention`."""
        # lab 17.1
        x = residual_step(x, lambda y: self.attn(y, positions, mask), self.attn_norm, self.place)
        return residual_step(x, self.ffn, self.ffn_norm, self.place)
        # end lab


def initialize(model: Module, config: GPTConfig, rng: Rng = None) -> None:
    """Draws every weight of two axes anew, normal with `init_std`, in the order of `named_parameters`; biases become 0.

    What writes into the stream, `attn.out` and `ffn.down` of each block, starts smaller by the root of how many such parts
    there are: two in each layer (Radford et al. 2019). Norms stay.
    """
    # lab 17.2
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2:
            writes = name.endswith(("attn.out.weight", "ffn.down.weight"))
            std = config.init_std / (math.sqrt(2 * config.n_layers) if writes else 1)
            init.normal_(parameter, std=std, rng=rng)
        elif name.endswith("bias"):
            init.constant_(parameter, 0.0)
    # end lab


class GPT(Module):
    """From ids to logits: `embed`, what positions add, `blocks`, `final_norm`, and a head that is the table itself if tied.

    With "learned" there is `position_table`; with a norm in front, `final_norm`, else None; untied, `head`, a Linear without
    bias. They are made in this order: embed, position_table, blocks, final_norm, head; then `initialize` draws.

    Args:
        dtype: of all parameters: float32, or float64 to compare with others.
    """

    def __init__(self, config: GPTConfig, rng: Rng = None, dtype: DTypeLike = np.float32) -> None:
        super().__init__()
        self.config = config
        # lab 17.2
        self.embed = Embedding(config.vocab_size, config.d_model, rng=rng)
        if config.positions == "learned":
            self.position_table = LearnedPositions(config.context_len, config.d_model, rng=rng)
        self.blocks = ModuleList(Block(config, rng) for _ in range(config.n_layers))
        self.final_norm = make_norm(config) if config.norm_place == "before" else None
        if not config.tied:
            self.head = Linear(config.d_model, config.vocab_size, bias=False, rng=rng)
        # end lab
        _as_dtype(self, dtype)
        initialize(self, config, rng)

    def forward(self, ids: Any, mask: Any = None, positions: Any = None) -> Tensor:
        """Scores for the token that comes next, at each place.

        Args:
            ids: (B, T) or (T,) integers below vocab_size, T from 1 to context_len.
            mask: booleans that broadcast to (B, 1, T, T), True where a query may see a key; causality holds besides.
            positions: (T,) or (B, T) integers; 0 to T - 1 by default. Texts packed into one row each begin at 0.

        Returns:
            (B, T, V), or (T, V): logits, before any softmax.

        Raises:
            MinilmError: ids, mask or positions that aren't so; the message begins with which.
        """
        ids, mask, positions = _checked(self.config, ids, mask, positions)
        batch = ids.reshape(-1, ids.shape[-1])
        # lab 17.2
        x = self.stream(batch, positions)
        for block in self.blocks:
            x = block(x, positions, mask)
        logits = self.logits(x)
        # end lab
        return logits.reshape(*ids.shape, self.config.vocab_size)

    def stream(self, ids: Array, positions: Array) -> Tensor:
        """What enters the first block, (B, T, d_model): rows of `embed`, and rows for `positions` where those are added."""
        # lab 17.2
        x: Tensor = self.embed(ids)
        added: Any = None
        if self.config.positions == "learned":
            added = self.position_table(positions.ravel())
        elif self.config.positions == "sinusoidal":
            added = Tensor(sinusoidal(positions.ravel(), x.shape[-1]).astype(x.dtype))
        return x if added is None else x + added.reshape(*positions.shape, x.shape[-1])
        # end lab

    def logits(self, x: Tensor) -> Tensor:
        """(..., V) of a stream (..., d_model): the final norm, if there is one, and the head."""
        # lab 17.2
        if self.final_norm is not None:
            x = self.final_norm(x)
        return F.linear(x, self.embed.weight if self.config.tied else self.head.weight)
        # end lab


def _turned(x: Tensor, positions: Array | None, w: Array) -> Tensor:
    """`rope` of x (B, H, T, d); positions of (B, T), too: rows with their own places side by side become one long row."""
    if positions is None or positions.ndim == 1:
        return rope(x, positions, w)
    b, h, t, d = x.shape
    flat = x.transpose(0, 1).reshape(h, b * t, d)
    return rope(flat, positions.ravel(), w).reshape(h, b, t, d).transpose(0, 1)


def _as_dtype(model: Module, dtype: DTypeLike) -> None:
    """Every parameter of `model` becomes one of this dtype, with the same numbers rounded to it, under the same names."""
    for _, module in model.named_modules():
        for name, parameter in list(module._parameters.items()):
            setattr(module, name, Parameter(parameter.numpy().astype(dtype)))


def _checked(
    config: GPTConfig, ids: Any, mask: Any, positions: Any
) -> tuple[Array, Array | None, Array]:
    """All three as arrays, or the error that `GPT.forward` promises."""
    ids = np.asarray(ids)
    if ids.dtype.kind not in "iu" or ids.ndim not in (1, 2) or not ids.size:
        raise MinilmError(f"ids: (B, T) integers are needed, got {ids.shape} {ids.dtype}")
    t = ids.shape[-1]
    if t > config.context_len:
        raise MinilmError(f"ids: {t} tokens, the model's context has {config.context_len}")
    if not 0 <= ids.min() <= ids.max() < config.vocab_size:
        raise MinilmError(
            f"ids: {ids.min()} to {ids.max()}, the vocabulary has 0 to {config.vocab_size - 1}"
        )
    b = ids.size // t
    if mask is not None:
        mask = np.asarray(mask)
        if mask.dtype.kind != "b" or not _fits(mask.shape, (b, 1, t, t)):
            raise MinilmError(
                f"mask: booleans that fit {(b, 1, t, t)} are needed, got {mask.shape} {mask.dtype}"
            )
    p = np.arange(t) if positions is None else np.asarray(positions)
    if p.dtype.kind not in "iu" or p.shape not in ((t,), (b, t)):
        raise MinilmError(
            f"positions: integers {(t,)} or {(b, t)} are needed, got {p.shape} {p.dtype}"
        )
    if config.positions == "learned" and not 0 <= p.min() <= p.max() < config.context_len:
        raise MinilmError(
            f"positions: {p.min()} to {p.max()}, the table has 0 to {config.context_len - 1}"
        )
    return ids, mask, p


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether an array of `shape` broadcasts to `wanted`."""
    return len(shape) <= len(wanted) and all(
        n in (1, m) for n, m in zip(shape[::-1], wanted[::-1], strict=False)
    )
