"""The checks of phase 05, in the order in which they stop a learner."""
