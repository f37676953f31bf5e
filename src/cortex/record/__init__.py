"""What one learner did: the record of each phase, journal, attestations, opened hints and solutions."""
