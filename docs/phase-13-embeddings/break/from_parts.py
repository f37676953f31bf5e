"""What the break shows: values, a gradient check and two trainings, as one line of JSON."""

import json

import numpy as np

from minilm.corpus import bare
from minilm.embed import Vocabulary, WordVectors, documents, log_sigmoid, skip_gram, train
from minitorch import Tensor
from minitorch.testing import gradcheck


def main() -> None:
    """The operation by itself, then in a model with two tables and in one with a single table."""
    x = np.random.default_rng(0).normal(scale=4, size=200)
    wanted = -np.logaddexp(0, -x)
    try:
        gradcheck(log_sigmoid, [Tensor(x, requires_grad=True)])
        checked = True
    except AssertionError:
        checked = False
    texts = documents(bare())
    vocabulary = Vocabulary.of(texts)
    inputs, targets = skip_gram([vocabulary.encode(text) for text in texts], 2)
    losses = {}
    for tied in (False, True):
        model = WordVectors(len(vocabulary.words), 16, tied, np.random.default_rng(1))
        losses[tied] = train(model, inputs, targets, vocabulary.counts, epochs=4)
    shown = {
        "error": float(f"{np.abs(log_sigmoid(Tensor(x)).data - wanted).max():.1e}"),
        "checked": checked,
        "last_loss": round(losses[False][-1], 3),
        "tied_falls": losses[True][-1] < losses[True][0] - 0.01,
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
