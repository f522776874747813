"""The systemd units of broker, hub and node. Pure."""

from msgspec import Struct

PARTS = ("broker", "hub", "node")
"""In the order in which they start."""
USER = "soribit"
KNOWS_STEPS = 254
"""The first systemd whose pauses between restarts can grow; Debian 12 has 252."""


class Part(Struct, frozen=True, kw_only=True):
    """What one unit has of its own."""

    does: str
    unit: tuple[str, ...] = ()
    service: tuple[str, ...] = ()


OWN = {
    "broker": Part(
        does="the MQTT broker",
        service=(
            "ExecReload=/bin/kill -HUP $MAINPID",
            "OOMScoreAdjust=-600",
            # Up to 20 MB may wait for each client that is away.
            "MemoryMax=256M",
            "PrivateDevices=yes",
            "MemoryDenyWriteExecute=yes",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        ),
    ),
    "hub": Part(
        does="the hub, which decides, alerts and shows",
        unit=("Wants=soribit-broker.service", "After=soribit-broker.service"),
        service=(
            "ExecReload=/bin/kill -HUP $MAINPID",
            "WatchdogSec=20",
            "OOMScoreAdjust=-600",
            "MemoryMax=384M",
            "PrivateDevices=yes",
            "MemoryDenyWriteExecute=yes",
            # Netlink lists the addresses of this machine.
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        ),
    ),
    "node": Part(
        does="the ear of this room",
        service=(
            "WatchdogSec=20",
            "OOMScoreAdjust=-500",
            "MemoryMax=384M",
            "Nice=-5",
            "SupplementaryGroups=audio",
            "DevicePolicy=closed",
            # char-alsa by its number (CONFIG_SND_MAJOR): by name it is nobody, and stays so, where
            # the first sound card is plugged in after the start (measured).
            "DeviceAllow=char-116 rw",
            # Not MemoryDenyWriteExecute: cffi writes the callback that PortAudio then runs.
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        ),
    ),
}

LIFE = (
    "Type=notify",
    "NotifyAccess=main",
    "Restart=always",
    "RestartSec=1",
    # A Raspberry Pi that starts everything at once from its card is slow.
    "TimeoutStartSec=180",
    "TimeoutStopSec=10",
    # A core dump would hold what the microphone heard last.
    "LimitCORE=0",
)
BACK_OFF = ("RestartSteps=4", "RestartMaxDelaySec=5")
"""Short, as systemd 257 never forgets a failure (measured): a long pause would stay long."""

SANDBOX = (
    f"User={USER}",
    f"Group={USER}",
    "UMask=0077",
    "StateDirectory=soribit",
    "StateDirectoryMode=0700",
    "ConfigurationDirectory=soribit",
    "ConfigurationDirectoryMode=0750",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "ProtectProc=invisible",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "RemoveIPC=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged",
    "SystemCallErrorNumber=EPERM",
)


def name(part: str) -> str:
    """Return the name of a part's unit."""
    return f"soribit-{part}.service"


def text(part: str, program: str, *, systemd: int) -> str:
    """Return a unit file.

    Args:
        part: One of PARTS.
        program: Path of the command `soribit`.
        systemd: The version that will read it; an older one warns of keys that it does not know.
    """
    own = OWN[part]
    sections = {
        "Unit": (
            f"Description=Soribit: {own.does}",
            *own.unit,
            # Never given up: nobody would hear that it was.
            "StartLimitIntervalSec=0",
        ),
        "Service": (
            f"ExecStart={program} {part}",
            *LIFE,
            *(BACK_OFF if systemd >= KNOWS_STEPS else ()),
            *SANDBOX,
            *own.service,
        ),
        "Install": ("WantedBy=multi-user.target",),
    }
    blocks = ["\n".join((f"[{title}]", *lines)) for title, lines in sections.items()]
    return WRITTEN + "\n\n".join(blocks) + "\n"


WRITTEN = """\
# Written by `soribit service install`, anew at each upgrade. What shall differ here goes into a
# drop-in: sudo systemctl edit soribit-<part>

"""
