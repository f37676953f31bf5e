"""Word vectors, learned from which words stand near each other: skip-gram and CBOW with negative sampling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from given.verbs import ROWS
from minilm.corpus import Example
from minilm.errors import MinilmError
from minitorch.nn import Embedding, Module
from minitorch.optim import Adam
from minitorch.tensor import Tensor, record

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

EMPTY = -1
"""Stands in a row of inputs where the window reaches over the end of the document."""


def documents(examples: Iterable[Example], whole_verbs: bool = False) -> list[list[str]]:
    """The words of each example, English and then Spanish, as one document; or those of all examples of a verb as one."""
    texts: dict[str, list[str]] = {}
    for example in examples:
        name = example.verb if whole_verbs else example.id
        texts.setdefault(name, []).extend(f"{example.text} {example.spanish}".split())
    return list(texts.values())


def word_labels() -> tuple[dict[str, str], dict[str, str]]:
    """For each form of a verb, in both languages, its verb and its slot ("es present_simple 1sg").

    A form that belongs to two verbs (`fui`) has no verb here, one of two slots (`worked`, `work`) no slot. English forms
    aren't told apart by person, and neither are infinitives and participles.
    """
    verbs: dict[str, set[str]] = {}
    slots: dict[str, set[str]] = {}
    for (lemma, tense, person), surface, english, spanish in ROWS:
        for language, text in (("en", english), ("es", spanish)):
            form = text.split()[-1]
            as_infinitive = surface == "going_to" or (surface == "will" and language == "en")
            told = "infinitive" if as_infinitive else tense
            one_form = language == "en" or told in ("infinitive", "past_participle")
            verbs.setdefault(form, set()).add(lemma)
            slots.setdefault(form, set()).add(
                f"{language} {told}" + ("" if one_form else f" {person}")
            )
    return (
        {form: min(some) for form, some in verbs.items() if len(some) == 1},
        {form: min(some) for form, some in slots.items() if len(some) == 1},
    )


def labeled(words: Sequence[str], labels: Mapping[str, str]) -> tuple[list[int], list[str]]:
    """Rows and labels of the words that have a label which another word has too."""
    shared = Counter(labels[word] for word in words if word in labels)
    rows = [i for i, word in enumerate(words) if shared[labels.get(word, "")] > 1]
    return rows, [labels[words[i]] for i in rows]


@dataclass(frozen=True)
class Vocabulary:
    """The words of a text. A word's id is its place in `words`.

    Attributes:
        words: each once, the most frequent first; among equally frequent ones in the order of their code points.
        counts: how often each occurs.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]
    ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", {word: i for i, word in enumerate(self.words)})

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]]) -> Vocabulary:
        """All words of the documents. MinilmError if there is none."""
        # lab 13.0 - the words and how often each occurs
        counts = Counter(word for document in documents for word in document)
        if not counts:
            raise MinilmError("no words: the documents are empty")
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(tuple(words), tuple(counts[word] for word in words))
        # end lab

    def encode(self, document: Sequence[str]) -> Ids:
        """The ids, shape (length,). MinilmError has the `repr` of a word that isn't there and its position, from 0."""
        # lab 13.0 - the ids of a document
        for position, word in enumerate(document):
            if word not in self.ids:
                raise MinilmError(f"word {position}: {word!r} is not in the vocabulary")
        return np.array([self.ids[word] for word in document], dtype=np.int64)
        # end lab


def _checked(documents: Iterable[ArrayLike], window: int) -> list[list[int]]:
    """The documents as lists of ids. MinilmError names one that holds anything but whole numbers from 0 on."""
    if window < 1:
        raise ValueError(f"window must be 1 or more, got {window}")
    checked = []
    for number, document in enumerate(documents):
        ids = np.asarray(document)
        if ids.ndim != 1 or (ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0)):
            raise MinilmError(f"document {number}: not a row of ids, whole numbers from 0 on")
        checked.append([int(word) for word in ids])
    return checked


