"""Everything that runs a learner's code: checks, faults, experiments and their manifests."""
