"""The commands, by what a person is doing: working, studying, proving, keeping things up, developing."""
