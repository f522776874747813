import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from msgspec.structs import replace

from contract.errors import InputError
from contract.settings import load
from hub.settings import HubSettings
from node.settings import NodeSettings
from soribit.service import plan, words
from soribit.service.places import HUB_TOML, NEW, NODE_TOML, OLD, PROGRAM, SECRETS, SETTINGS, STATE
from soribit.service.steps import File, Folder, Link, Remove, Rename, Run, Secret, Step
from soribit.service.wish import Found, Wish, fit

PI = Found(
    systemd=252,
    hostname="Wohnzimmer Pi.local",
    python="/usr/bin/python3",
    version="3.11",
    address="192.168.1.10",
)
"""A fresh Raspberry Pi that has every package."""
RUNS = replace(
    PI,
    has_user=True,
    parts=frozenset({"broker", "hub", "node"}),
    runs_before=True,
    hub_toml='lan = "auto"\n[web]\nport = 9000\n',
    node_toml='node_id = "kitchen"\n',
)
"""One on which a home was installed before."""
HOME = Wish(kind="home", package="/tmp/soribit.whl")  # noqa: S108  # nothing lies there
HUB = replace(HOME, kind="hub")
NODE = replace(HOME, kind="node")
GIVEN = 'node_id = "kitchen"\n'

S = TypeVar("S", bound=Step)


def of(kind: type[S], steps: list[Step]) -> list[S]:
    return [step for step in steps if isinstance(step, kind)]


def lines(steps: list[Step]) -> list[str]:
    return [" ".join(step.line) for step in of(Run, steps)]


def written(steps: list[Step]) -> dict[Path, str]:
    return {step.path: step.text for step in of(File, steps)}


def test_home_is_broker_hub_and_a_node_with_an_account_of_its_own(tmp_path: Path) -> None:
    steps = plan.install(replace(HOME, room="거실"), PI)
    texts = written(steps)
    (tmp_path / "hub.toml").write_text(texts[HUB_TOML], encoding="utf-8")
    hub = load(tmp_path / "hub.toml", HubSettings)
    node = msgspec.convert(tomllib.loads(texts[NODE_TOML]), NodeSettings)
    assert node.node_id == "wohnzimmer-pi"
    assert hub.rooms["wohnzimmer-pi"].name == "거실"
    assert hub.rooms["wohnzimmer-pi"].nodes == (node.node_id,)
    assert hub.accounts[node.node_id].role == "node"
    assert hub.accounts[node.node_id].password_file == node.broker.password_file
    assert {step.path.name for step in of(Secret, steps)} == {
        "hub.password",
        "wohnzimmer-pi.password",
    }
    assert (hub.state, node.state) == (str(STATE), str(STATE))
    assert hub.lan == ""


@pytest.mark.parametrize("room", ['Tom\'s "den"', "거실\\", "[x]\n[y]", "a" * 40])
def test_any_name_of_a_room_is_good_settings(room: str, tmp_path: Path) -> None:
    texts = written(plan.install(replace(HOME, room=room), PI))
    (tmp_path / "hub.toml").write_text(texts[HUB_TOML], encoding="utf-8")
    (made,) = load(tmp_path / "hub.toml", HubSettings).rooms.values()
    assert made.name == room


def test_only_root_and_the_service_read_settings_and_secrets() -> None:
    steps = plan.install(HOME, PI)
    assert {(s.path, s.mode, s.owner, s.group) for s in of(Folder, steps)} >= {
        (SETTINGS, 0o750, "root", "soribit"),
        (STATE, 0o700, "soribit", "soribit"),
        (SECRETS, 0o700, "soribit", "soribit"),
    }
    own = [step for step in of(File, steps) if step.path.parent == SETTINGS]
    assert {(step.mode, step.group) for step in own} == {(0o640, "soribit")}


def test_user_of_the_services_cannot_log_in_and_hears() -> None:
    done = lines(plan.install(HOME, PI))
    assert any("useradd --system --user-group" in line and "/nologin" in line for line in done)
    assert "usermod --append --groups audio soribit" in done
    assert not [line for line in lines(plan.install(HUB, PI)) if "audio" in line]


def test_missing_packages_come_first_and_their_own_broker_is_switched_off() -> None:
    done = lines(plan.install(HOME, replace(PI, missing=frozenset({"mosquitto", "python3-venv"}))))
    assert done[1].endswith("mosquitto python3-venv")
    assert done[2] == "systemctl disable --now mosquitto.service"


def test_somebody_elses_broker_is_left_alone() -> None:
    steps = plan.install(HOME, replace(PI, broker_port=1884))
    assert not [line for line in lines(steps) if "mosquitto" in line]
    assert "port = 1884" in written(steps)[HUB_TOML]
    assert "port = 1884" in written(steps)[NODE_TOML]
    said = "\n".join(words.closing(HOME, replace(PI, broker_port=1884)))
    assert "Port 1883 was taken" in said


def test_owner_whose_broker_is_elsewhere_needs_no_mosquitto() -> None:
    missing = frozenset({"mosquitto"})
    found = replace(RUNS, missing=missing, hub_toml='[broker]\nkind = "external"\nhost = "nas"\n')
    assert not [line for line in lines(plan.install(HOME, found)) if "apt-get" in line]
    assert [s for s in lines(plan.install(HOME, replace(RUNS, missing=missing))) if "apt-get" in s]


def test_where_there_is_no_apt_the_packages_are_named() -> None:
    found = replace(PI, missing=frozenset({"mosquitto"}), has_apt=False)
    with pytest.raises(InputError, match="mosquitto"):
        plan.install(HOME, found)


