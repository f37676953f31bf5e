"""The checks of phase 22, in the order in which they stop a learner."""
