"""The command line, by what a person is doing: each command parses, calls an action, renders what it returned, leaves."""
