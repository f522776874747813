"""An experiment: every number of the paper's line of work, read from recipes/<name>.toml."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contract import settings
from contract.messages import Name
from training.recipe import RECIPES, Picture


class Data(Struct, frozen=True, kw_only=True):
    """Which recordings are taken, and what they are called."""

    sets: Annotated[
        tuple[str, ...], Meta(description="Folders in --data, each a data set.", min_length=1)
    ] = ("esc50",)
    label: Annotated[
        Literal["label", "category_01", "category_02", "category_03", "sub_category"],
        Meta(description="What of a set's labels is the class; AIHub's have several levels."),
    ] = "label"
    train: Annotated[tuple[int, ...], Meta(description="Folds that teach.")] = (1, 2, 3, 4)
    test: Annotated[tuple[int, ...], Meta(description="Folds that judge.")] = (5,)
    validation_share: Annotated[
        float,
        Meta(description="Of the recordings that teach, so many end the training.", gt=0, lt=1),
    ] = 0.1


class Frames(Struct, frozen=True, kw_only=True):
    """How a recording is cut; the paper's frames last 2 s (`picture.window_s`)."""

    stride_s: Annotated[float, Meta(description="From one frame's start to the next.", gt=0.0)] = (
        1.6
    )
    shard_clips: Annotated[
        int, Meta(description="So many recordings make one file of frames.", ge=1)
    ] = 256


class Balance(Struct, frozen=True, kw_only=True):
    """How a frequent class is kept from drowning a rare one."""

    undersample: Annotated[
        int,
        Meta(
            description="No class keeps more frames than so many times the rarest's; 0: all.", ge=0
        ),
    ] = 10
    class_weights: Annotated[
        bool, Meta(description="Weigh each frame by how rare its class is.")
    ] = True


class Network(Struct, frozen=True, kw_only=True):
    """Which network learns."""

    kind: Annotated[Literal["resnet50", "small"], Meta(description="Which one.")] = "resnet50"
    stem: Annotated[int, Meta(description="small: channels of the first convolution.")] = 24
    widths: Annotated[tuple[int, ...], Meta(description="small: channels of each stage.")] = (
        24,
        48,
        96,
    )
    embedding: Annotated[int, Meta(description="small: numbers before the outputs.")] = 192
    dropout: Annotated[float, Meta(description="Share of the embedding left out.")] = 0.1


class Learning(Struct, frozen=True, kw_only=True):
    """How it learns."""

    seed: Annotated[int, Meta(description="The same seed makes the same run.")] = 1
    epochs: Annotated[int, Meta(description="At most so many passes over the frames.", ge=1)] = 60
    patience: Annotated[
        int, Meta(description="Ends after so many epochs without a better validation loss.", ge=1)
    ] = 10
    batch: Annotated[int, Meta(description="Frames in a batch.", ge=1)] = 64
    learning_rate: Annotated[float, Meta(description="Its highest, after a warm-up.", gt=0.0)] = (
        1e-3
    )
    weight_decay: Annotated[float, Meta(description="AdamW's.", ge=0.0)] = 0.01


class Experiment(Struct, frozen=True, kw_only=True):
    """Everything that decides what comes out of an experiment, beside the data."""

    name: Annotated[Name, Meta(description="Of its folder in runs.")]
    version: Annotated[Name, Meta(description="Of its bundles.")]
    data: Data = Data()
    picture: Picture = Picture()
    frames: Frames = Frames()
    balance: Balance = Balance()
    network: Network = Network()
    learning: Learning = Learning()


def load(name: str) -> Experiment:
    """Read an experiment by its name, or by its path.

    Raises:
        SettingsError: It is not there, or no experiment.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    return settings.load(path, Experiment)
