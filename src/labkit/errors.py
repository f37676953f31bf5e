"""The one exception class of labkit."""


class LabkitError(Exception):
    """A run that can't be recorded honestly. The message says what is wrong, where, and what to do."""
