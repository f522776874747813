"""The page as the hub runs it: app, gate and doors, from the household's settings."""

import logging
from collections.abc import Callable
from pathlib import Path

from contract.errors import UnavailableError
from hub.access.gate import gate_of
from hub.settings import HubSettings
from hub.view import Home
from hub.web import create_app
from hub.web.doors import Doors
from hub.zone import zone_of

_log = logging.getLogger(__name__)


def page_of(
    home: Home,
    settings: HubSettings,
    state: Path,
    *,
    find: Callable[[], str],
    opened: Callable[[str], None],
) -> Doors:
    """Return the page of a home, not yet started.

    Args:
        home: What it shows.
        settings: The household's own.
        state: Folder for its key and its one-time code.
        find: Returns our address in the home network; asked only where `lan` is set.
        opened: Told each address at which it is open to the home network from now on.
    """
    gate = gate_of(state) if settings.lan else None
    web = settings.web
    app = create_app(
        home,
        streams=web.streams,
        gate=gate,
        allowed_hosts={web.host},
        zone=zone_of(settings.time_zone),
    )

    def changed(address: str) -> None:
        try:
            if gate:
                gate.folder.note_address(f"http://{address}:{web.port}/" if address else "")
            if address:
                _log.info("`sudo soribit hub code` shows a code that lets one phone in")
                opened(address)
        except UnavailableError as error:
            _log.warning("no phone can be let in: %s", error)

    return Doors(app, web.host, web.port, find=find if settings.lan else None, changed=changed)
