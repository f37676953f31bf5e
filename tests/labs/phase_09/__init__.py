"""The checks of phase 09, in the order in which they stop a learner."""
