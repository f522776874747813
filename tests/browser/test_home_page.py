"""The home page in a real browser."""

import time
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.hub.web.poison import poisoned_home
from tests.hub.web.scenes import SCENES, alert, lamp, node, room, scene
from tests.hub.web.served import ServedHome, living, serve
from tests.real import free_port, until

LOOKS = [*product(["alarm"], ["light", "dark"], ["en-GB", "ko-KR"])]
LOOKS += product(["attention", "trouble"], ["light", "dark"], ["ko-KR"])


def connected(served: ServedHome, pages: int = 1) -> None:
    until(lambda: len(served.home.followers) == pages, what="a live page")


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical on a page: the rule and the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {[node['html'][:160] for node in rule['nodes']]}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


def too_wide(page: Page) -> list[str]:
    """What reaches over the right edge of a page with everything unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    over: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("body *:not(.skip, .unseen, .unseen *, svg *)")]
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5)
        .map((e) => e.outerHTML.slice(0, 120))"""
    )
    scrolls: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*over, *(["the page itself"] if scrolls else [])]


def test_an_alert_appears_by_itself_and_names_the_window(
    served: ServedHome, open_page: Open
) -> None:
    page = open_page()
    connected(served)
    served.home.raise_alert(alert("1", "smoke_alarm", "kitchen", time.time()))
    expect(page.get_by_role("heading", name="Smoke alarm")).to_be_visible()
    expect(page).to_have_title("Smoke alarm · Kitchen | Soribit")
    expect(page.locator("#announce-now")).to_contain_text("Emergency: Smoke alarm, Kitchen")


def test_acknowledging_takes_the_banner_away_without_leaving_the_page(
    served: ServedHome, open_page: Open
) -> None:
    served.home.raise_alert(alert("1", "doorbell", "living", time.time(), sounding=False))
    page = open_page()
    connected(served)
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="I have seen it").click()
    expect(page.locator(".alert")).to_have_count(0)
    assert served.home.acknowledged == ["1"]
    assert page.evaluate("window.sameDocument")
    expect(page.locator("#house")).to_be_focused()


def test_without_scripts_the_form_still_acknowledges(served: ServedHome, open_page: Open) -> None:
    served.home.raise_alert(alert("1", "doorbell", "living", time.time(), sounding=False))
    page = open_page(java_script_enabled=False)
    expect(page.locator("noscript .stale")).to_contain_text("this page stands still")
    page.get_by_role("button", name="I have seen it").click()
    expect(page.locator(".alert")).to_have_count(0)
    assert served.home.acknowledged == ["1"]


def test_focus_scroll_and_open_details_survive_an_update(
    served: ServedHome, open_page: Open
) -> None:
    page = open_page(viewport={"width": 390, "height": 500})
    connected(served)
    summary = page.locator("#ears-bathroom summary")
    summary.click()
    summary.focus()
    before = page.evaluate("window.scrollY")
    quieter = (room("kitchen", "Galley", "", *scene("calm").rooms[0].nodes),)
    served.home.show(rooms=quieter + served.home.view().rooms[1:])
    expect(page.get_by_role("heading", name="Galley")).to_be_attached()
    expect(summary).to_be_focused()
    expect(page.locator("#ears-bathroom")).to_have_attribute("open", "")
    assert page.evaluate("window.scrollY") == before


def test_a_lamp_shines_on_the_page_as_it_reports_itself(
    served: ServedHome, open_page: Open
) -> None:
    page = open_page()
    connected(served)
    shining = lamp(
        "kitchen-lamp", "Lamp", "", "kitchen", colour="#ff2a1a", brightness=254, flashing=True
    )
    served.home.shine(shining)
    figure = page.locator('[data-lamp="kitchen-lamp"]')
    expect(figure.locator(".glass")).to_have_attribute("fill", "#ff2a1a")
    expect(figure.get_by_text("Flashing")).to_be_visible()
    expect(figure.get_by_text("On")).to_be_hidden()


def test_a_hub_that_goes_away_is_said_by_the_pages_own_clock(open_page: Open) -> None:
    with serve(living(scene("calm"))) as served:
        page = open_page("about:blank")
        page.clock.install()
        page.goto(served.address)
        connected(served)
    expect(page.locator("#stale")).to_be_hidden()
    page.clock.run_for(25_000)
    expect(page.locator("#stale")).to_contain_text("Not connected since")
    expect(page.locator("#house")).to_be_hidden()


def test_a_hub_that_hangs_is_said_though_its_pages_still_come(open_page: Open) -> None:
    home = living(scene("calm"))
    with serve(home) as served:
        page = open_page("about:blank")
        page.clock.install()
        page.goto(served.address)
        connected(served)
        home.stop_clock()
        page.clock.run_for(40_000)
        expect(page.locator("#stale")).to_be_visible()


def test_a_page_comes_back_with_the_hub(open_page: Open) -> None:
    port = free_port()
    with serve(living(scene("calm")), port=port) as served:
        page = open_page("about:blank")
        page.clock.install()
        page.goto(served.address)
        connected(served)
    page.clock.run_for(25_000)
    expect(page.locator("#stale")).to_be_visible()
    with serve(living(scene("alarm")), port=port) as again:

        def followed() -> bool:
            page.clock.run_for(2_000)
            return bool(again.home.followers)

        until(followed, what="a new stream")
        expect(page.locator("#stale")).to_be_hidden()
        expect(page.get_by_role("heading", name="Smoke alarm").first).to_be_visible()


