"""A recipe: every number of one training run, read from recipes/<name>.toml."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from contract import settings
from contract.catalogue import BACKGROUND, Urgency
from contract.messages import Name, SoundId
from node.bundle import LogMelInput

RECIPES = Path(__file__).parent / "recipes"


class Picture(Struct, frozen=True, kw_only=True):
    """What the network sees: a log-mel picture."""

    window_s: Annotated[float, Meta(description="Length of sound in one picture.", gt=0.0)] = 2.0
    fft_size: Annotated[int, Meta(description="Samples in one spectrum.")] = 800
    hop_size: Annotated[int, Meta(description="Samples between spectra.")] = 400
    bands: Annotated[int, Meta(description="Mel bands.")] = 64
    low_hz: Annotated[float, Meta(description="Lower edge of the lowest band.")] = 50.0
    high_hz: Annotated[float, Meta(description="Upper edge of the highest band.")] = 8000.0
    floor_db: Annotated[float, Meta(description="Anything quieter counts as this.")] = -70.0

    def input(self, *, mean_db: float = 0.0, std_db: float = 1.0) -> LogMelInput:
        """Return it as a manifest's input."""
        return LogMelInput(
            sample_rate_hz=16_000,
            window_s=self.window_s,
            fft_size=self.fft_size,
            hop_size=self.hop_size,
            bands=self.bands,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
            floor_db=self.floor_db,
            mean_db=mean_db,
            std_db=std_db,
        )


class Mixing(Struct, frozen=True, kw_only=True):
    """How examples are made up of clips."""

    scenes: Annotated[int, Meta(description="Made up of the clips of each fold.", ge=1)] = 40_000
    blend: Annotated[
        bool,
        Meta(description="Two sounds in any proportion are told apart by it; else each is there."),
    ] = False
    background_share: Annotated[
        float, Meta(description="Share of scenes that hold no sound but background.", ge=0, le=1)
    ] = 0.3
    second_share: Annotated[
        float, Meta(description="Share of scenes with a second sound, which counts too.")
    ] = 0.25
    second_db: Annotated[
        tuple[float, float], Meta(description="The second sound's level beside the first's.")
    ] = (-12.0, 3.0)
    noise_share: Annotated[
        float, Meta(description="Share of scenes with background behind the sound.")
    ] = 0.5
    snr_db: Annotated[
        tuple[float, float], Meta(description="How far the sound is above that background.")
    ] = (-5.0, 30.0)
    speed: Annotated[tuple[float, float], Meta(description="A clip is played at such a speed.")] = (
        0.87,
        1.15,
    )
    speed_share: Annotated[float, Meta(description="Share of clips played at another speed.")] = 0.7
    room_share: Annotated[float, Meta(description="Share of clips heard in one more room.")] = 0.25
    level_db: Annotated[
        tuple[float, float], Meta(description="Peak of a scene, 0 is full scale.")
    ] = (-45.0, 0.0)
    noisy_microphone_share: Annotated[
        float, Meta(description="Share of scenes with the microphone's own noise.")
    ] = 0.8
    floor_db: Annotated[
        tuple[float, float], Meta(description="Level of that noise, 0 is full scale.")
    ] = (-90.0, -45.0)


class Varying(Struct, frozen=True, kw_only=True):
    """How an example is varied each time that it is shown."""

    equalizer_db: Annotated[
        float, Meta(description="How far microphones and walls bend the spectrum.")
    ] = 5.0
    gain_db: Annotated[
        float, Meta(description="A scene is shown up to so much louder or quieter.")
    ] = 6.0
    masked_bands: Annotated[int, Meta(description="At most so many bands are hidden.")] = 12
    masked_frames: Annotated[int, Meta(description="At most so many frames are hidden.")] = 20


