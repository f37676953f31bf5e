"""`minilm.gpt`'s canonical model as somebody at home in PyTorch would write it, with the same names of its parameters."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Causal, with RoPE as Llama's own code has it: a pair of features is a complex number."""

    def __init__(self, d: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query, self.key, self.value, self.out = (nn.Linear(d, d, bias=False) for _ in range(4))

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        b, t, d = x.shape
        q, k, v = (
            y.view(b, t, self.n_heads, -1) for y in (self.query(x), self.key(x), self.value(x))
        )
        q, k = (_turned(y, turns) for y in (q, k))
        q, k, v = (y.transpose(1, 2) for y in (q, k, v))
        found = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(found.transpose(1, 2).reshape(b, t, d))


def _turned(x: Tensor, turns: Tensor) -> Tensor:
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(3)


class FeedForward(nn.Module):
    def __init__(self, d: int, hidden: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(d, hidden), nn.Linear(hidden, d)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x)))


class Block(nn.Module):
    def __init__(self, d: int, n_heads: int, hidden: int) -> None:
        super().__init__()
        self.attn_norm, self.ffn_norm = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn, self.ffn = Attention(d, n_heads), FeedForward(d, hidden)

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        x = x + self.attn(self.attn_norm(x), turns)
        return x + self.ffn(self.ffn_norm(x))


class GPT(nn.Module):
    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        n_heads: int,
        n_layers: int,
        d_ff: int,
        context_len: int,
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab_size, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads, d_ff) for _ in range(n_layers))
        self.final_norm = nn.LayerNorm(d_model)
        head = d_model // n_heads
        w = 10_000.0 ** (-torch.arange(0, head, 2) / head)
        angles = torch.outer(torch.arange(context_len), w)[:, None]
        # Computed once, as Llama does: not saved, and no parameter.
        self.register_buffer(
            "turns", torch.polar(torch.ones_like(angles), angles), persistent=False
        )

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, self.turns[: ids.shape[-1]])
        return F.linear(self.final_norm(x), self.embed.weight)
