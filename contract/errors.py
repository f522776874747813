"""Every error that Soribit raises on purpose.

SoribitError
├── InputError           what a person gave is wrong: say it, exit code 2
│   ├── SettingsError    a settings file; carries every fault at once
│   ├── AudioError       one audio file or audio stream
│   └── BundleError      a model bundle that must not be used
├── PayloadError         a message from outside: count it, drop it
└── UnavailableError     something around us is away: say it, try again, or exit code 1
"""

from collections.abc import Sequence

EXIT_OK = 0
EXIT_OUR_FAULT = 1
EXIT_YOUR_INPUT = 2


class SoribitError(Exception):
    """An error whose text is meant for its reader: what, where, what was got, what to do."""


class InputError(SoribitError):
    """Something a person gave cannot be used as it is."""


class SettingsError(InputError):
    """One or more faults of a settings file, all of them at once.

    Attributes:
        faults: One sentence a fault, each naming file, key, value and what to do.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class AudioError(InputError):
    """An audio file or stream cannot be heard."""


class BundleError(InputError):
    """A model bundle is incomplete or contradicts itself."""


class PayloadError(SoribitError):
    """A message from outside does not keep to the contract."""


class UnavailableError(SoribitError):
    """Something that Soribit needs around it is not there now: a broker, a device, a port."""
