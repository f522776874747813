"""Nothing that people read is missing in Korean."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

import hub.web
from hub.web import create_app
from tests.hub.web.conftest import AT_S
from tests.hub.web.fake_home import FakeHome
from tests.hub.web.scenes import SCENES, rows, scene
from tests.hub.web.two_doors import HERE, HOME, two_doors

WEB = Path(hub.web.__file__).parent
KOREAN = WEB / "translations/ko/LC_MESSAGES/messages.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
REMEDY = """write the Korean into messages.po, then:
pybabel compile -D messages -d hub/web/translations"""

FOREIGN = {"Soribit", "Sori", "bit", "hub", "toml", "dB", "ms", "Hz", "household", "mosquitto"}
"""Words that stay as they are in Korean: names of things, files and units."""
NAMES = {"kitchen", "nursery", "living", "bathroom", "study"}
"""Ids that the scenes put in."""


def used() -> set[str]:
    """Every message that a source asks for."""
    found = extract_from_dir(WEB, method_map=METHODS, keywords=KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def catalogue() -> Catalog:
    with KOREAN.open("rb") as file:
        return read_po(file, locale="ko")


def forms(text: object) -> tuple[str, ...]:
    """A message's or translation's forms: one, or one a plural."""
    if isinstance(text, list | tuple):
        return tuple(str(form) for form in text)
    return (str(text),)


def korean_of(messages: Catalog) -> dict[str, tuple[str, ...]]:
    """The Korean forms of every message, by its first English form."""
    return {forms(message.id)[0]: forms(message.string) for message in messages if message.id}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)\w", text))


def test_every_message_is_in_the_catalogue_and_no_other() -> None:
    assert used() == set(korean_of(catalogue())), REMEDY


def test_every_message_has_korean_and_keeps_its_placeholders() -> None:
    for english_text, (korean,) in korean_of(catalogue()).items():
        assert re.search("[가-힣]", korean), english_text
        assert placeholders(korean) == placeholders(english_text)


def test_no_message_is_a_guess() -> None:
    assert not [message.id for message in catalogue() if message.id and message.fuzzy]


def test_the_compiled_catalogue_is_fresh() -> None:
    with KOREAN.with_suffix(".mo").open("rb") as file:
        compiled = korean_of(read_mo(file))
    assert compiled == korean_of(catalogue()), REMEDY


@pytest.mark.parametrize(
    "template", sorted((WEB / "templates").glob("*.html")), ids=lambda p: p.name
)
def test_no_template_holds_words_of_its_own(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>|&\w+;", " ", source, flags=re.DOTALL)
    assert not set(re.findall(r"[A-Za-z가-힣]+", bare)) - {"Sori", "bit", "소리빛"}


@pytest.mark.parametrize("name", SCENES)
def test_a_korean_page_holds_no_english(name: str) -> None:
    client = create_app(FakeHome(scene(name, AT_S), rows(AT_S)), streams=1).test_client()
    assert not english(client, "/")


@pytest.mark.parametrize("path", ["/about", "/nowhere"])
def test_other_korean_pages_hold_no_english(client: FlaskClient, path: str) -> None:
    assert not english(client, path)


@pytest.mark.allow_hosts([HERE, HOME])
def test_the_korean_form_for_a_code_holds_no_english(tmp_path: Path) -> None:
    with two_doors(tmp_path) as served:
        stranger = served.browser()
        stranger.ask("GET", "/enter", Accept_Language="ko")
        assert not english_in(stranger.text)
        for code in ("1", *["12345678"] * 6):
            form = {"token": stranger.token(), "code": code}
            stranger.ask("POST", "/enter", form, Accept_Language="ko")
            assert not english_in(stranger.text)
        assert "15초" in stranger.text


def english(client: FlaskClient, path: str) -> set[str]:
    """The English words that a Korean reader of a page meets, names aside."""
    return english_in(client.get(path, headers={"Accept-Language": "ko"}).text)


def english_in(page: str) -> set[str]:
    page = re.sub(r'<p [^>]*lang="en">.*?</p>', "", page)  # a machine's own words, marked so
    spoken = re.findall(r'(?:aria-label|alt|title|data-title)="([^"]*)"', page)
    words = re.sub(r"<[^>]*>", " ", page) + " ".join(spoken)
    return set(re.findall(r"[A-Za-z]+", words)) - FOREIGN - NAMES
