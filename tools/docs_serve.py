"""Serves the site while you write: on port 8000, or on the next one that nobody holds. `just docs-serve` runs it."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

HOST, FIRST, TRIED = "127.0.0.1", 8000, 20


def free_port() -> int:
    """The first port from FIRST on that can be listened on; any other where all TRIED are busy."""
    for port in (*range(FIRST, FIRST + TRIED), 0):
        with socket.socket() as probe:
            # As the server does: a connection that just ended doesn't hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise SystemExit("docs-serve: no port can be opened on this machine.")


def main() -> None:
    """Becomes `mkdocs serve`."""
    port = free_port()
    if port != FIRST:
        print(f"Port {FIRST} is busy: the site is at http://{HOST}:{port}/", file=sys.stderr)
    mkdocs = Path(sys.executable).with_name("mkdocs")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    os.execv(mkdocs, [str(mkdocs), "serve", "--dev-addr", f"{HOST}:{port}"])  # nosec B606


if __name__ == "__main__":
    main()
