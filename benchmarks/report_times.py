"""How long a relationship report takes to make and to paint, and how large it is: invented answers of 10, 100 and 1,000 subjects.

    python -m benchmarks.report_times

Making is the best of five in one process; painting is the first contentful paint that Chromium tells, the best of three, where
Playwright and Chromium are there.  No peer draws such a page, so these are no ratios.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from graph_service.report import html
from tests.report.invented import invented

PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def made(count: int) -> tuple[float, str]:
    """Seconds to make a report of so many subjects, and the page."""
    trace, network = invented(count)
    best, page = float("inf"), ""
    for _ in range(5):
        begun = perf_counter()
        page = html(trace, network, "en")
        best = min(best, perf_counter() - begun)
    return best, page


def painted(page: Path) -> float | None:
    """Milliseconds to the first paint of a page; None without a browser."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        times = []
        for _ in range(3):
            view = running.new_page()
            view.goto(page.as_uri())
            times.append(float(view.evaluate(PAINT)))
            view.close()
        running.close()
    return min(times)


def main() -> None:
    """Print a row for each size."""
    print("| subjects | kB | making, s | first paint, ms |\n|---|---|---|---|")
    with TemporaryDirectory() as folder:
        for count in (10, 100, 1000):
            seconds, page = made(count)
            place = Path(folder) / f"{count}.html"
            place.write_text(page, "utf-8")
            paint = painted(place)
            told = "-" if paint is None else f"{paint:.0f}"
            print(f"| {count:,} | {len(page.encode()) / 1000:.0f} | {seconds:.2f} | {told} |")


if __name__ == "__main__":
    main()
