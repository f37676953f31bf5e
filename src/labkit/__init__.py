"""labkit: what makes a run repeatable. Seeds (`labkit.seeding`) and its record (`labkit.manifest`)."""
