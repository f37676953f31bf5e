"""What runs in the child, before and around a submission; it imports nothing of ours but `given`."""
