"""Who may import whom, and the one door of each heavy library, read from the sources."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "contract": set[str](),
    "node": {"contract"},
    "hub": {"contract"},
    "soribit": {"contract"},
    "training": {"contract", "node"},
    "bench": {"contract", "node", "hub", "soribit", "training"},
}
OURS = set(MAY_IMPORT) | {"models", "tests"}
DOORS = {
    "paho": ("contract/mqtt.py",),
    "sounddevice": ("node/microphone.py",),
    # The bench's peer is YAMNet as one would run it without Soribit; the teacher is looked inside.
    "ai_edge_litert": ("node/classifier.py", "bench/peer_yamnet.py", "training/teacher.py"),
    "tflite_runtime": ("node/classifier.py",),
    "sqlite3": ("node/outbox.py",),
    "sqlalchemy": ("hub/store/",),
    "alembic": ("hub/store/",),
    "amqtt": ("hub/broker_amqtt.py",),
    "tomlkit": ("hub/hub_toml.py",),
    "psutil": ("hub/lan.py", "bench/"),
    "pywizlight": ("hub/lights/wiz.py",),
    "lifx": ("hub/lights/lifx.py",),
    "flask": ("hub/web/",),
    "flask_babel": ("hub/web/",),
    "itsdangerous": ("hub/web/",),
    "cheroot": ("hub/web/",),
    "prometheus_client": ("hub/web/",),
    "numpy": ("node/", "training/", "bench/"),
    "soundfile": ("node/", "training/", "bench/"),
    "soxr": ("node/", "training/"),
    "tensorflow": ("training/",),
    "keras": ("training/",),
    "librosa": ("training/",),
    "sklearn": ("training/",),
    "matplotlib": ("training/",),
    "dask": ("training/",),
}
MAY_PRINT = ("bench/", "hub/commands/")
SOURCES = sorted(
    str(path.relative_to(ROOT)) for part in MAY_IMPORT for path in (ROOT / part).rglob("*.py")
)


def module(source: str) -> str:
    return source.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module(source) for source in SOURCES}


@cache
def tree(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse((ROOT / source).read_bytes())))


def imported_modules(source: str) -> set[str]:
    """Every module that a file names in an import; for `from a import b` a.b where it is one."""
    found = set[str]()
    for node in tree(source):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{source}: imports are absolute here"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & MODULES) or {node.module or ""}
    return found


def imported(source: str) -> set[str]:
    return {name.partition(".")[0] for name in imported_modules(source)}


@pytest.mark.parametrize("source", SOURCES)
def test_imports_point_downwards_only(source: str) -> None:
    part = source.partition("/")[0]
    assert not imported(source) & (OURS - MAY_IMPORT[part] - {part})


@pytest.mark.parametrize("library", DOORS)
def test_heavy_library_has_one_door(library: str) -> None:
    users = {source for source in SOURCES if library in imported(source)}
    assert not {source for source in users if not source.startswith(DOORS[library])}


@pytest.mark.parametrize("source", SOURCES)
def test_only_commands_print(source: str) -> None:
    names = {
        node.func.id
        for node in tree(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    if not (source.endswith("__main__.py") or source.startswith(MAY_PRINT)):
        assert "print" not in names


def test_no_two_modules_import_each_other() -> None:
    needs = {module(source): imported_modules(source) & MODULES for source in SOURCES}
    done = set[str]()
    while ready := {name for name, needed in needs.items() if needed <= done} - done:
        done |= ready
    assert set(needs) - done == set(), "these modules import each other in a circle"


def test_sources_of_every_part_were_looked_at() -> None:
    assert {source.partition("/")[0] for source in SOURCES} == set(MAY_IMPORT)


def test_every_door_is_used_or_kept_for_later() -> None:
    used = set().union(*(imported(source) for source in SOURCES))
    assert set(DOORS) - used <= {"librosa", "sklearn", "matplotlib", "dask"}


def test_no_package_of_ours_hides_one_of_pythons() -> None:
    assert not set(MAY_IMPORT) & set(sys.stdlib_module_names)
