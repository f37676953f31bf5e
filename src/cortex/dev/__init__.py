"""What `cortex dev` does: skeletons, consistency, figures, the site, rehearsals."""
