"""Settings: one TOML file into one frozen value, every fault at once, and back with comments."""

import difflib
import inspect
import ipaddress
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from contract.errors import SettingsError
from contract.mqtt import Account

SHOWN_CHARACTERS = 40
HOST = r"^[^.\s]{1,63}(\.[^.\s]{1,63})*\.?$"
"""Labels of 1 to 63 characters (RFC 1035): any other kills paho's thread, and nobody knows."""

S = TypeVar("S", bound=Struct)


class BrokerSettings(Struct, frozen=True, kw_only=True):
    """Where the MQTT broker is, and our account there."""

    host: Annotated[str, Meta(description="Name or address of the broker.", pattern=HOST)] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(description="Its TCP port.", ge=1, le=65535)] = 1883
    username: Annotated[str, Meta(description="Account; by default our own id.", max_length=64)] = (
        ""
    )
    password_file: Annotated[
        str, Meta(description="File that holds the password, one line; readable by us alone.")
    ] = ""

    def account(self, *, default_username: str) -> Account:
        """Return the account, its password read from its file.

        Raises:
            SettingsError: The password file cannot be read, or is empty.
        """
        key, file = "broker.password_file", self.password_file
        password = read_password(key, file) if file else ""
        return Account(
            host=self.host,
            port=self.port,
            username=self.username or default_username,
            password=password,
        )


def read_password(key: str, file: str) -> str:
    """Return the password that a file holds.

    Args:
        key: The setting that names the file.
        file: Its path.

    Raises:
        SettingsError: The file cannot be read, or is empty.
    """
    try:
        password, reason = Path(file).read_text(encoding="utf-8").strip(), "it is empty"
    except OSError as error:
        password, reason = "", error.strerror or "no reason is known"
    except ValueError as error:  # not UTF-8, or no path at all
        password, reason = "", str(error)
    if not password:
        told = f"holds no password that can be read ({reason})"
        raise SettingsError(
            [f"{key} = {file!r}: {told}; write one line into it, readable by this user"]
        )
    return password


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Begin each fault that settings show only in use with the file that they are from."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError([f"{path}: {fault}" for fault in error.faults]) from error


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load(path: Path, kind: type[S]) -> S:
    """Read a settings file.

    Args:
        path: The TOML file.
        kind: The Struct that describes it; every field needs a default or is required.

    Raises:
        SettingsError: The file is missing, is not TOML, or has faults; all of them are named.
    """
    with naming(path):
        return parse(text_of(path), kind)


def text_of(path: Path) -> str:
    """Return what stands in a settings file.

    Raises:
        SettingsError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError([f"cannot be read ({error.strerror}); check the path"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"is not TOML: {error}"]) from error


def parse(text: str, kind: type[S]) -> S:
    """Read settings; `load` says the rest.

    Raises:
        SettingsError: The text is not TOML, or has faults; all of them are named.
    """
    try:
        return check(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"is not TOML: {error}"]) from error
    except RecursionError as error:
        raise SettingsError(["is nested too deeply to be settings"]) from error


def check(table: Mapping[str, object], kind: type[S]) -> S:
    """Return the settings that a table of TOML describes.

    Raises:
        SettingsError: It has faults; all of them are named.
    """
    faults = [*_faults(table, kind, ""), *_contradictions(table, kind)]
    if faults:
        raise SettingsError(faults)
    return msgspec.convert(table, kind)


def commented(kind: type[Struct], prefix: str = "") -> str:
    """Return every key of a settings Struct as TOML with its default, its meaning above it.

    A table of names that the user chooses is an example: it is commented out as a whole.
    """
    lines: list[str] = []
    tables: list[str] = []
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        nested, is_map = _struct_inside(hints[field.name])
        if nested:
            name = f"{prefix}{field.encode_name}.<id>" if is_map else f"{prefix}{field.encode_name}"
            table = f"[{name}]\n{commented(nested, f'{name}.')}"
            if is_map:
                table = re.sub(r"(?m)^(?!#)(?=.)", "# ", table)
            tables.append(f"\n# {inspect.cleandoc(nested.__doc__ or '')}\n{table}")
            continue
        default = _default(field)
        assignment = f"{field.encode_name} = {_toml(default)}"
        lines.append(f"# {_description(hints[field.name])}")
        lines.append(f"# {field.encode_name} =" if default is None else assignment)
    return "\n".join(lines) + "\n" + "".join(tables)


def keys(kind: type[Struct], prefix: str = "") -> list[str]:
    """Return the dotted names of all keys, "<id>" standing for the names a user chooses."""
    found: list[str] = []
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        nested, is_map = _struct_inside(hints[field.name])
        name = f"{prefix}{field.encode_name}"
        if nested:
            found += keys(nested, f"{name}.<id>." if is_map else f"{name}.")
        else:
            found.append(name)
    return found


def _faults(table: Mapping[str, object], kind: type[Struct], prefix: str) -> list[str]:
    """Every fault of one table, in the order of its keys."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    faults = [
        f"{prefix}{name} is missing; add it: {_description(hints[field.name])}"
        for name, field in fields.items()
        if field.required and name not in table
    ]
    for name, value in table.items():
        key = f"{prefix}{name}"
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(fields)}"
            faults.append(f"{key} is not a setting; {hint}")
        else:
            faults += _value_faults(value, hints[fields[name].name], key)
    return faults


