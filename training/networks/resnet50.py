"""ResNet-50 (He et al. 2015), the paper's network, on pictures of one channel."""

import keras

from training.networks.small import BATCH_NORM_MOMENTUM


def build(shape: tuple[int, int], outputs: int) -> keras.Model:
    """Build the network; with 363 outputs it has 24,325,227 weights.

    Args:
        shape: Frames and bands of a picture.
        outputs: How many classes; it ends in their logits, softmax is the host's.

    Returns:
        A network from (batch, frames, bands, 1) to (batch, outputs).
    """
    body = keras.applications.ResNet50(
        weights=None, include_top=False, pooling="avg", input_shape=(*shape, 1)
    )
    for layer in body.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    logits = keras.layers.Dense(outputs, name="logits")(body.output)
    return keras.Model(body.input, logits, name="resnet50")
