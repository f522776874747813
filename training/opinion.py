"""What the teacher makes of each scene: a reading of its embedding, learned on other folds."""

import logging
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from node.spectra import Floats
from training.pool import Pool

HIDDEN = 512
KEPT_OUT = (0.3, 0.5)
"""Shares of embedding and hidden layer left out: no label shall hang on few of their numbers."""
STEPS, BATCH = 2500, 512
LEARNING_RATE, WEIGHT_DECAY = 2e-3, 1e-2
"""Measured on household scenes of a fold never seen: cross-entropy 2.5; longer gained nothing."""
JUDGED_AT_ONCE = 4096

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
Labels = NDArray[np.float16]

log = logging.getLogger(__name__)


def opinions(pool: Pool, *, is_exclusive: bool, seed: int, steps: int = STEPS) -> Labels:
    """Say how likely each label is for each scene, by a reading that never saw its fold.

    A label claims a sound of which the window may hold a moment only, or that drowns in another.
    Where the teacher cannot hear it, the network shall not be pressed to (G. Hinton et al. 2015,
    Distilling the Knowledge in a Neural Network).

    Args:
        pool: Scenes of two folds at least, with the teacher's embeddings.
        is_exclusive: Whether the labels share one whole (softmax), or each is there or not.
        seed: The same seed gives the same opinions.
        steps: How long each reading learns.

    Returns:
        0..1, shape (scenes, labels).
    """
    said = np.zeros(pool.targets.shape, np.float16)
    for fold in np.unique(pool.folds):
        here = np.flatnonzero(pool.folds == fold)
        others = np.flatnonzero(pool.folds != fold)
        reading = _reading(pool, others, is_exclusive=is_exclusive, seed=seed, steps=steps)
        for part in np.array_split(here, -(-len(here) // JUDGED_AT_ONCE)):
            said[part] = _read(reading, _normalised(pool, part), is_exclusive=is_exclusive)
        log.info("opinions: fold %d, %d scenes", fold, len(here))
    return said


def _reading(
    pool: Pool, scenes: NDArray[np.intp], *, is_exclusive: bool, seed: int, steps: int
) -> keras.Model:
    """Learn to name scenes by their embeddings."""
    keras.utils.set_random_seed(seed)
    asked = keras.Input((pool.taught.shape[1],))
    heard = keras.layers.Dropout(KEPT_OUT[0])(asked)
    hidden = keras.layers.Dense(HIDDEN, activation="relu", name="hidden")(heard)
    named = keras.layers.Dense(pool.targets.shape[1], name="named")
    reading = keras.Model(asked, named(keras.layers.Dropout(KEPT_OUT[1])(hidden)))
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    optimizer.build(reading.trainable_variables)
    loss_of = _exclusive if is_exclusive else _each

    @tf.function  # type: ignore[untyped-decorator]
    def learn(some: tf.Tensor, wanted: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loss_of(wanted, reading(some, training=True)))
        gradients = tape.gradient(loss, reading.trainable_variables)
        optimizer.apply_gradients(zip(gradients, reading.trainable_variables, strict=True))

    random = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = random.choice(scenes, size=BATCH)
        learn(_normalised(pool, chosen), pool.targets[chosen].astype(np.float32))
    return reading


def _normalised(pool: Pool, scenes: NDArray[np.intp]) -> Floats:
    mean, deviation = pool.said
    normal: Floats = (pool.taught[scenes].astype(np.float32) - mean) / deviation
    return normal


def _exclusive(wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.nn.softmax_cross_entropy_with_logits(wanted, logits)


def _each(wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits), axis=1)


def _read(reading: keras.Model, embeddings: Floats, *, is_exclusive: bool) -> Floats:
    """Say what a reading makes of embeddings; by hand, as batches here differ in size."""
    first, second = (reading.get_layer(name).get_weights() for name in ("hidden", "named"))
    logits = np.maximum(embeddings @ first[0] + first[1], 0.0) @ second[0] + second[1]
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = power / power.sum(axis=1, keepdims=True)
    return np.asarray(shares if is_exclusive else 1.0 / (1.0 + np.exp(-logits)), np.float32)