def test_a_page_without_a_stream_asks_by_itself(open_page: Open) -> None:
    with serve(living(scene("calm")), streams=1) as served:
        open_page(served.address)
        connected(served)
        page = open_page("about:blank")
        page.clock.install()
        page.goto(served.address)
        served.home.raise_alert(alert("1", "smoke_alarm", "kitchen", time.time()))
        page.clock.run_for(6_000)
        expect(page.get_by_role("heading", name="Smoke alarm")).to_be_visible()
        page.clock.run_for(30_000)
        expect(page.locator("#stale")).to_be_hidden()
        assert len(served.home.followers) == 1


def test_a_page_that_closes_gives_its_stream_back(served: ServedHome, open_page: Open) -> None:
    page = open_page()
    connected(served)
    page.close()

    def told() -> bool:
        served.home.show()  # only a write notices that the reader has gone
        return not served.home.followers

    until(told, what="the stream's end")


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_nothing_scrolls_sideways_at_320_pixels(
    served: ServedHome, open_page: Open, locale: str
) -> None:
    page = open_page(viewport={"width": 320, "height": 700}, locale=locale)
    long = "아주아주긴이름을가진우리집에서가장넓은거실겸주방겸서재겸놀이방"
    for name in SCENES:
        view = scene(name)
        served.home.put(view)
        crowded = room("long", "W" * 40, long, node("long", view.at_s), doorbell=5.0)
        served.home.show(rooms=(*view.rooms, crowded))
        page.reload()
        assert not too_wide(page), name


@pytest.mark.parametrize(("name", "scheme", "locale"), LOOKS)
def test_axe_finds_nothing_serious(open_page: Open, name: str, scheme: str, locale: str) -> None:
    with serve(living(scene(name), events=5)) as served:
        page = open_page(served.address, color_scheme=scheme, locale=locale)
        assert not serious(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_other_pages(open_page: Open, scheme: str) -> None:
    with serve(living(scene("empty"), events=0)) as served:
        page = open_page(f"{served.address}about", color_scheme=scheme)
        assert not serious(page)
        page.goto(f"{served.address}nowhere")
        assert not serious(page)
        page.goto(served.address)
        page.evaluate("document.getElementById('stale').hidden = false")
        assert not serious(page)


def test_nothing_moves_for_those_who_asked_for_less_motion(open_page: Open) -> None:
    with serve(living(scene("alarm"))) as served:
        still = open_page(served.address, reduced_motion="reduce")
        assert still.evaluate("document.getAnimations().length") == 0
        glass = still.locator(".lamp .glass").first
        expect(glass).to_have_css("opacity", "1")


def test_what_moves_does_so_at_one_hertz_or_slower_and_only_as_thin_rings(open_page: Open) -> None:
    with serve(living(scene("alarm"))) as served:
        page = open_page(served.address, reduced_motion="no-preference")
        moving = page.evaluate(
            """document.getAnimations().filter((a) => a instanceof CSSAnimation)
            .map((a) => [a.effect.target.classList[0], a.effect.getTiming().duration])"""
        )
    assert moving
    assert all(name == "rings" and period_ms >= 1000 for name, period_ms in moving)


def test_every_target_is_large_enough(open_page: Open) -> None:
    with serve(living(scene("alarm"))) as served:
        page = open_page(served.address, viewport={"width": 390, "height": 844})
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, summary, nav a, .brand")]
            .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 80)])
            .filter(([box]) => box.width < 48 || box.height < 48).map(([, html]) => html)"""
        )
        assert not small


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_no_string_from_outside_becomes_code(open_page: Open, locale: str) -> None:
    home = poisoned_home(time.time())
    with serve(home) as served:
        page = open_page("about:blank", locale=locale)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(served.address)
        connected(served)
        home.shine(*home.view().lamps)
        home.show(version="changed")
        expect(page.locator("footer")).to_be_visible()
        page.wait_for_function("document.querySelector('.alert h2').textContent.includes('<img')")
        assert page.locator("img").count() == 0
        assert page.title() != "owned"
        assert not faults


def test_the_page_breaks_no_rule_of_its_own_content_policy(
    served: ServedHome, open_page: Open
) -> None:
    page = open_page("about:blank")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(served.address)
    connected(served)
    served.home.put(scene("alarm"))
    expect(page.locator(".alert")).to_be_visible()
    assert not said


def test_summary_of_an_outage_is_read_and_acknowledged(open_page: Open, served: ServedHome) -> None:
    page = open_page()
    connected(served)
    served.home.put(scene("trouble"))
    summary = page.locator(".alert-row", has_text="While nobody could tell you")
    expect(summary).to_contain_text("Smoke alarm ×3 (Kitchen), Doorbell ×2 (Living room)")
    expect(page.locator("#events li[data-tone=trouble]").first).to_contain_text("nobody listened")
    summary.get_by_role("button").click()
    expect(summary).to_have_count(0)
