"""Commands about lamps: find those that need no bridge, try one of the settings."""

import argparse
import asyncio
import queue
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from contract.errors import EXIT_OK, InputError, UnavailableError
from contract.mqtt import Account, MqttLink
from contract.process import advice
from hub import pid_file
from hub.commands.given import HUB_PID, Commands, Given, add_home, read, speak_in_sentences
from hub.flash import TROUBLE_COLOUR
from hub.lights.address import serial_of
from hub.lights.lamps import LIBRARIES, Lamps, family, is_installed
from hub.lights.port import DARK, FULL, Lamp, LampReport, LampState, Look, merged
from hub.lights.search import EVERYBODY, Discover, Found
from hub.settings import Light

ANSWER_S = 5.0
LONGEST_SEARCH_S = 60.0
"""Lamps answer within a second; who waits a minute has seen enough."""
HALF_FLASH_S = 0.5
"""One flash a second, as in an alarm."""
QUIET_S = 0.2
"""The parts of an answer come one behind the other."""
LEAVE_S = 0.2
"""amqtt drops what it has not routed when its sender leaves (measured)."""
MAKERS = {"wiz": "WiZ", "lifx": "LIFX"}
NONE_FOUND = (
    "no WiZ or LIFX lamp answered; check that each has power, was set up in its maker's app, is in "
    "the same network as this machine (not a guest Wi-Fi), and that the WiZ app allows local "
    "communication"
)


def add(commands: Commands) -> None:
    """Add the commands."""
    find = commands.add_parser("find-lamps", help="find WiZ and LIFX lamps in this network")
    find.add_argument("--for", dest="for_s", type=_seconds, default=3.0, metavar="SECONDS")
    find.add_argument("--broadcast", default=EVERYBODY, help="whom to call")
    find.set_defaults(do=_find)
    attempt = commands.add_parser("try-lamp", help="flash one lamp of the settings twice")
    attempt.add_argument("lamp", help="its id: the x of [lights.x]")
    attempt.set_defaults(do=_try)
    for command in (find, attempt):
        add_home(command)


async def search(
    searches: Mapping[str, Discover], for_s: float, *, broadcast: str
) -> dict[str, Sequence[Found]]:
    """Search for all families of lamps at once; one whose search fails hides no other.

    Args:
        searches: How, by driver.
        for_s: How long.
        broadcast: Whom to call.

    Returns:
        What was found, by driver.
    """
    calls = (discover(for_s, broadcast=broadcast) for discover in searches.values())
    results = await asyncio.gather(*calls, return_exceptions=True)
    found: dict[str, Sequence[Found]] = {}
    for driver, result in zip(searches, results, strict=True):
        if isinstance(result, UnavailableError):
            print(result, file=sys.stderr)
        elif isinstance(result, BaseException):
            raise result
        else:
            found[driver] = result
    return found


def tables(driver: str, found: Sequence[Found], lights: Mapping[str, Light]) -> str:
    """Return each lamp that was found as a table for hub.toml.

    Args:
        driver: How to speak to them.
        found: The lamps.
        lights: Those that hub.toml has already; they become a comment.
    """
    known = {serial_of(light.serial): lamp_id for lamp_id, light in lights.items() if light.serial}
    return "".join(
        f"# lights.{known[lamp.serial]} is at {lamp.address}\n\n"
        if lamp.serial in known
        else _table(driver, lamp)
        for lamp in sorted(found, key=lambda lamp: lamp.serial)
    )


def flash_twice(lamp: Lamp, calm: LampState, pause: Callable[[float], object]) -> None:
    """Flash a lamp twice, safely slow, and put it back whatever happens.

    Args:
        lamp: The lamp.
        calm: How it was.
        pause: Waits for so many seconds.

    Raises:
        UnavailableError: A command did not reach it.
    """
    try:
        for look in (Look(TROUBLE_COLOUR, FULL), DARK) * 2:
            lamp.show(look)
            pause(HALF_FLASH_S)
    finally:
        lamp.restore(calm)