def test_nothing_is_stopped_before_the_new_environment_has_shown_that_it_works() -> None:
    done = lines(plan.install(HOME, RUNS))
    stops = [i for i, line in enumerate(done) if line.startswith("systemctl stop")]
    tries = [i for i, line in enumerate(done) if str(NEW) in line]
    starts = [i for i, line in enumerate(done) if line.startswith("systemctl enable")]
    assert max(tries) < min(stops)
    assert max(stops) < min(starts)
    assert any(f"check-config {HUB_TOML}" in line for line in done)
    assert any("listen" in line for line in done)


def test_former_environment_is_kept_and_the_way_back_is_told() -> None:
    steps = plan.install(HOME, RUNS)
    moves = [(step.path, step.to) for step in of(Rename, steps)]
    assert moves == [(PROGRAM, OLD), (NEW, PROGRAM)]
    starts = [step for step in of(Run, steps) if "enable" in step.line]
    assert all(step.goes_on and f"mv {OLD} {PROGRAM}" in step.fault for step in starts)
    assert not [s for s in of(Run, plan.install(HOME, PI)) if str(OLD) in s.fault]


def test_an_owners_settings_are_never_written_over() -> None:
    steps = plan.install(replace(HOME, lan="192.168.1.10"), RUNS)
    assert not [path for path in written(steps) if path.parent == SETTINGS]
    assert not of(Secret, steps)
    said = "\n".join(words.closing(replace(HOME, lan="192.168.1.10"), RUNS))
    assert 'write lan = "192.168.1.10" into it' in said
    assert "http://192.168.1.10" not in said.partition("into it")[0]


def test_a_hub_that_becomes_a_node_too_stays_a_hub() -> None:
    found = replace(PI, parts=frozenset({"broker", "hub"}), runs_before=True, hub_toml="")
    done = lines(plan.install(replace(NODE, settings=GIVEN), found))
    assert any("[hub,lifx,node,wiz]" in line for line in done)
    assert [line for line in done if "enable" in line and "hub" in line]


def test_node_gets_the_settings_that_the_hub_printed() -> None:
    steps = plan.install(replace(NODE, settings=GIVEN, settings_file="/tmp/n.toml"), PI)  # noqa: S108
    assert written(steps)[NODE_TOML] == GIVEN
    assert any("check-config /tmp/n.toml" in line for line in lines(steps))
    assert [line for line in lines(steps) if "enable" in line] == [
        "systemctl enable --now soribit-node.service"
    ]


@pytest.mark.parametrize(
    ("wish", "found", "named"),
    [
        (NODE, PI, "add-node NAME"),
        (replace(NODE, settings=GIVEN), RUNS, ""),
        (replace(NODE, settings="another"), RUNS, "move it away"),
        (HOME, replace(PI, node_toml=GIVEN), "another home"),
        (HOME, replace(PI, hub_toml=""), "no account for node 'wohnzimmer-pi'"),
        (HOME, replace(PI, hub_toml="broken ["), "is not TOML"),
        (replace(HOME, node_id="hub"), PI, "cannot be a node's id"),
        (replace(HOME, node_id="Küche"), PI, "cannot be a node's id"),
        (replace(HOME, room="x" * 41), PI, "too long"),
        (replace(HOME, lan="8.8.8.8"), PI, "no IPv4 address of a home network"),
        (replace(HOME, lan="wlan0"), PI, "no IPv4 address of a home network"),
    ],
)
def test_what_cannot_be_is_one_sentence_before_anything_is_done(
    wish: Wish, found: Found, named: str
) -> None:
    if not named:
        assert plan.install(wish, found)
        return
    with pytest.raises(InputError) as error:
        plan.install(wish, found)
    assert named in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_node_that_the_hub_knows_already_gets_its_settings() -> None:
    known = '[broker]\nport = 1990\n[accounts.kitchen]\nrole = "node"\npassword_file = "/x/y"\n'
    steps = plan.install(replace(HOME, node_id="kitchen"), replace(PI, hub_toml=known))
    node = tomllib.loads(written(steps)[NODE_TOML])
    assert node["broker"] == {"port": 1990, "password_file": "/x/y"}
    assert HUB_TOML not in written(steps)


def test_a_command_of_somebody_else_is_not_replaced() -> None:
    assert of(Link, plan.install(HOME, PI))
    assert not of(Link, plan.install(HOME, replace(PI, command_is_ours=False)))


def test_home_network_is_opened_on_request_alone() -> None:
    assert 'lan = "auto"' in written(plan.install(replace(HOME, lan="auto"), PI))[HUB_TOML]
    said = list(words.closing(replace(HOME, lan="auto"), PI))
    assert "On a phone in this home: http://192.168.1.10:8765/" in said
    assert not [line for line in words.closing(HOME, PI) if "On a phone" in line]


def test_page_of_an_owner_is_where_his_settings_say() -> None:
    said = list(words.closing(HOME, RUNS))
    assert "The page, on this machine: http://127.0.0.1:9000/" in said
    assert "On a phone in this home: http://192.168.1.10:9000/" in said


def test_removal_leaves_settings_and_history_unless_told() -> None:
    left = {step.path for step in of(Remove, plan.remove(RUNS, purge=False))}
    gone = {step.path for step in of(Remove, plan.remove(RUNS, purge=True))}
    assert {PROGRAM, OLD, NEW} <= left
    assert not {SETTINGS, STATE} & left
    assert {SETTINGS, STATE} <= gone
    assert "userdel soribit" in lines(plan.remove(RUNS, purge=True))


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Wohnzimmer Pi", "wohnzimmer-pi"),
        ("raspberrypi.local", "raspberrypi-local"),
        ("x" * 50, "x" * 32),
        ("거실", ""),
        ("hub", ""),
        ("-a-", "a"),
    ],
)
def test_any_hostname_is_made_fit_for_a_node(name: str, id_: str) -> None:
    assert fit(name) == id_
