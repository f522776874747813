"""Alarms by their rhythm: whose groups are heard, through what, when, and what is none."""

from collections.abc import Sequence

import numpy as np
import pytest

from node.cadence import Cadence
from node.groups import Pattern
from node.spectra import Floats, SpectrumStream
from tests.tones import RATE_HZ, noise, tone

FFT_SIZE, HOP_SIZE = 800, 400
"""The shipped network's."""
T3 = [(0.5, 0.5), (0.5, 0.5), (0.5, 1.5)]
T4 = [(0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.1, 5.0)]
LEAD_S = 2.0


def beeps(
    run: Sequence[tuple[float, float]], *, hz: float = 3100.0, seconds: float = 16.0
) -> Floats:
    """Two seconds of quiet, then beeps and pauses, in s, again and again."""
    once = [
        part for on, off in run for part in (tone(on, hz=hz), np.zeros(round(off * RATE_HZ), "f4"))
    ]
    again = np.resize(np.concatenate(once), round((seconds - LEAD_S) * RATE_HZ))
    return np.concatenate((np.zeros(round(LEAD_S * RATE_HZ), np.float32), again))


def in_stairwell(sound: Floats) -> Floats:
    """A sound in the echo of bare walls, RT60 1.2 s: a third comes at once."""
    fade = 10.0 ** (-3.0 / (1.2 * RATE_HZ) * np.arange(2 * RATE_HZ))
    late = fade * noise(2.0, amplitude=1.0, seed=5)
    response = np.concatenate(([0.7], late * (2.0 / np.sum(late**2)) ** 0.5))
    size = len(sound) + len(response)
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(response, size)
    heard_there: Floats = np.fft.irfft(spectrum, size)[: len(sound)].astype(np.float32)
    return heard_there


def heard(
    sound: Floats, *, hop: int = RATE_HZ // 2, certain: bool = True, quiet: float = 1e-3
) -> list[Pattern]:
    """What a cadence recognises in a sound over a quiet room, half a second at a time."""
    sound = sound + noise(len(sound) / RATE_HZ, amplitude=quiet)
    spectra, cadence, found = SpectrumStream(FFT_SIZE, HOP_SIZE), Cadence(FFT_SIZE, HOP_SIZE), []
    for first in range(0, len(sound), hop):
        part = sound[first : first + hop]
        found += cadence.push(spectra.push(part), (first + len(part)) / RATE_HZ)
    return [one for one in found if one.certain is certain]


@pytest.mark.parametrize("hz", [520.0, 2400.0, 3100.0, 4000.0])
@pytest.mark.parametrize("slower", [0.9, 1.0, 1.1, 1.25])
def test_a_smoke_alarm_is_known_when_its_second_group_begins(hz: float, slower: float) -> None:
    first = heard(beeps([(on * slower, off * slower) for on, off in T3], hz=hz))[0]
    assert first.sound == "smoke_alarm"
    assert first.hz == pytest.approx(hz, abs=25.0)
    assert 4.0 < (first.at_s - LEAD_S) / slower < 5.0


@pytest.mark.parametrize("hz", [2400.0, 3100.0, 4000.0])
@pytest.mark.parametrize("pause_s", [4.5, 5.0, 5.5])
def test_a_co_alarm_is_known_when_its_second_group_begins(hz: float, pause_s: float) -> None:
    first = heard(beeps([*T4[:3], (0.1, pause_s)], hz=hz))[0]
    assert first.sound == "co_alarm"
    assert pause_s + 0.7 < first.at_s - LEAD_S < pause_s + 1.5


@pytest.mark.parametrize("run", [T3, T4], ids=["t3", "t4"])
def test_a_rhythm_is_never_taken_for_the_other(run: Sequence[tuple[float, float]]) -> None:
    assert len({one.sound for one in heard(beeps(run, seconds=60.0))}) == 1


@pytest.mark.parametrize("hop", [400, 1000, 3200, 8000, 25_000, 256_000])
@pytest.mark.parametrize(("run", "sound"), [(T3, "smoke_alarm"), (T4, "co_alarm")])
def test_parts_of_any_length_are_heard_alike(
    run: Sequence[tuple[float, float]], sound: str, hop: int
) -> None:
    found = heard(beeps(run), hop=hop)
    assert {one.sound for one in found} == {sound}
    assert found[0].at_s == pytest.approx(heard(beeps(run))[0].at_s, abs=0.3)


