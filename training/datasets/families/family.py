"""What a family of computed sounds is."""

from collections.abc import Callable
from dataclasses import dataclass

from training.datasets.waves import Draw, Samples


@dataclass(frozen=True, slots=True)
class Family:
    """One way to make one sound; its docstring names ranges and source.

    Attributes:
        sound: What it is: an id of the catalogue or "background".
        clips: How many a fold; six times as many in the folds that teach.
        make: Computes one, dry, mono at 16 kHz, any length and level.
        is_roomy: Whether it is then heard in a room; noise and hum already are.
    """

    sound: str
    clips: int
    make: Callable[[Draw], Samples]
    is_roomy: bool = True
