"""What checks, figures and experiments import, and learners may read. It imports nothing of ours."""
