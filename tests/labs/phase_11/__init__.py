"""The checks of phase 11, in the order in which they stop a learner."""
