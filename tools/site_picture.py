"""Takes the picture of the site for the README: builds it, serves it on this machine, lets Chromium look at one page.

usage: python tools/site_picture.py [OUTFILE]    (default docs/assets/site.png; needs chromium)
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess  # nosec B404
import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = "phase-07-scalar-autograd/theory/03-backprop-by-hand/"


def main() -> None:
    """Builds, serves, looks."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs/assets/site.png").resolve()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium isn't on PATH (Debian, Ubuntu: apt install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
        env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
        subprocess.run(build, cwd=ROOT, env=env, check=True)  # nosec B603
        handler = functools.partial(SimpleHTTPRequestHandler, directory=str(site))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        look = [
            chromium,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--hide-scrollbars",
            "--window-size=1280,860",
            "--virtual-time-budget=5000",
            f"--user-data-dir={folder}/profile",
            f"--screenshot={out}",
            f"http://127.0.0.1:{server.server_port}/{PAGE}",
        ]
        subprocess.run(look, check=True, timeout=120)  # nosec B603
        server.shutdown()


if __name__ == "__main__":
    main()
