"""The checks of phase 07, in the order in which they stop a learner."""
