"""The checks of phase 20."""
