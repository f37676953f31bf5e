"""Lynx Cortex's gatekeeper: checks, faults, quizzes, provenance and gates."""

__version__ = "0.1.0"