class Run(Struct, frozen=True, kw_only=True):
    """The network and how it learns."""

    seed: Annotated[int, Meta(description="The same seed makes the same run.")] = 1
    stem: Annotated[int, Meta(description="Channels of the first convolution.")] = 24
    widths: Annotated[tuple[int, ...], Meta(description="Channels of each stage.")] = (24, 48, 96)
    embedding: Annotated[int, Meta(description="Numbers from which the outputs are made.")] = 192
    teacher: Annotated[
        float, Meta(description="Weight of what YAMNet says beside the labels; 0 asks it not.")
    ] = 0.0
    opinion: Annotated[
        float,
        Meta(
            description="Share of a target that YAMNet's reading makes up, not the label.",
            ge=0,
            le=1,
        ),
    ] = 0.0
    dropout: Annotated[float, Meta(description="Share of the embedding left out.")] = 0.1
    steps: Annotated[int, Meta(description="How many batches.", ge=1)] = 3600
    batch: Annotated[int, Meta(description="Examples in a batch.", ge=1)] = 64
    learning_rate: Annotated[float, Meta(description="Its highest, after a warm-up.")] = 3e-3
    weight_decay: Annotated[float, Meta(description="AdamW's.")] = 0.03
    save_every: Annotated[int, Meta(description="Steps between checkpoints.", ge=1)] = 400

    @property
    def is_taught(self) -> bool:
        """Whether a teacher must hear the scenes."""
        return self.teacher > 0.0 or self.opinion > 0.0


class Rule(Struct, frozen=True, kw_only=True):
    """What the detector must know about one sound; the table's name is its id."""

    hold_s: Annotated[float, Meta(description="Longer than the sound's own pauses.")] = 1.5
    shortest_s: Annotated[float, Meta(description="It must last so long; faint, longer.")] = 0.0
    again_s: Annotated[
        tuple[float, float] | None,
        Meta(description="It counts only so long after it was heard before, least and most."),
    ] = None
    weight: Annotated[float, Meta(description="How often it is drawn; 1 is usual.")] = 1.0


class Choice(Struct, frozen=True, kw_only=True):
    """How thresholds are chosen on fold 4."""

    hours: Annotated[
        float, Meta(description="So long its clips are played, anew each time.", gt=0.0)
    ] = 8.0
    false_an_hour: Annotated[
        dict[Urgency, float],
        Meta(description="A sound may be told so often an hour where it is not, by its urgency."),
    ] = field(
        default_factory=lambda: {
            Urgency.EMERGENCY: 0.2,
            Urgency.ATTENTION: 1.0,
            Urgency.NOTICE: 0.3,
            Urgency.AMBIENT: 0.3,
        }
    )
    lowest_on: Annotated[float, Meta(description="No threshold is below this.")] = 0.3
    highest_on: Annotated[float, Meta(description="No threshold is above this.")] = 0.98


class Recipe(Struct, frozen=True, kw_only=True):
    """Everything that decides what comes out of a run, beside the data."""

    name: Annotated[Name, Meta(description="Of the bundle.")]
    version: Annotated[Name, Meta(description="Of the bundle.")]
    output: Annotated[
        Literal["sigmoid", "softmax"],
        Meta(description="Whether several sounds may be heard at once, or one of all."),
    ] = "sigmoid"
    computed_share: Annotated[
        float, Meta(description="How many of the computed clips; less for a quick trial.", gt=0.0)
    ] = 1.0
    picture: Picture = Picture()
    mixing: Mixing = Mixing()
    varying: Varying = Varying()
    run: Run = Run()
    choice: Choice = Choice()
    sounds: Annotated[
        dict[SoundId, Rule], Meta(description="The sounds that the network may claim.")
    ] = field(default_factory=dict)

    def meaning(self, sound: str) -> str:
        """Return a clip's sound as this recipe takes it: what it does not name is background."""
        return sound if sound in self.sounds else BACKGROUND


def load(name: str) -> Recipe:
    """Read a recipe by its name, or by its path.

    Raises:
        SettingsError: It is not there, or not a recipe.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    return settings.load(path, Recipe)
