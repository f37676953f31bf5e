"""What a commit holds, in a folder of its own: that is what a gate judges, whatever lies beside it in the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cortex.files import git
from cortex.files.repo import Repo
from cortex.runs import scratch

# Blobs as they are: what a repository's attributes ask for happens to a learner's files, not to evidence.
_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding\n"
_SHOWN = "/*\n!/solutions/\n!/learners/\n"
_PLAIN = ("-c", "core.autocrlf=false", "-c", "core.symlinks=true", "-c", "core.fsmonitor=false")


@contextmanager
def head(repo: Repo) -> Iterator[Repo]:
    """The commit that is checked out, without `solutions/` and `learners/`, as a repository whose only commit it is.

    Raises:
        CortexError: no git, or no commit yet.
    """
    sha = git.text(repo.root, "rev-parse", "--verify", "HEAD^{commit}")
    with scratch.scratch() as folder:
        root = folder / "work" / "clone"
        root.mkdir()
        _export(repo.root, root, sha)
        yield Repo(root, reference=repo.solutions)


def _export(source: Path, root: Path, sha: str) -> None:
    def run(*words: str) -> None:
        git.run(root, *_PLAIN, *words)

    run("init", "--quiet", "--template=", ".")
    info = root / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text(_ATTRIBUTES, encoding="utf-8")
    (info / "sparse-checkout").write_text(_SHOWN, encoding="utf-8")
    run("config", "core.sparseCheckout", "true")
    run("config", "core.fileMode", "true")
    # By path, not by URL: nothing of the source's configuration is asked, and only what this commit needs is copied.
    run("fetch", "--quiet", "--depth=1", "--no-tags", source.as_uri(), sha)
    run("update-ref", "--no-deref", "HEAD", sha)
    run("read-tree", "-mu", "HEAD")
