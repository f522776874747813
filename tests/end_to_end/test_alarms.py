"""Smoke and CO alarms through a real microphone's path, by PortAudio and a node, to a broker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract.messages import HeardBy, Phase, SoundEvent, decode
from contract.topics import every_node, node_event
from hub import broker_mosquitto
from tests import brokers
from tests.pulse import microphones
from tests.real import ROOT, need, until
from tests.tones import as_pcm, noise, t3, t4

ALARMS = {"smoke_alarm": t3(3), "co_alarm": t4(3)}
ROOMS = {"smoke_alarm": "kitchen", "co_alarm": "cellar"}
"""A room for each, so that they sound at the same time."""
