"""From a Keras network to a TFLite file."""

from collections.abc import Iterator

import keras
import tensorflow as tf

from node.features import Floats


def to_int8(network: keras.Model, pictures: Floats) -> bytes:
    """Convert to full int8: weights, activations, input and output.

    Args:
        network: Ends in logits: int8 softmax has steps of 1/256, which can level all classes.
        pictures: Normalised real frames that show the converter what to expect, shape
            (n, frames, bands).
    """

    def representative() -> Iterator[list[Floats]]:
        for picture in pictures:
            yield [picture[None, ..., None]]

    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    model: bytes = converter.convert()
    return model


def to_float32(network: keras.Model) -> bytes:
    """Convert without quantization, the yardstick for the int8 file."""
    model: bytes = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    return model
