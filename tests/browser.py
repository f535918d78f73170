"""The system's own Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "The page is tested in a real browser, and there is no Chromium on the PATH: run `make browser`."


def find_browser() -> str:
    """Return the path of a Chromium. Raises FileNotFoundError with a sentence on how to get one."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    if not found:
        raise FileNotFoundError(MISSING)
    return found[0]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium without a window; it needs no sandbox of its own where tests run as root."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
