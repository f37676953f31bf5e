"""The checks of phase 03, in the order in which they stop a learner."""