@pytest.mark.parametrize(("run", "sound"), [(T3, "smoke_alarm"), (T4, "co_alarm")])
def test_the_first_beeps_are_a_hint(run: Sequence[tuple[float, float]], sound: str) -> None:
    first = heard(beeps(run), certain=False)[0]
    assert first.sound == sound
    assert first.at_s - LEAD_S < 2.1


def test_groups_that_echo_blurs_need_even_periods() -> None:
    loud = noise(30.0, amplitude=0.8, seed=3)  # louder than the tone even in its third octave
    even = heard(beeps(T3, seconds=30.0) + loud)
    assert {one.sound for one in even} == {"smoke_alarm"}
    uneven = [beep for pause_s in (1.5, 2.3, 1.2, 1.9) for beep in [*T3[:2], (0.5, pause_s)]]
    assert heard(beeps(uneven, seconds=30.0) + loud) == []


@pytest.mark.parametrize(("run", "sound"), [(T3, "smoke_alarm"), (T4, "co_alarm")])
@pytest.mark.parametrize("quiet", [0.0, 1e-6, 1e-4, 1e-2])
def test_the_echo_of_a_loud_alarm_in_a_silent_room_hides_no_pause(
    run: Sequence[tuple[float, float]], sound: str, quiet: float
) -> None:
    found = heard(in_stairwell(beeps(run)), quiet=quiet)
    assert [one.sound for one in found[:1]] == [sound]
    assert found[0].at_s <= LEAD_S + sum(map(sum, run)) + 2.0


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_drowned_beep_delays_an_alarm_by_a_group_at_most(missing: int) -> None:
    alarm = beeps(T3)
    drowned = round((LEAD_S + 1.0 * missing) * RATE_HZ)
    alarm[drowned : drowned + RATE_HZ // 2] = 0.0
    first = heard(alarm)[0]
    assert first.sound == "smoke_alarm"
    assert first.at_s - LEAD_S < 9.0


def test_two_alarms_at_once_are_both_known() -> None:
    smoke, co = beeps(T3, seconds=20.0), beeps(T4, hz=3400.0, seconds=20.0)
    assert {one.sound for one in heard(smoke + co)} == {"smoke_alarm", "co_alarm"}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("run", [T3, T4], ids=["t3", "t4"])
def test_noise_as_loud_as_the_alarm_hides_no_rhythm(
    run: Sequence[tuple[float, float]], seed: int
) -> None:
    alarm = beeps(run, seconds=20.0)
    loud = noise(20.0, amplitude=0.14, seed=seed)  # the tone's own power, over all frequencies
    assert len({one.sound for one in heard(alarm + loud)}) == 1


@pytest.mark.parametrize(
    "run",
    [
        [(0.5, 0.5)],
        [(0.25, 0.25)],
        [(0.1, 0.1), (0.1, 0.1), (0.1, 0.1), (0.1, 0.6)],
        [(1.0, 4.0)],
        [(2.0, 4.0)],
        [(0.7, 5.0)],
        [(0.4, 0.2), (0.4, 2.0)],
        [(0.5, 0.5), (0.5, 2.5)],
        [(0.5, 0.5)] * 4 + [(0.5, 2.0)],
        [(0.1, 40.0)],
        [(60.0, 0.0)],
    ],
    ids=str,
)
def test_other_beeps_are_neither(run: Sequence[tuple[float, float]]) -> None:
    assert heard(beeps(run, seconds=60.0)) == []


@pytest.mark.parametrize("hz", [50.0, 300.0, 6000.0])
def test_a_rhythm_where_no_alarm_sounds_is_none(hz: float) -> None:
    assert heard(beeps(T3, hz=hz)) == []


@pytest.mark.parametrize("amplitude", [0.0, 1e-4, 0.3])
def test_noise_and_digital_silence_have_no_rhythm(amplitude: float) -> None:
    assert heard(noise(60.0, amplitude=amplitude)) == []


def test_what_comes_after_a_reset_does_not_follow() -> None:
    alarm, cadence = beeps(T3), Cadence(FFT_SIZE, HOP_SIZE)
    spectra = SpectrumStream(FFT_SIZE, HOP_SIZE).push(alarm)
    middle = round((LEAD_S + 3.5) * RATE_HZ / HOP_SIZE)
    rest = spectra[middle : middle + 100]
    assert not any(one.certain for one in cadence.push(spectra[:middle], LEAD_S + 3.5))
    assert any(one.certain for one in cadence.push(rest, LEAD_S + 6.0))
    cadence.reset()
    assert not any(one.certain for one in cadence.push(spectra[:middle], LEAD_S + 3.5))
    cadence.reset()
    assert not any(one.certain for one in cadence.push(rest, LEAD_S + 6.0))
