"""Why integer kinds can lose everything: each suspected cause by itself, and its remedy."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from node.spectra import Floats
from training.calibration import typical
from training.convert import Kind, convert
from training.figures import macro_f1

INTEGER_KINDS: tuple[Kind, ...] = ("int8-float-io", "int8")
HESITANT = 0.02
"""Share of the logits that is left to a network that hardly dares to decide: its classes are nearly
alike, as those of 363 classes are after a short training."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cause:
    """One way to convert and to feed a network.

    Attributes:
        name: What is done.
        f1: Macro F1 by integer kind.
        floats: Macro F1 of the same network in float.
    """

    name: str
    f1: dict[Kind, float]
    floats: float


@dataclass(frozen=True, slots=True)
class Shown:
    """Pictures in dB and their classes.

    Attributes:
        representative: What calibrates, shape (m, frames, bands).
        pictures: What judges, shape (n, frames, bands).
        labels: Of the latter, shape (n,).
    """

    representative: Floats
    pictures: Floats
    labels: NDArray[np.int32]


def causes(network: keras.Model, normal: Callable[[Floats], Floats], shown: Shown) -> list[Cause]:
    """Convert a network in each wrong way, then in the right one, and judge it.

    Args:
        network: Ends in logits.
        normal: Brings pictures to what the network was trained on.
        shown: What calibrates and judges.
    """
    every, raw = normal(shown.representative), shown.representative
    right = typical(network, every[..., None])[..., 0]
    judged = normal(shown.pictures)
    noise = np.random.default_rng(0).standard_normal(right.shape).astype(np.float32)
    soft, hesitant = _softmax(network, 1.0), _softmax(network, HESITANT)
    trials = [
        ("softmax inside, sure of itself", soft, right, judged, True),
        ("softmax inside, nearly alike classes", hesitant, right, judged, True),
        ("input not scaled, cast to int8", network, right, judged, False),
        ("dB not normalised, cast to int8", network, right, shown.pictures, False),
        ("calibrated with pictures in dB, not normalised", network, raw, judged, True),
        (
            "calibrated with all frames, rare far-reaching ones among them",
            network,
            every,
            judged,
            True,
        ),
        ("calibrated with silence", network, np.full_like(right, right.min()), judged, True),
        ("calibrated with faint noise", network, 0.01 * noise, judged, True),
        ("calibrated with noise of the right range", network, noise, judged, True),
        (
            "**remedy: logits, typical real frames, the file's own scale**",
            network,
            right,
            judged,
            True,
        ),
    ]
    return [_cause(*trial, shown.labels) for trial in trials]


def _cause(
    name: str,
    network: keras.Model,
    representative: Floats,
    judged: Floats,
    is_scaled: bool,  # noqa: FBT001
    labels: NDArray[np.int32],
) -> Cause:
    found: dict[Kind, float] = {}
    for kind in INTEGER_KINDS:
        file = convert(network, kind, representative[..., None])
        named = _named(file, judged[..., None], is_scaled=is_scaled)
        found[kind] = macro_f1(labels, named)
    floats = network.predict(judged[..., None], verbose=0, batch_size=64).argmax(axis=1)
    cause = Cause(name, found, macro_f1(labels, floats.astype(np.int32)))
    log.info("collapse: %s", cause)
    return cause


def _softmax(network: keras.Model, share: float) -> keras.Model:
    """The network with its softmax inside, as the paper has it, over so much of its logits."""
    scaled = keras.layers.Rescaling(share)(network.output)
    return keras.Model(network.input, keras.layers.Softmax()(scaled))


def _named(file: bytes, inputs: Floats, *, is_scaled: bool) -> NDArray[np.int32]:
    """Run a file with or without the scale that it asks for; TensorFlow's own runtime obeys."""
    runtime = tf.lite.Interpreter(model_content=file)
    runtime.allocate_tensors()
    into, out = runtime.get_input_details()[0], runtime.get_output_details()[0]
    named = []
    for one in inputs:
        runtime.set_tensor(into["index"], _fed(one[None], into, is_scaled=is_scaled))
        runtime.invoke()
        named.append(int(runtime.get_tensor(out["index"]).argmax()))
    return np.array(named, np.int32)


def _fed(
    one: Floats, into: dict[str, object], *, is_scaled: bool
) -> NDArray[np.int8] | NDArray[np.float32]:
    if into["dtype"] is not np.int8:
        return one.astype(np.float32)
    quantization = into["quantization"]
    if not is_scaled or not isinstance(quantization, tuple):
        return np.clip(one, -128, 127).astype(np.int8)
    scale, zero = quantization
    steps = np.round(one / np.float32(scale) + np.float32(zero))
    return np.asarray(np.clip(steps, -128, 127), np.int8)
