"""The documents are true: settings, topics, fields and links are the ones in the code."""

import re
from pathlib import Path

import msgspec
import pytest

from contract import topics
from contract.messages import SoundEvent
from contract.settings import commented
from hub.settings import HubSettings
from node.settings import NodeSettings
from tests.real import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("soribit/demo/*.md")])
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [HubSettings, NodeSettings], ids=lambda kind: kind.__name__)
def test_the_settings_page_shows_every_key_as_the_program_prints_it(
    kind: type[msgspec.Struct],
) -> None:
    assert commented(kind).strip() in read("docs/settings.md")


@pytest.mark.parametrize(
    "topic",
    [
        topics.node_event("<node_id>"),
        topics.node_status("<node_id>"),
        topics.node_health("<node_id>"),
        topics.node_ack("<node_id>"),
        topics.hub_room("<room_id>"),
        topics.device_status("<device_id>"),
        topics.device_ack("<device_id>"),
        topics.HUB_STATUS,
        topics.HUB_ALERT,
    ],
)
def test_every_topic_is_documented(topic: str) -> None:
    assert f"`{topic}`" in read("docs/mqtt.md")


def test_every_field_of_an_event_is_documented() -> None:
    page = read("docs/mqtt.md")
    assert not [name for name in SoundEvent.__struct_fields__ if name not in page]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_there_are_pages_to_look_at() -> None:
    assert {"README.md", "architecture.md", "ATTRIBUTION.md"} <= {page.name for page in PAGES}
