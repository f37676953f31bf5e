"""The checks of phase 21, in the order in which they stop a learner."""
