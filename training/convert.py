"""From a Keras network to the five kinds of TFLite file."""

import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Literal

import keras
import tensorflow as tf

from node.spectra import Floats

Kind = Literal["float32", "float16", "dynamic", "int8-float-io", "int8"]
KINDS: tuple[Kind, ...] = ("float32", "float16", "dynamic", "int8-float-io", "int8")


def convert(network: keras.Model, kind: Kind, examples: Floats) -> bytes:
    """Convert a network.

    Args:
        network: Ends in logits: an int8 softmax has steps of 1/256, which can level all classes.
        kind: "int8" is int8 throughout, with "int8-float-io" input and output stay float, in
            "dynamic" only weights are int8.
        examples: Real inputs, which show the int8 kinds what to expect, shape (n, ...).

    Returns:
        The TFLite file.
    """

    def representative() -> Iterator[list[Floats]]:
        for example in examples:
            yield [example[None]]

    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind.startswith("int8"):
        converter.representative_dataset = representative
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if kind == "int8":
        converter.inference_input_type = converter.inference_output_type = tf.int8
    with redirect_stdout(StringIO()), warnings.catch_warnings():  # it lists every weight
        warnings.filterwarnings("ignore", "Statistics for quantized inputs", UserWarning)
        file: bytes = converter.convert()
    return file
