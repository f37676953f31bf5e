"""The checks of phase 08, in the order in which they stop a learner."""
