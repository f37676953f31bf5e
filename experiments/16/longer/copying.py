"""A text of random letters whose answer at each position is the letter three positions back, and one layer that learns it."""

from __future__ import annotations

import numpy as np

from minitorch import Tensor, nn, no_grad, optim
from minitorch import functional as F
from minitorch.attention import MultiHeadAttention, causal_mask
from minitorch.positions import LearnedPositions, RotaryAttention, alibi, rope, sinusoidal
from minitorch.tensor import Array

LETTERS, BACK, D, HEADS, TRAINED, LONGEST = 16, 3, 32, 2, 32, 128
STEPS, TUNING, BATCH, RATE = 200, 30, 32, 1e-2
SCHEMES = ("none", "sinusoidal", "learned", "rope", "alibi")


class OneLayer(nn.Module):
    """Letters, one layer of attention, and what it found as logits: whatever it answers came through attention."""

    def __init__(self, scheme: str, seed: int) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.scheme = scheme
        self.first = 0  # where a text begins
        self.letter = nn.Embedding(LETTERS, D, std=0.3, rng=rng)
        # Rows behind the trained length exist and keep their first values: a table of 32 rows would raise.
        self.place = LearnedPositions(LONGEST, D, std=0.3, rng=rng) if scheme == "learned" else None
        layer = RotaryAttention if scheme == "rope" else MultiHeadAttention
        self.attention = layer(D, HEADS, rng=rng)
        self.says = nn.Linear(D, LETTERS, rng=rng)

    def stream(self, letters: Array) -> Tensor:
        """(B, T, D): what attention is given."""
        x: Tensor = self.letter(letters)
        places = self.first + np.arange(letters.shape[-1])
        if self.place is not None:
            x = x + self.place(places)
        elif self.scheme == "sinusoidal":
            x = x + Tensor(sinusoidal(places, D).astype(np.float32))
        return x

    def forward(self, letters: Array, mask: Array | None = None) -> Tensor:
        """Logits (B, T, letters). mask: floats to add to the scores."""
        if self.scheme == "alibi":
            bias = alibi(HEADS, letters.shape[-1])
            mask = bias if mask is None else bias + mask
        out: Tensor = self.says(self.attention(self.stream(letters), causal=True, mask=mask))
        return out


def texts(rng: np.random.Generator, n: int, length: int) -> tuple[Array, Array]:
    """n texts (n, length) and their answers (n, length - 3), which begin at position 3."""
    letters = rng.integers(0, LETTERS, (n, length))
    return letters, letters[:, :-BACK]


def trained(
    scheme: str, seed: int, length: int = TRAINED, steps: int = STEPS, model: OneLayer | None = None
) -> OneLayer:
    """A model after `steps` fresh batches of one length; `model` goes on from where it is."""
    model = OneLayer(scheme, seed) if model is None else model
    rng = np.random.default_rng([seed, length, steps])
    optimizer = optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0)
    # As many tokens a step, whatever the length.
    batch = max(1, BATCH * TRAINED // length)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps)
        letters, answers = texts(rng, batch, length)
        loss = F.cross_entropy(model(letters)[:, BACK:], answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def right(
    model: OneLayer, length: int, seed: int, near: int | None = None, back: int = BACK
) -> float:
    """The share of right answers in the last quarter of texts of this length.

    Args:
        near: hide the keys that are so far or farther.
        back: count the letter so many positions back as right.
    """
    letters, _ = texts(np.random.default_rng([seed, 7]), 32, length)
    mask = None
    if near is not None:
        mask = np.where(np.tri(length, k=-near, dtype=bool), -np.inf, 0.0)
    last = np.arange(length - length // 4, length)
    with no_grad():
        said = model(letters, mask)._data[:, last].argmax(-1)
    return float((said == letters[:, last - back]).mean())


def clamped(model: OneLayer, length: int, seed: int) -> float:
    """The same for a model with RoPE, when every distance above the trained ones is told as the longest trained one.

    As many keys as before, and no distance that training didn't have: what is left of the failure is the number of keys.
    """
    letters, _ = texts(np.random.default_rng([seed, 7]), 32, length)
    last = np.arange(length - length // 4, length)
    layer = model.attention
    with no_grad():
        q, k, v = MultiHeadAttention.project(layer, model.stream(letters))
        at, w = np.arange(length), layer.w
        ordinary = rope(q, at, w)._data @ rope(k, at, w)._data.swapaxes(-1, -2)
        longest = rope(q, np.full(length, TRAINED - 1), w)._data @ k._data.swapaxes(-1, -2)
        far = np.tri(length, k=-TRAINED, dtype=bool)
        scores = np.where(far, longest, ordinary) / np.sqrt(q.shape[-1])
        scores = np.where(causal_mask(length), scores, -np.inf)
        shares = F.softmax(Tensor(scores.astype(np.float32)))
        found = (shares @ v).transpose(-3, -2).reshape(*letters.shape, D)
        said = model.says(layer.out(found))._data[:, last].argmax(-1)
    return float((said == letters[:, last - BACK]).mean())
