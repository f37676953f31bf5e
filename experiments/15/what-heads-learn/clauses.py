"""Three verbs with their times, then three subjects that each ask for a form; and the smallest model with attention that can."""

from __future__ import annotations

import numpy as np

from given.verbs import FRAMES, PERSONS, PRONOUNS, VERBS
from minitorch import Tensor, nn, no_grad, optim
from minitorch import functional as F
from minitorch.attention import MultiHeadAttention, attention_maps
from minitorch.tensor import Array

CLAUSES, D, N_HEADS, STEPS, BATCH = 3, 32, 4, 600, 64
TENSES = ("present_simple", "past_simple", "simple_future")
LEMMAS = tuple(VERBS)
TIMES = tuple(FRAMES["day"].phrase(tense, "en") or "" for tense in TENSES)
FORMS = tuple(
    sorted({VERBS[v].english(t, p) for v in LEMMAS for t in TENSES for p in PERSONS} - set(LEMMAS))
)
# A phrase is one word here; a bare form (work) is the same word as its verb.
WORDS = (*LEMMAS, *TIMES, *PRONOUNS["en"], *FORMS)
FORM = np.array(
    [[[WORDS.index(VERBS[v].english(t, p)) for p in PERSONS] for t in TENSES] for v in LEMMAS]
)
LENGTH = 3 * CLAUSES
ASKS = np.arange(2 * CLAUSES, LENGTH)


def clauses(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """n texts: three pairs of a verb and a time, in either order; then three subjects, the i-th of the i-th pair.

    Returns:
        The words (n, 9); and what each clause is made of, (n, 3, 3): verb, tense and person by number.
    """
    made = np.stack([rng.integers(0, k, (n, CLAUSES)) for k in (len(LEMMAS), 3, 3)], axis=-1)
    verb, tense, person = np.moveaxis(made, -1, 0)
    time = len(LEMMAS) + tense
    swapped = rng.random((n, CLAUSES)) < 0.5
    pairs = np.stack([np.where(swapped, time, verb), np.where(swapped, verb, time)], axis=-1)
    subjects = len(LEMMAS) + len(TIMES) + person
    return np.concatenate([pairs.reshape(n, -1), subjects], axis=-1), made


class OneLayer(nn.Module):
    """Words and places, one layer of attention beside the identity, a norm and a layer that says the next word.

    Args:
        looks: False leaves every head with equal shares: its queries are 0 and stay 0.
    """

    def __init__(self, seed: int, looks: bool = True) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.word = nn.Embedding(len(WORDS), D, std=0.3, rng=rng)
        self.place = nn.Embedding(LENGTH, D, std=0.3, rng=rng)
        self.norm, self.last = nn.LayerNorm(D), nn.LayerNorm(D)
        self.attention = MultiHeadAttention(D, N_HEADS, rng=rng)
        self.says = nn.Linear(D, len(WORDS), rng=rng)
        if not looks:
            for p in self.attention.query.parameters():
                p.data = np.zeros_like(p.data)
                p.requires_grad = False

    def stream(self, words: Array) -> Tensor:
        out: Tensor = self.word(words) + self.place(np.arange(words.shape[-1]))
        return out

    def forward(self, words: Array) -> Tensor:
        """The logits (n, 3, words) at the three subjects."""
        x = self.stream(words)
        x = x + self.attention(self.norm(x), causal=True)
        out: Tensor = self.says(self.last(x[:, ASKS]))
        return out

    def maps(self, words: Array) -> Array:
        """Who looks at whom: (n, heads, 9, 9)."""
        return attention_maps(self.attention, self.norm(self.stream(words)), causal=True)


def targets(made: Array) -> Array:
    """The forms that the three subjects ask for. They stand nowhere in the text."""
    return np.asarray(FORM[*np.moveaxis(made, -1, 0)])


def trained(seed: int, looks: bool = True, steps: int = STEPS) -> tuple[OneLayer, list[float]]:
    """The model after training on fresh texts, and its losses."""
    model, rng = OneLayer(seed, looks), np.random.default_rng([seed, 1])
    optimizer = optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3)
    losses = []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 5e-3 * (1 - step / steps)
        words, made = clauses(rng, BATCH)
        loss = F.cross_entropy(model(words), targets(made))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


def right(model: OneLayer, words: Array, made: Array) -> dict[str, float]:
    """Shares of right forms, and of answers whose verb and whose tense are those asked for.

    Both are asked with the rest given: of the forms of the right tense and person the best must be the right verb's, and
    the other way round. So guessing gives 1/20 and 1/3.
    """
    verb, tense, person = np.moveaxis(made, -1, 0)
    with no_grad():
        logits = model(words).data
    of_verbs = np.take_along_axis(logits, FORM[:, tense, person].transpose(1, 2, 0), -1)
    of_tenses = np.take_along_axis(logits, FORM[verb, :, person], -1)
    return {
        "form": float((logits.argmax(-1) == targets(made)).mean()),
        "verb": float((of_verbs.argmax(-1) == verb).mean()),
        "tense": float((of_tenses.argmax(-1) == tense).mean()),
    }


def gaze(model: OneLayer, words: Array) -> dict[str, Array]:
    """For each head, the mean share that a subject gives to its own verb, its own time, the other pairs, and subjects."""
    maps = model.maps(words)[:, :, ASKS]
    pairs = maps[..., : 2 * CLAUSES]
    own = pairs * np.repeat(np.eye(CLAUSES), 2, axis=-1)
    is_verb = (words[:, : 2 * CLAUSES] < len(LEMMAS))[:, None, None]
    parts = {
        "verb": own * is_verb,
        "time": own * ~is_verb,
        "others": pairs - own,
        "subjects": maps[..., 2 * CLAUSES :],
    }
    return {name: part.sum(-1).mean((0, 2)) for name, part in parts.items()}
