"""A browser for the tests of pages: the system's Chromium through Playwright; without them these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MISSING = "no Chromium or no playwright here: docs/development.md says how to get them"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, started once."""
    place = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        place = None
    if place is None:
        pytest.skip(MISSING)
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=place, args=list(FLAGS))
        yield started
        started.close()


@dataclass
class Opened:
    """A page, and all that it asked for or complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def open_file(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Write a source into a file and open it as a reader would; each page is alone in its context."""
    contexts: list[BrowserContext] = []

    def show(source: str, *, width: int = 1440, height: int = 900, scripts: bool = True, **more: Any) -> Opened:
        file = tmp_path / f"page-{len(contexts)}.html"
        file.write_text(source, "utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts, **more)
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("console", lambda message: found.complaints.append(message.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto(file.as_uri())
        if scripts:
            found.page.wait_for_selector("html[data-painted]", timeout=10_000)
        return found

    yield show
    for context in contexts:
        context.close()
