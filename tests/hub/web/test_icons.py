import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

import hub.web
from contract.catalogue import catalogue

STATIC = Path(hub.web.__file__).parent / "static"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def pictures() -> dict[str, ET.Element]:
    tree = ET.parse(STATIC / "icons.svg")  # noqa: S314 - our own file
    return {symbol.attrib["id"]: symbol for symbol in tree.iter(f"{SVG}symbol")}


def test_every_sound_of_the_catalogue_has_a_picture(pictures: dict[str, ET.Element]) -> None:
    known = catalogue()
    icons = {sound.icon for sound in known.sound.values()} | {known.get("unheard_of").icon}
    assert not icons - set(pictures)


def test_every_picture_that_a_template_names_is_drawn(pictures: dict[str, ET.Element]) -> None:
    templates = (STATIC.parent / "templates").glob("*.html")
    source = "\n".join(template.read_text(encoding="utf-8") for template in templates)
    named = set(re.findall(r'icon\("([a-z-]+)"', source))
    named |= set(re.findall(r'badge\(\w+, "([a-z-]+)"', source))
    assert named
    assert not named - set(pictures)


def test_pictures_share_one_grid_and_one_colour(pictures: dict[str, ET.Element]) -> None:
    for name, symbol in pictures.items():
        assert symbol.attrib["viewBox"] == "0 0 24 24", name
        paints = {part.get(key) for part in symbol.iter() for key in ("fill", "stroke")}
        assert paints <= {None, "none", "currentColor"}, name


def test_pages_use_nothing_from_elsewhere(client: FlaskClient) -> None:
    sources = [path.read_text(encoding="utf-8") for path in STATIC.iterdir()]
    sources += [client.get("/").text, client.get("/about").text]
    for source in sources:
        addresses = set(re.findall(r"https?://[^\s\"')]+", source))
        assert addresses <= {"http://www.w3.org/2000/svg"}
