"""A phone in the home network, in a real browser; 127.0.0.2 plays the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_home_page import serious, too_wide
from tests.hub.web.served import serve
from tests.hub.web.two_doors import HERE, HOME, TwoDoors, two_doors
from tests.real import until

pytestmark = pytest.mark.allow_hosts([HERE, HOME])
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[TwoDoors]:
    with two_doors(tmp_path) as running:
        yield running


def address(home: TwoDoors) -> str:
    return f"http://{HOME}:{home.doors.here.port}/"


def give(page: Page, code: str) -> None:
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("button", name="Open the page").click()


def test_a_code_opens_the_live_home(home: TwoDoors, open_page: Open) -> None:
    page = open_page(address(home), viewport=PHONE)
    expect(page.get_by_role("heading", name="Open the page of this home")).to_be_visible()
    give(page, home.gate.codes.make())
    expect(page.get_by_role("heading", name="Smoke alarm").first).to_be_visible()
    until(lambda: len(home.home.followers) == 1, what="a live page")


def test_the_keyboard_alone_is_enough(home: TwoDoors, open_page: Open) -> None:
    page = open_page(address(home), java_script_enabled=False)
    expect(page.get_by_label("One-time code")).to_be_focused()
    page.keyboard.type(home.gate.codes.make())
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Open the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_link_on_the_home_screen_opens_the_home_without_a_code(
    home: TwoDoors, open_page: Open
) -> None:
    page = open_page(address(home))
    give(page, home.gate.codes.make())
    expect(page.locator("#house")).to_be_visible()
    later = page.context.new_page()  # no site opens it: the browser itself does
    later.goto(address(home))
    expect(later.locator("#house")).to_be_visible()


def test_a_link_on_a_foreign_page_meets_the_form_and_reloading_the_home(
    home: TwoDoors, open_page: Open
) -> None:
    page = open_page(address(home))
    give(page, home.gate.codes.make())
    expect(page.locator("#house")).to_be_visible()
    with serve(home.home) as foreign:
        page.goto(f"{foreign.address}about")
        page.evaluate(f"location.href = '{address(home)}'")
        expect(page.get_by_label("One-time code")).to_be_visible()
        page.goto(address(home))
        expect(page.locator("#house")).to_be_visible()


def test_signing_out_asks_for_a_code_again(home: TwoDoors, open_page: Open) -> None:
    page = open_page(address(home), viewport=PHONE)
    give(page, home.gate.codes.make())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("One-time code")).to_be_visible()
    page.goto(address(home))
    expect(page.get_by_label("One-time code")).to_be_visible()


def test_a_page_that_was_signed_out_elsewhere_asks_for_a_code_by_itself(
    home: TwoDoors, open_page: Open
) -> None:
    page = open_page(address(home))
    give(page, home.gate.codes.make())
    until(lambda: len(home.home.followers) == 1, what="a live page")
    home.gate.folder.sign_out_all()
    expect(page.get_by_label("One-time code")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_form(
    tmp_path: Path, open_page: Open, scheme: str, locale: str
) -> None:
    with two_doors(tmp_path, mono_s=lambda: 0.0) as home:
        page = open_page(address(home), viewport=PHONE, color_scheme=scheme, locale=locale)
        assert not serious(page)
        for code in ("12", *["12345678"] * 6):
            page.locator("#code").fill(code)
            page.locator("#code").press("Enter")
            page.wait_for_load_state()
            assert not serious(page)
        expect(page.get_by_role("alert")).to_contain_text("15")


def test_axe_finds_nothing_serious_on_a_phone_that_is_in(home: TwoDoors, open_page: Open) -> None:
    page = open_page(address(home), viewport=PHONE)
    give(page, home.gate.codes.make())
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert not serious(page)


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_the_form_fits_320_pixels(home: TwoDoors, open_page: Open, locale: str) -> None:
    page = open_page(address(home), viewport={"width": 320, "height": 600}, locale=locale)
    assert not too_wide(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), .brand")]
        .filter((e) => e.getBoundingClientRect().height < 48).map((e) => e.outerHTML)"""
    )
    assert not small


def test_the_form_breaks_no_rule_of_its_own_content_policy(home: TwoDoors, open_page: Open) -> None:
    page = open_page("about:blank")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address(home))
    give(page, home.gate.codes.make())
    expect(page.locator("#house")).to_be_visible()
    assert not said
