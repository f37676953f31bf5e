"""Tests of the reference packages, whatever a learner has written."""
