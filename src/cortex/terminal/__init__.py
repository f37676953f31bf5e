"""How answers look on a terminal or in a pipe, and how a person is asked."""
