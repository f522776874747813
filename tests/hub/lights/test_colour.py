import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.lights.colour import LampColour, hex_of, look_alike, rgb_of, rgb_of_mired, same


@given(st.integers(0, 0xFFFFFF))
def test_hexadecimal_colour_survives_both_ways(number: int) -> None:
    assert hex_of(rgb_of(f"#{number:06x}")) == f"#{number:06x}"


@pytest.mark.parametrize(
    ("colour", "hue"),
    [
        (LampColour(x=0.69, y=0.30), "#ff0000"),
        (LampColour(x=0.17, y=0.70), "#00ff00"),
        (LampColour(x=0.14, y=0.08), "#0000ff"),
        (LampColour(hue=240.0, saturation=100.0), "#0000ff"),
        (LampColour(r=255.0, g=0.0, b=0.0), "#ff0000"),
    ],
)
def test_colour_in_a_lamps_words_looks_like_itself(colour: LampColour, hue: str) -> None:
    assert look_alike(colour.rgb(), rgb_of(hue))


def test_incomplete_colour_is_none() -> None:
    assert LampColour(x=0.3).plain() is None


def test_one_way_of_saying_a_colour_is_kept() -> None:
    colour = LampColour(x=0.3, y=0.4, hue=10.0, saturation=5.0)
    assert colour.plain() == LampColour(x=0.3, y=0.4)


@given(st.integers(1, 2000))
def test_every_colour_temperature_is_a_white_or_orange(mired: int) -> None:
    red, green, blue = rgb_of_mired(mired)
    assert all(0.0 <= part <= 1.0 for part in (red, green, blue))
    assert mired < 160 or red >= green >= blue


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_every_chromaticity_is_a_colour(x: float, y: float) -> None:
    assert all(0.0 <= part <= 1.0 for part in LampColour(x=x, y=y).rgb())


def test_warm_white_is_not_red() -> None:
    assert not same(rgb_of_mired(370), rgb_of("#ff2a1a"))
