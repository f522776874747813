"""A small residual network of plain 3x3 convolutions, the kind that int8 runtimes run fastest."""

from collections.abc import Sequence

import keras
from keras import layers

BATCH_NORM_MOMENTUM = 0.9
"""Keras' own 0.99 needs thousands of steps: measured, it ended at chance where 0.9 did not."""


EMBEDDING = "embedding"
"""The layer from which the outputs are made."""
RARE_LOGIT = -3.0
"""A sigmoid of 0.05: at first every sound counts as rare, or the first steps only learn that."""


def build(
    shape: tuple[int, int],
    outputs: int,
    *,
    stem: int,
    widths: Sequence[int],
    embedding: int,
    dropout: float,
) -> keras.Model:
    """Build the network.

    Args:
        shape: Frames and bands of a picture.
        outputs: How many numbers it gives; they are logits, softmax or sigmoid is the host's.
        stem: Channels of the first convolution.
        widths: Channels of each stage; a stage halves the picture and has two residual blocks.
        embedding: Numbers, 0 or above, that say what a picture is like; the outputs come of them.
        dropout: Share of the embedding left out while training.

    Returns:
        A network from (batch, frames, bands, 1) to (batch, outputs).
    """
    picture = keras.Input((*shape, 1))
    x = _convolution(picture, stem, stride=2)
    for width in widths:
        x = _residual(x, width, stride=2)
        x = _residual(x, width, stride=1)
    x = _convolution(x, embedding, size=1)
    x = layers.GlobalAveragePooling2D(name=EMBEDDING)(x)
    x = layers.Dropout(dropout)(x)
    rare = keras.initializers.Constant(RARE_LOGIT)
    x = layers.Dense(outputs, bias_initializer=rare, name="logits")(x)
    return keras.Model(picture, x, name="small")


def _residual(x: keras.KerasTensor, width: int, *, stride: int) -> keras.KerasTensor:
    """Two convolutions around a shortcut, which is a 1x1 convolution where the shape changes."""
    inner = _convolution(x, width, stride=stride)
    inner = layers.Conv2D(width, 3, padding="same", use_bias=False)(inner)
    inner = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(inner)
    if stride > 1 or x.shape[-1] != width:
        x = layers.Conv2D(width, 1, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(x)
    return layers.ReLU()(layers.Add()([inner, x]))


def _convolution(
    x: keras.KerasTensor, width: int, *, size: int = 3, stride: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM)(x)
    return layers.ReLU()(x)