def skip_gram(documents: Iterable[ArrayLike], window: int) -> tuple[Ids, Ids]:
    """From a word, each of its neighbors: one example for each pair of places at most `window` apart.

    Args:
        documents: the ids of each. A window doesn't reach from one document into the next.
        window: 1 or more, else ValueError.

    Returns:
        inputs (n, 1), the words in the middle, and targets (n,), their neighbors: in the order of the middles, and for
        each from left to right.
    """
    checked = _checked(documents, window)
    # lab 13.0 - a word and each of its neighbors
    found = [
        (word, ids[j])
        for ids in checked
        for i, word in enumerate(ids)
        for j in range(max(0, i - window), min(len(ids), i + window + 1))
        if j != i
    ]
    table = np.array(found, dtype=np.int64).reshape(-1, 2)
    return table[:, :1], table[:, 1]
    # end lab


def cbow(documents: Iterable[ArrayLike], window: int) -> tuple[Ids, Ids]:
    """From all of its neighbors, a word: one example for each place that has a neighbor.

    Args:
        documents: as in `skip_gram`.

    Returns:
        inputs (n, 2 window), the `window` words before and the `window` words behind, from left to right, with EMPTY
        where there is none, and targets (n,), the words in the middle.
    """
    checked = _checked(documents, window)
    # lab 13.0 - all neighbors of a word
    inputs, targets = [], []
    for ids in checked:
        padded = [EMPTY] * window + ids + [EMPTY] * window
        for i, word in enumerate(ids):
            if len(ids) > 1:
                inputs.append(padded[i : i + window] + padded[i + window + 1 : i + 2 * window + 1])
                targets.append(word)
    return np.array(inputs, np.int64).reshape(-1, 2 * window), np.array(targets, np.int64)
    # end lab


def log_sigmoid(x: Tensor) -> Tensor:
    """log(1 / (1 + exp(-x))) of any shape: finite with a finite gradient for every finite x."""
    a = x._data
    # lab 13.1 - the logarithm of the sigmoid, and its gradient
    # 1 - sigmoid(x), without the exp(x) that overflows.
    slope = np.exp(-np.logaddexp(0, a))
    return record(-np.logaddexp(0, -a), "log_sigmoid", (x,), lambda g: (g * slope,))
    # end lab


def noise(counts: ArrayLike, power: float = 0.75) -> Floats:
    """What negatives are drawn from: probabilities in proportion to counts^power, shape (V,), float64.

    ValueError unless counts are one-dimensional, finite, not negative, and one of them is above 0. A word with count 0 is never
    drawn, for any power.
    """
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim != 1 or not (np.isfinite(array).all() and (array >= 0).all() and array.any()):
        raise ValueError("counts: one finite number a word, none negative, at least one above 0")
    # lab 13.1 - counts to probabilities
    raised = np.zeros_like(array)
    raised[array > 0] = array[array > 0] ** power
    return np.asarray(raised / raised.sum())
    # end lab


def negative_sampling_loss(hidden: Tensor, right: Tensor, wrong: Tensor) -> Tensor:
    """How well each row tells its target from the negatives drawn for it, mean over the batch, in nats.

    One question of yes or no for the target and for each negative: the sum of their negative log-likelihoods, with
    the sigmoid of the scalar product as the probability of yes (Mikolov et al., 2013b, equation 4).

    Args:
        hidden: shape (B, d). right: (B, d), the targets' output vectors. wrong: (B, K, d), those of the negatives.
    """
    # lab 13.1 - the loss of a batch
    batch, d = hidden.shape
    yes = log_sigmoid((hidden * right).sum(1))
    no = log_sigmoid(-(hidden.reshape(batch, 1, d) * wrong).sum(2))
    return -(yes.sum() + no.sum()) / batch
    # end lab


