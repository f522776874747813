"""What a home sounds like while nothing happens: voices, music, television, rain, a kitchen."""

from collections.abc import Sequence

import numpy as np

from bench.hearing.levels import at_level, rms
from bench.hearing.music import music
from bench.hearing.recordings import Player, harmless
from bench.hearing.rooms import HOME_RT60_S, in_room, response
from bench.hearing.speech import Speech
from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats
from training.datasets.clip import Clip

KITCHEN = (
    *("can_opening", "pouring_water", "water_drops", "washing_machine", "vacuum_cleaner"),
    *("drinking_sipping", "brushing_teeth", "toilet_flush", "clock_tick"),
    *("doing_the_dishes", "running_tap"),
)
STREET = (
    *("engine", "train", "car_horn", "helicopter", "airplane", "chainsaw", "church_bells"),
    *("footsteps", "wind", "thunderstorm", "fireworks", "chirping_birds", "crow", "hand_saw"),
)
HOME = (
    *("keyboard_typing", "mouse_click", "coughing", "sneezing", "snoring", "breathing"),
    *("laughing", "clapping", "footsteps", "cat", "door_wood_creaks", "crackling_fire"),
    *("clock_tick", "word", "exercise_bike"),
)
COUNTRY = ("cow", "hen", "pig", "rooster", "sheep", "frog", "crickets", "insects", "sea_waves")
RECORDED = {
    "kitchen": KITCHEN,
    "street": STREET,
    "home": HOME,
    "country": COUNTRY,
    "rain": ("rain",),
    "mixture": (*KITCHEN, *STREET, *HOME, *COUNTRY),
}
"""What is played of ESC-50 and the spoken words' noises, by their labels."""
NOISES = {"white": 0.0, "pink": 0.5}
"""How their amplitudes fall with frequency."""
PLAYED = ("speech", "music", "television")
"""What gets a room: recordings have theirs."""
UNDER_DB = -12.0
"""Television: music lies so far under the voices, recordings a little less."""
EFFECTS_DB = -6.0
LOUDSPEAKER_HZ = (150.0, 7000.0)
"""What a flat television's loudspeakers pass on."""
MAINS_HZ = (50.0, 60.0)


class Backgrounds:
    """Makes backgrounds of any length out of harmless recordings, voices and computed music."""

    def __init__(self, clips: Sequence[Clip], speech: Speech) -> None:
        """Take what may be heard.

        Args:
            clips: Held-out recordings; those of alerting sounds are left out.
            speech: The voices.
        """
        self.speech, self.player = speech, Player(harmless(clips))

    def make(self, kind: str, random: np.random.Generator, seconds: float) -> Floats:
        """Return a background at -20 dBFS.

        Args:
            kind: Of NOISES, of PLAYED, of RECORDED, or room tone.
            random: Decides what is heard when.
            seconds: How long.

        Returns:
            Shape (seconds * 16000,).
        """
        sound = self._sound(kind, random, seconds)
        if kind in PLAYED:
            room = response(random, random.uniform(*HOME_RT60_S))
            sound = in_room(sound, room)[: len(sound)]
        if kind != "room tone" and kind not in NOISES:
            sound = at_level(sound, -20.0, rms(sound)) + _room_tone(random, seconds, -60.0)
        return at_level(sound, -20.0, rms(sound))

    def _sound(self, kind: str, random: np.random.Generator, seconds: float) -> Floats:
        if kind in NOISES:
            return _noise(random, seconds, NOISES[kind])
        if kind == "room tone":
            return _room_tone(random, seconds, -20.0)
        if kind == "speech":
            return self.speech.talk(random, seconds)
        if kind == "music":
            return music(random, seconds)
        if kind == "television":
            return self._television(random, seconds)
        return self.player.play(random, RECORDED[kind], seconds)

    def _television(self, random: np.random.Generator, seconds: float) -> Floats:
        """Voices over music and the sounds of a film, through small loudspeakers."""
        voices, tune = self.speech.talk(random, seconds), music(random, seconds)
        film = self.player.play(random, (*STREET, *HOME, *COUNTRY), seconds)
        mixed = at_level(voices, -20.0, rms(voices))
        mixed += at_level(tune, -20.0 + UNDER_DB, rms(tune))
        mixed += at_level(film, -20.0 + EFFECTS_DB, rms(film))
        return _band_passed(mixed, *LOUDSPEAKER_HZ)


def _room_tone(random: np.random.Generator, seconds: float, level_db: float) -> Floats:
    """Ventilation: noise that falls with frequency, and a faint hum of the mains."""
    noise = _noise(random, seconds, random.uniform(0.5, 0.9))
    t = np.arange(len(noise), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
    mains_hz = random.choice(MAINS_HZ)
    hum = sum(np.sin(2 * np.pi * n * mains_hz * t) / n for n in (1, 2, 3))
    tone = noise / np.float32(rms(noise)) + np.float32(0.2) * np.asarray(hum, np.float32)
    return at_level(tone, level_db, rms(tone))


def _noise(random: np.random.Generator, seconds: float, fall: float) -> Floats:
    """Noise whose amplitude falls with the frequency to the power of `fall`; 0.5 is pink."""
    white = random.standard_normal(int(seconds * SAMPLE_RATE_HZ), np.float32)
    spectrum = np.fft.rfft(white)
    hz = np.maximum(20.0, np.fft.rfftfreq(len(white), 1.0 / SAMPLE_RATE_HZ))
    return np.fft.irfft(spectrum * hz**-fall, len(white)).astype(np.float32)


def _band_passed(samples: Floats, low_hz: float, high_hz: float) -> Floats:
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1.0 / SAMPLE_RATE_HZ)
    passed = (
        1.0
        / np.sqrt(1.0 + (low_hz / np.maximum(hz, 1.0)) ** 4)
        / np.sqrt(1.0 + (hz / high_hz) ** 8)
    )
    return np.fft.irfft(spectrum * passed, len(samples)).astype(np.float32)
