"""The checks of phase 06, in the order in which they stop a learner."""