class WordVectors(Module):
    """Two vectors a word: `input` for a word that is read, `output` for one that is guessed.

    `input` starts uniform in ±1/(2 dim), `output` at zero, as in word2vec. With `tied` both are one and the same
    Embedding, which starts as `input`.
    """

    input: Embedding
    output: Embedding

    def __init__(
        self, vocab_size: int, dim: int, tied: bool = False, rng: np.random.Generator | None = None
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(0) if rng is None else rng
        # lab 13.2 - the two tables and how they start
        self.input = Embedding(vocab_size, dim)
        self.input.weight.data = rng.uniform(-0.5 / dim, 0.5 / dim, (vocab_size, dim)).astype(
            np.float32
        )
        self.output = self.input
        if not tied:
            self.output = Embedding(vocab_size, dim)
            self.output.weight.data = np.zeros((vocab_size, dim), np.float32)
        # end lab

    def forward(self, inputs: ArrayLike) -> Tensor:
        """The mean of the input vectors of each row's words; (B, W) ids to (B, dim). EMPTY doesn't count.

        MinilmError names a row that holds nothing but EMPTY.
        """
        # lab 13.2 - the mean of the words that are there
        ids = np.asarray(inputs, dtype=np.int64)
        there = ids != EMPTY
        number = there.sum(1)
        if ids.size and not number.all():
            raise MinilmError(f"row {int(number.argmin())}: no word in the window")
        share = (there / np.maximum(number, 1)[:, None]).astype(np.float32)
        vectors = self.input(np.where(there, ids, 0))
        mean: Tensor = (vectors * Tensor(share[:, :, None])).sum(1)
        return mean
        # end lab


def train(
    model: WordVectors,
    inputs: Ids,
    targets: Ids,
    counts: ArrayLike,
    *,
    epochs: int = 20,
    batch_size: int = 256,
    lr: float = 0.01,
    negatives: int = 5,
    seed: int = 42,
) -> list[float]:
    """Trains with Adam, in a new order each epoch. Returns the mean loss of each epoch, in nats an example.

    For each example of a batch `negatives` words are drawn from `noise(counts)`, anew each time; one may be the target, and
    one may come twice, so there may be more of them than words. All that is drawn comes from a generator of its own that
    starts from `seed`.

    Raises:
        MinilmError: no example, or a model of a single word, which has no other to be told from; other than one target for each row
            of inputs; an id that the model doesn't have, or a row that holds nothing but EMPTY (the message says
            `inputs` or `targets`, and which: `example 7`). Both tables are then as they were.
        ValueError: counts other than one for each word of the model; negative epochs; no negatives or empty batches.
    """
    if not len(targets):
        raise MinilmError("no examples: is each document shorter than two words?")
    words = model.input.weight.shape[0]
    if words < 2:
        raise MinilmError("a single word: there is no other to tell it from")
    if len(noise(counts)) != words:
        raise ValueError(f"counts: {np.size(counts)} for {words} words")
    if epochs < 0 or batch_size < 1 or negatives < 1:
        raise ValueError("epochs must be 0 or more, batch_size and negatives 1 or more")
    # lab 13.2 - the loop
    if len(inputs) != len(targets):
        raise MinilmError(f"{len(inputs)} rows of inputs for {len(targets)} targets")
    outside = (inputs < EMPTY) | (inputs >= words)
    for name, bad in (
        ("inputs", outside.any(1) | (inputs == EMPTY).all(1)),
        ("targets", (targets < 0) | (targets >= words)),
    ):
        if bad.any():
            raise MinilmError(f"{name}: example {bad.argmax()}: an id outside, or no word at all")
    rng = np.random.default_rng(seed)
    edges = noise(counts).cumsum()
    edges /= edges[-1]
    optimizer = Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(targets))
        total = 0.0
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            drawn = np.searchsorted(edges, rng.random((len(rows), negatives)), side="right")
            loss = negative_sampling_loss(
                model(inputs[rows]), model.output(targets[rows]), model.output(drawn)
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(order))
    return losses
    # end lab
