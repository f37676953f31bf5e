"""Quizzes: answers, grades, sittings, review cards."""
