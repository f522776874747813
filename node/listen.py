"""A node's ear over recordings, as fast as the machine can: what would it have told?"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from contract.errors import AudioError
from contract.messages import Phase
from node.blocks import SAMPLE_RATE_HZ, AudioBlock
from node.detection import Detection
from node.ear import Ear
from node.recordings import Quiet, sound_of

Say = Callable[[str], None]
Wording = Callable[[str, Detection], str]


def listen(
    files: Iterable[str], new_ear: Callable[[], Ear], wording: Wording, say: Say, complain: Say
) -> bool:
    """Judge recordings one after the other.

    Args:
        files: Their names.
        new_ear: Gives each of them an ear that has heard nothing yet.
        wording: How a beginning or an end is put.
        say: Takes each line when it is known.
        complain: Takes a sentence about a file that cannot be heard, or not to its end.

    Returns:
        Whether all files were heard to their ends.
    """
    faults = 0
    for name in files:
        try:
            for heard in detections(Path(name), new_ear()):
                if heard.phase is not Phase.POSSIBLE:
                    say(wording(name, heard))
        except AudioError as error:
            faults += 1
            complain(str(error))
    return not faults


def detections(path: Path, ear: Ear) -> Iterator[Detection]:
    """Hear one recording to its end, where everything that still sounds has ended.

    Yields:
        What was heard; `at_s` counts from the recording's start and never exceeds its length.

    Raises:
        AudioError: It cannot be heard, or not to its end; what can be heard was judged before.
    """
    length_s, fault = 0.0, None
    try:
        for block, length_s in _in_silence(path, ear.window_samples - ear.hop_samples):
            yield from (_within(heard, length_s) for heard in ear.hear(block))
    except AudioError as error:
        fault = error
    yield from (_within(heard, length_s) for heard in ear.finish())
    if fault:
        raise fault


def as_line(name: str, heard: Detection) -> str:
    """Put a detection for people."""
    score, level = f"{heard.score:.2f}", f"{heard.level_db:.0f} dBFS"
    return f"{name}  {heard.at_s:7.2f} s  {heard.phase:<5}  {heard.sound}  ({score}, {level})"


def as_json(name: str, heard: Detection) -> str:
    """Put a detection for programs: one JSON object."""
    return json.dumps(
        {
            "file": name,
            "sound": heard.sound,
            "phase": heard.phase,
            "at_s": round(heard.at_s, 3),
            "score": round(heard.score, 4),
            "heard_by": heard.heard_by,
            "level_db": round(heard.level_db, 1),
        }
    )


def _in_silence(path: Path, silence: int) -> Iterator[tuple[AudioBlock, float]]:
    """A recording between two silences, so that a window ends with its first sound already.

    Yields:
        A block, and how much of the recording was heard with it, in s. The first silence lies
        before 0, the recording's own time.
    """
    quiet, ended_s = Quiet(), 0.0
    yield AudioBlock(quiet(silence), -silence / SAMPLE_RATE_HZ), ended_s
    for sound in sound_of(path):
        block = AudioBlock(sound, ended_s)
        ended_s = block.ended_s
        yield block, ended_s
    yield AudioBlock(quiet(silence), ended_s), ended_s


def _within(heard: Detection, length_s: float) -> Detection:
    return replace(heard, at_s=min(heard.at_s, length_s))
