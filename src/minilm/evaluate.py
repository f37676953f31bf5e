"""The one measure that every language model of the project is judged by: bits per target byte."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def bits_per_byte(log_probs: ArrayLike, targets: Sequence[bytes]) -> float:
    """The information, in bits, in each byte of the targets; models with other tokens can be compared by it.

    Args:
        log_probs: shape (n,), the natural logarithm of the probability that the model gave each target.
        targets: the n targets' texts, in UTF-8. b"" for a special token such as the end of a sentence, which counts for
            nothing: neither its bits nor its bytes.

    Returns:
        Infinity if a target with bytes had probability 0.

    Raises:
        ValueError: log_probs aren't one-dimensional, or there are more or fewer targets (the message names their shape and
            how many targets there are); a target isn't bytes, a logarithm is NaN or above 0 by more than 1e-6 (it names the
            first, as `position 3`, from 0); no target has a byte.
    """
    for at, target in enumerate(targets):
        if not isinstance(target, bytes):
            raise ValueError(f"bits_per_byte: position {at}: {target!r} isn't bytes: encode it")
    raise NotImplementedError("Lab 14.0 - from nats a token to bits a byte")
