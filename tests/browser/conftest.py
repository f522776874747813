"""A real Chromium on a home that is really served."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.shots import launch
from tests.hub.web.scenes import scene
from tests.hub.web.served import ServedHome, living, serve
from tests.real import need

Open = Callable[..., Page]
ANSWER_MS = 20_000
"""Machines may be busy."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium for one file: while playwright is there, no other event loop can run."""
    need(shutil.which("chromium") or shutil.which("chromium-browser"), "chromium")
    with sync_playwright() as playwright:
        expect.set_options(timeout=ANSWER_MS)
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def served() -> Iterator[ServedHome]:
    with serve(living(scene("calm"))) as running:
        yield running


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    made: list[BrowserContext] = []

    def make(**settings: object) -> BrowserContext:
        made.append(browser.new_context(**({"locale": "en-GB"} | settings)))  # type: ignore[arg-type]  # playwright checks them
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def open_page(contexts: Callable[..., BrowserContext], served: ServedHome) -> Open:
    """Open the home, or another address, in a browser of its own settings."""

    def opened(address: str = "", **settings: object) -> Page:
        page = contexts(**settings).new_page()
        page.set_default_timeout(ANSWER_MS)
        page.goto(address or served.address)
        return page

    return opened
