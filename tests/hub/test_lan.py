from pathlib import Path

import pytest

from contract.errors import InputError, SettingsError, UnavailableError
from contract.settings import load
from hub.lan import home_address, is_home
from hub.settings import HubSettings

HOME = ("127.0.0.1", "192.168.1.10", "10.8.0.2")


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("192.168.1.10", True),
        ("10.0.0.1", True),
        ("172.20.0.1", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  # what must be refused
        ("8.8.8.8", False),
        ("fe80::1", False),
        ("hub.local", False),
    ],
)
def test_only_private_addresses_are_of_a_home(address: str, home: bool) -> None:
    assert is_home(address) is home


def test_the_way_to_other_networks_tells_the_home_network() -> None:
    assert home_address("auto", there=HOME, preferred="192.168.1.10") == "192.168.1.10"


def test_a_home_network_without_a_way_out_is_found() -> None:
    assert home_address("auto", there=HOME[:2], preferred=None) == "192.168.1.10"


def test_of_several_home_networks_the_owner_chooses() -> None:
    with pytest.raises(InputError, match=r"192\.168\.1\.10, 10\.8\.0\.2; name one"):
        home_address("auto", there=HOME, preferred=None)
    assert home_address("10.8.0.2", there=HOME, preferred=None) == "10.8.0.2"


def test_a_tunnel_is_no_home_network_though_all_else_goes_through_it() -> None:
    tunnels = ["10.8.0.2"]
    found = home_address("auto", there=HOME, preferred="10.8.0.2", tunnels=tunnels)
    named = home_address("10.8.0.2", there=HOME, preferred=None, tunnels=tunnels)
    assert (found, named) == ("192.168.1.10", "10.8.0.2")


@pytest.mark.parametrize("lan", ["auto", "192.168.1.99"])
def test_a_network_that_is_not_up_yet_is_waited_for(lan: str) -> None:
    with pytest.raises(UnavailableError, match="now"):
        home_address(lan, there=["127.0.0.1"], preferred=None)


def test_settings_refuse_to_listen_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('lan = "0.0.0.0"\n')
    with pytest.raises(SettingsError, match="no IPv4 address of a home network"):
        load(path, HubSettings)