def _contradictions(table: Mapping[str, object], kind: type[Struct]) -> list[str]:
    """What `__post_init__` finds in the whole value, a line each."""
    try:
        _sound_part(table, kind, "")
    except ValueError as error:
        return str(error).splitlines()
    except msgspec.ValidationError:  # a required value that nothing can stand for
        pass
    return []


def _sound_part(table: Mapping[str, object], kind: type[S], prefix: str) -> S:
    """The settings where they have no fault; else a default, else the key stands for its value."""
    hints, bare = get_type_hints(kind, include_extras=True), get_type_hints(kind)
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        key = f"{prefix}{field.encode_name}"
        try:
            values[field.name] = _sound_value(table[field.encode_name], hints[field.name], key)
        except (KeyError, msgspec.ValidationError):
            if field.required:
                values[field.name] = msgspec.convert(key, bare[field.name])
    return kind(**values)


def _sound_value(value: object, hint: object, key: str) -> object:
    nested, is_map = _struct_inside(hint)
    if not nested or not isinstance(value, dict):
        return msgspec.convert(value, hint)
    if not is_map:
        return _sound_part(value, nested, f"{key}.")
    tables = {name: inner for name, inner in value.items() if isinstance(inner, dict)}
    return {name: _sound_part(inner, nested, f"{key}.{name}.") for name, inner in tables.items()}


def _value_faults(value: object, hint: object, key: str) -> list[str]:
    nested, is_map = _struct_inside(hint)
    if nested and isinstance(value, dict):
        if not is_map:
            return _faults(value, nested, f"{key}.")
        faults = []
        for name, inner in value.items():
            if isinstance(inner, dict):
                faults += _faults(inner, nested, f"{key}.{name}.")
            else:
                faults.append(f"{key}.{name} = {_short(inner)} must be a table [{key}.{name}]")
        if faults:
            return faults
    if isinstance(value, str) and "\0" in value:
        return [f"{key} = {_short(value)}: holds a zero byte, which no name can; remove it"]
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        shown = "..." if key.endswith(".password") else _short(value)  # a secret is not repeated
        return [f"{key} = {shown}: {_reason(error, hint)}"]
    return []


def _struct_inside(hint: object) -> tuple[type[Struct] | None, bool]:
    """The Struct that a field holds, and whether it holds a table of them by name."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) is dict:
        inner = get_args(hint)[1]
        return (
            (inner, True)
            if isinstance(inner, type) and issubclass(inner, Struct)
            else (None, False)
        )
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint, False
    return None, False


def _reason(error: msgspec.ValidationError, hint: object) -> str:
    """Why a value is refused, in one line."""
    reason = str(error).split(" - at")[0]
    if reason.startswith("Invalid enum value"):
        reason = f"{reason}; use one of {', '.join(_choices(hint))}"
    if "matching regex" in reason and (wanted := _description(hint)):
        reason = f"does not fit; {wanted[0].lower()}{wanted[1:].rstrip('.')}"
    return f"{reason[0].lower()}{reason[1:]}"


def _choices(hint: object) -> list[str]:
    """The texts that a field of a few fixed values takes."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return [repr(str(choice)) for choice in hint]
    if get_origin(hint) is Literal:
        return [repr(choice) for choice in get_args(hint)]
    return [choice for part in get_args(hint) for choice in _choices(part)]


def _description(hint: object) -> str:
    metas = [meta for meta in get_args(hint)[1:] if isinstance(meta, Meta)]
    return next((meta.description for meta in metas if meta.description), "")


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else None


def _toml(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return msgspec.json.encode(value).decode()


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
