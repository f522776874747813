"""Takes the pictures of a home's page: wide and phone, light and dark, Korean and English.

python tests/browser/shots.py http://127.0.0.1:8765/ out/
"""

import argparse
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Playwright, ViewportSize, sync_playwright

QUIET = (
    "--no-sandbox",  # a container's root may not make the sandbox
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}
LANGUAGES = {"ko": "ko-KR", "en": "en-GB"}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Picture(NamedTuple):
    """How one picture is taken."""

    size: str
    scheme: Literal["light", "dark"]
    language: str

    @property
    def name(self) -> str:
        """Its file name without the ending."""
        return "-".join(self)


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium, silent on the network.

    Raises:
        SystemExit: There is no Chromium.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise SystemExit("chromium is not installed; try: apt-get install chromium")
    return playwright.chromium.launch(executable_path=chromium, args=list(QUIET))


def take(browser: Browser, address: str, out: Path, *, full_page: bool = False) -> Iterator[Path]:
    """Take every picture of one page.

    Args:
        browser: From `launch`.
        address: The page.
        out: The folder for the PNG files; made if it is missing.
        full_page: The whole page, not only what the first screen shows.
    """
    out.mkdir(parents=True, exist_ok=True)
    for picture in map(Picture._make, product(SIZES, SCHEMES, LANGUAGES)):
        context = browser.new_context(
            viewport=SIZES[picture.size],
            color_scheme=picture.scheme,
            locale=LANGUAGES[picture.language],
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(address)
        page.wait_for_function("document.fonts.ready.then(() => true)")
        path = out / f"{picture.name}.png"
        page.screenshot(path=path, full_page=full_page)
        context.close()
        yield path


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("out", type=Path)
    parser.add_argument("--full-page", action="store_true")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for path in take(browser, given.address, given.out, full_page=given.full_page):
            print(path)  # noqa: T201 - a command
        browser.close()


if __name__ == "__main__":
    main()
