"""Keeping a clone well: doctor and update."""
