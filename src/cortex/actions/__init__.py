"""One function a command: takes plain arguments, returns an `Answer`. Faces (command line, server, site) render it.

No action prints, asks or exits. What a person must mend is raised as a `CortexError`.
"""
