"""Where a learner stands in a phase: progress, the gate, the seal, the report."""
