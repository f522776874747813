"""Chooses the frames that calibrate an integer kind: typical ones, none that stretches a range."""

import keras
import numpy as np

from node.spectra import Floats

KEPT = 0.5
"""Half of the frames calibrate: those that stay nearest to what is usual in every layer."""
WATCHED = (keras.layers.Activation, keras.layers.ReLU, keras.layers.Add)
BATCH = 32


def typical(network: keras.Model, inputs: Floats) -> Floats:
    """Leave out the frames whose activations reach far beyond the others'.

    A converter takes the lowest and the highest activation of each layer for its int8 range: one
    frame that reaches five times as far leaves all others a fifth of the steps. Values beyond the
    range are clipped, which costs far less.

    Args:
        network: Whose layers are watched.
        inputs: As the network takes them, shape (n, frames, bands, 1).

    Returns:
        Half of them, in their order.
    """
    watched = [layer.output for layer in network.layers if isinstance(layer, WATCHED)]
    if not watched:
        return inputs
    peaks = [
        np.stack([np.abs(layer).max(axis=(1, 2, 3)) for layer in said], axis=1)
        for said in _said(keras.Model(network.input, watched), inputs)
    ]
    reach = np.concatenate(peaks)[: len(inputs)]
    furthest = (reach / np.maximum(1e-9, np.median(reach, axis=0))).max(axis=1)
    kept = np.sort(np.argsort(furthest)[: max(1, round(KEPT * len(inputs)))])
    chosen: Floats = inputs[kept]
    return chosen


def _said(network: keras.Model, inputs: Floats) -> list[list[Floats]]:
    """Ask a network in batches of one size, the last filled up from the beginning."""
    count = -(-len(inputs) // BATCH)
    filled = np.resize(inputs, (count * BATCH, *inputs.shape[1:]))
    return [
        [layer.numpy() for layer in network(part, training=False)]
        for part in np.split(filled, count)
    ]
