"""Whether Soribit can run on this machine, said before anything is downloaded.

Run it with the Python that is to run Soribit: `python3 soribit/support.py`. It imports nothing
of ours and keeps to what Python 3.6 understands.
"""

import os
import platform
import struct
import sys

OLDEST, NEWEST = 11, 13
"""Minor versions of Python 3: the first that we are written for, the last that is tested."""
BITS = 64
"""Of a pointer: no TFLite runtime is made for 32 bits, but one for armv7l and Python 3.11."""
GLIBC = 34
"""Minor version of glibc 2 that the TFLite runtimes are built for (manylinux_2_34)."""
ADVICE = "use Raspberry Pi OS (64-bit), or Debian 12 or 13"


def refusal(*, system: str, machine: str, bits: int, libc: str, python: str) -> str:
    """Return why Soribit cannot run, one sentence; "" where it can.

    Args:
        system: The kernel's name, "Linux".
        machine: Its architecture, "aarch64".
        bits: Of a pointer in the Python that is to run it, 32 or 64.
        libc: The C library, "glibc 2.36"; "" where it is no glibc.
        python: Version of that Python, "3.11".
    """
    if system != "Linux":
        return f"Soribit runs on Linux alone, and this is {system or 'unknown'}; {ADVICE}."
    if bits != BITS and (machine, python) != ("armv7l", "3.11"):
        here = f"{bits}-bit Python {python} on {machine}"
        return f"Soribit needs a {BITS}-bit system, and this is {here}; {ADVICE}."
    if not libc.startswith("glibc "):
        return f"Soribit needs a system with glibc, which this one has not (Alpine?); {ADVICE}."
    if _pair(libc[len("glibc ") :]) < (2, GLIBC):
        return f"Soribit needs glibc 2.{GLIBC} or newer, and this system has {libc}; {ADVICE}."
    if _pair(python) < (3, OLDEST):
        return f"Soribit needs Python 3.{OLDEST} or newer, and this is Python {python}; {ADVICE}."
    return ""


def warning(*, python: str) -> str:
    """Return what may not work, one sentence; "" where all is known to."""
    if _pair(python) <= (3, NEWEST):
        return ""
    return f"Soribit is tested up to Python 3.{NEWEST}; this is Python {python}, go on with care."


def main() -> int:
    """Say what there is to say of this machine; 2 where Soribit cannot run."""
    python = "{}.{}".format(*sys.version_info)
    refused = refusal(
        system=platform.system(),
        machine=platform.machine(),
        bits=8 * struct.calcsize("P"),
        libc=_libc(),
        python=python,
    )
    said = refused or warning(python=python)
    if said:
        sys.stderr.write(said + "\n")
    return 2 if refused else 0


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):  # musl knows no such name
        return ""


def _pair(version: str) -> "tuple[int, int]":
    major, minor = (version + ".0").split(".")[:2]
    return int(major), int(minor)


if __name__ == "__main__":
    sys.exit(main())
