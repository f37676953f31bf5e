"""The one exception class of minilm."""


class MinilmError(ValueError):
    """Data that can't be used. The message says what is wrong, and in which file, line or id."""
