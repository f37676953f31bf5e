"""The checks of phase 10, in the order in which they stop a learner."""
