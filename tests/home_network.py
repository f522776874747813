"""The home network of the machine that tests."""

import pytest

from contract.errors import SoribitError
from hub import lan
from tests.real import need

MAY_LOOK = pytest.mark.allow_hosts(["127.0.0.1", lan.ANYWHERE[0]])
"""For tests that look for the way to other networks; nothing is sent there."""


def our_address() -> str:
    """Return this machine's address in a home network; without one, the test cannot run."""
    try:
        return lan.find("auto")
    except SoribitError as reason:
        need(None, str(reason))
        raise
