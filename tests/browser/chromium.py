"""A headless Chromium that can reach this machine only, and a log of all that it asked for."""

from __future__ import annotations

import functools
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService

PHONE = 390
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    # The network is cut: only this machine has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@dataclass
class Visit:
    """What one page did while it loaded."""

    asked: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)


class Browser:
    """Chromium at the pages of one site."""

    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver, self.address = driver, address

    def open(self, page: str) -> Visit:
        """Loads a page (`map/`) and waits for the network to be quiet."""
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self.driver.get("about:blank")
        self.driver.get(self.address + page)
        return self.seen()

    def seen(self) -> Visit:
        """All requests, failures and console errors since the last look, once nothing is under way any more."""
        visit = Visit()
        open_requests: dict[str, str] = {}
        for _ in range(100):
            entries = self.driver.get_log("performance")
            for entry in entries:
                self._take(json.loads(entry["message"])["message"], visit, open_requests)
            settled = self.driver.execute_script("return document.readyState") == "complete"
            if settled and not entries and not open_requests:
                break
            self.driver.execute_async_script("setTimeout(arguments[0], 40)")
        visit.console = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING")
        ]
        return visit

    @staticmethod
    def _take(message: dict[str, Any], visit: Visit, open_requests: dict[str, str]) -> None:
        what, told = message["method"], message["params"]
        if what == "Network.requestWillBeSent":
            url = told["request"]["url"]
            if not url.startswith(("data:", "about:", "blob:", "chrome:")):
                visit.asked.append(url)
                if "/workers/" not in url:  # a worker's own script never reports its end
                    open_requests[told["requestId"]] = url
        elif what == "Network.loadingFailed" and told["requestId"] in open_requests:
            visit.failed.append(f"{open_requests.pop(told['requestId'])} {told['errorText']}")
        elif what == "Network.loadingFinished":
            open_requests.pop(told["requestId"], None)
        elif what == "Network.responseReceived" and told["response"]["status"] >= 400:
            visit.failed.append(f"{told['response']['url']} {told['response']['status']}")

    def run(self, script: str, *args: object) -> Any:
        """The value of a script in the page."""
        return self.driver.execute_script(script, *args)

    def click(self, selector: str) -> None:
        """Clicks the middle of the first element that fits, as a mouse would."""
        element = self.driver.find_element("css selector", selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        ActionChains(self.driver).move_to_element(element).click().perform()

    def until(self, script: str, *args: object) -> Any:
        """Waits until the script gives something true, and returns it; fails after five seconds."""
        for _ in range(125):
            value = self.run(script, *args)
            if value:
                return value
            self.driver.execute_async_script("setTimeout(arguments[0], 40)")
        raise AssertionError(f"never came true in {self.driver.current_url}: {script}")

    @contextmanager
    def phone(self) -> Iterator[None]:
        """A screen 390 CSS pixels wide, while it lasts."""
        size = {"width": PHONE, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        yield
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def tool(name: str, package: str) -> str:
    """A program of this machine; where it is missing the test fails and says what to install."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(
            f"{name} isn't installed, and the site can't be looked at without it: "
            f"`apt install {package}` (Debian, Ubuntu), or put it on PATH.",
            pytrace=False,
        )
    return found


@contextmanager
def browsing(folder: Path, profile: Path) -> Iterator[Browser]:
    """A browser at the site in `folder`, served from this machine; `profile` is an empty folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    options = ChromeOptions()
    options.binary_location = tool("chromium", "chromium")
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    service = ChromeService(tool("chromedriver", "chromium-driver"))
    handler = functools.partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver = Chrome(options=options, service=service)
    driver.set_script_timeout(10)
    try:
        yield Browser(driver, f"http://127.0.0.1:{server.server_port}/")
    finally:
        driver.quit()
        server.shutdown()
        server.server_close()