def _find(arguments: argparse.Namespace) -> int:
    speak_in_sentences()
    lights = read(arguments).settings.lights
    drivers = [driver for driver in LIBRARIES if is_installed(driver)]
    if not drivers:
        raise InputError(f"there is nothing to search with; {advice('wiz,lifx')}")
    for driver in LIBRARIES.keys() - drivers:
        print(f"{MAKERS[driver]} lamps are not searched for; {advice(driver)}", file=sys.stderr)
    searches = {driver: family(driver).discover for driver in drivers}
    told = asyncio.run(search(searches, arguments.for_s, broadcast=arguments.broadcast))
    text = "".join(tables(driver, found, lights) for driver, found in told.items())
    if not text:
        raise UnavailableError(NONE_FOUND)
    print("# Paste these into hub.toml, name them, and give each its room.\n")
    print(text, end="")
    return EXIT_OK


def _seconds(word: str) -> float:
    for_s = float(word)
    if not 0.0 < for_s <= LONGEST_SEARCH_S:
        raise argparse.ArgumentTypeError(f"give up to {LONGEST_SEARCH_S:.0f} seconds, not {word}")
    return for_s


def _table(driver: str, lamp: Found) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in lamp.name)
    name = " ".join(shown.split())[:40] or f"{MAKERS[driver]} {lamp.serial[-6:]}"
    values = {"name": name, "driver": driver, "address": lamp.address, "serial": lamp.serial}
    lines = [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in values.items()]
    return "\n".join([f"[lights.{driver}-{lamp.serial[-6:]}]", *lines, "", ""])


def _try(arguments: argparse.Namespace) -> int:
    speak_in_sentences()
    home = read(arguments)
    settings = home.settings
    light = settings.lights.get(arguments.lamp)
    if light is None:
        known = ", ".join(settings.lights) or "none"
        raise InputError(f"lights.{arguments.lamp[:40]} is not in the settings; known: {known}")
    said: queue.SimpleQueue[LampReport] = queue.SimpleQueue()
    link = _link(home, light)
    lamps = Lamps({arguments.lamp: light}, link, said.put, kinds=settings.kinds())
    try:
        _reach(light, link, lamps)
        _flash(lamps.lamps[arguments.lamp], said)
    finally:
        lamps.stop()
        link.stop()
    return EXIT_OK


def _flash(lamp: Lamp, said: "queue.SimpleQueue[LampReport]") -> None:
    asked_s = time.monotonic()
    lamp.ask()
    calm = _answer(lamp, said)
    print(f"it answers after {1000 * (time.monotonic() - asked_s):.0f} ms; it flashes twice now")
    flash_twice(lamp, calm, time.sleep)
    time.sleep(LEAVE_S)
    print("it was put back as it was")


def _answer(lamp: Lamp, said: "queue.SimpleQueue[LampReport]") -> LampState:
    try:
        while not (report := said.get(timeout=ANSWER_S)).live:
            pass  # the broker's memory proves nothing
    except queue.Empty as error:
        raise UnavailableError(lamp.fault or "it does not answer; has it power?") from error
    return _whole(report.state, said)


def _whole(state: LampState, said: "queue.SimpleQueue[LampReport]") -> LampState:
    """All that a lamp says which tells brightness and colour apart."""
    with suppress(queue.Empty):
        while True:
            state = merged(said.get(timeout=QUIET_S).state, state)
    return state


def _link(home: Given, light: Light) -> MqttLink:
    """The way to a lamp behind the broker; to others it stays unused."""
    if light.driver != "mqtt":
        return MqttLink(Account(), client_id="")
    if pid_file.running(home.state / HUB_PID):
        raise InputError("the hub runs and holds its account at the broker; stop it first")
    account = home.settings.account()
    return MqttLink(account, client_id=account.username)


def _reach(light: Light, link: MqttLink, lamps: Lamps) -> None:
    lamps.start()
    if light.driver == "mqtt":
        link.start()
        if not link.wait_up(ANSWER_S):
            raise UnavailableError("the MQTT broker cannot be reached; is it running?")
