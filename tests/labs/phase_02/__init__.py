"""The checks of phase 02, in the order in which they stop a learner."""
