"""Files as this program reads and writes them: the checkout, git, records on disk, the curriculum."""
