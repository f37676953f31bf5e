"""minitorch against PyTorch. Skipped, and said so, where PyTorch isn't installed; CI installs it."""
