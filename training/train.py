"""Trains a network: reads top to bottom, and goes on where it was stopped."""

import logging
import time
import zlib
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import keras
import msgspec
import numpy as np
import tensorflow as tf

from contract.catalogue import BACKGROUND
from node.features import Floats
from training.augment import Mixer
from training.examples import THRESHOLD_FOLD, Examples
from training.networks import small
from training.recipe import Recipe
from training.windows import windows

AHEAD = 8
"""Batches mixed ahead of the step that needs them."""
NORMALISING_BATCHES = 20
WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""
SAY_EVERY = 50

NETWORK = "network.h5"
NORMAL = "normal.json"

log = logging.getLogger(__name__)


class Normal(msgspec.Struct, frozen=True):
    """What brings pictures around 0: the same mean and deviation for every cell."""

    mean_db: float
    std_db: float

    def __call__(self, pictures_db: Floats) -> Floats:
        """Normalise pictures of any shape."""
        normalised: Floats = (pictures_db - np.float32(self.mean_db)) / np.float32(self.std_db)
        return normalised


def train(  # noqa: PLR0915 - one straight line, read from top to bottom
    recipe: Recipe, examples: Examples, labels: Sequence[str], folder: Path
) -> None:
    """Train and save the network as HDF5, with the mean and deviation its pictures need.

    Args:
        recipe: All numbers.
        examples: What to learn from.
        labels: The outputs, in their order.
        folder: Gets network.h5, normal.json and, while running, checkpoints.
    """
    run = recipe.run
    keras.utils.set_random_seed(run.seed)
    wanted = recipe.picture.input()
    mixer = Mixer(recipe, examples, labels)

    # One mean and one deviation for all cells: the network gets numbers around 0.
    first = [
        mixer.batch(run.batch, _random(run.seed, -1 - n))[0] for n in range(NORMALISING_BATCHES)
    ]
    normal = Normal(float(np.mean(first)), float(np.std(first)))

    shape = (wanted.frames, wanted.bands)
    network = small.build(shape, len(labels), stem=run.stem, widths=run.widths, dropout=run.dropout)
    rate = keras.optimizers.schedules.CosineDecay(
        run.learning_rate / 10.0,
        round((1.0 - WARM_UP) * run.steps),
        alpha=0.001,
        warmup_target=run.learning_rate,
        warmup_steps=max(1, round(WARM_UP * run.steps)),
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=run.weight_decay, clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    optimizer.build(network.trainable_variables)

    @tf.function  # type: ignore[untyped-decorator]
    def learn(pictures: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = network(pictures, training=True)
            wrong = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
            loss = tf.reduce_mean(tf.reduce_sum(wrong, axis=1))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    # A checkpoint holds all that a run needs to go on as if it had never stopped. Another recipe
    # has checkpoints of its own; only how long it runs may change on the way.
    done = tf.Variable(0, dtype=tf.int64)
    checkpoint = tf.train.Checkpoint(network=network, optimizer=optimizer, done=done)
    place = folder / f"checkpoints-{_fingerprint(recipe)}"
    keeper = tf.train.CheckpointManager(checkpoint, str(place), max_to_keep=1)
    if keeper.restore_or_initialize():
        log.info("train: going on at step %d", int(done))

    checked = [
        (normal(pictures[heard])[..., None], labels.index(row.sound))
        for row in examples.fold(THRESHOLD_FOLD)
        if row.label.startswith("esc50") and row.sound != BACKGROUND
        for pictures, heard in [windows(examples.of(row), recipe.picture)]
    ]
    started_s, started_at, losses = time.monotonic(), int(done), []
    for pictures, targets in _ahead(mixer, run.batch, run.seed, range(int(done), run.steps)):
        losses.append(float(learn(normal(pictures)[..., None], targets)))
        step = int(done.assign_add(1))
        if step % SAY_EVERY == 0:
            left_s = (time.monotonic() - started_s) / (step - started_at) * (run.steps - step)
            loss = np.mean(losses[-SAY_EVERY:])
            log.info("train: step %d of %d, loss %.3f, %.0f s left", step, run.steps, loss, left_s)
        if step % run.save_every == 0 or step == run.steps:
            keeper.save()
            accuracy = _accuracy(network, checked)
            log.info("train: step %d, fold 4 real clips right %.3f", step, accuracy)

    network.save(folder / NETWORK)
    (folder / NORMAL).write_bytes(msgspec.json.encode(normal))


def _fingerprint(recipe: Recipe) -> str:
    """Name what a recipe trains, whatever the number of steps."""
    endless = msgspec.structs.replace(recipe.run, steps=1, save_every=1)
    trained = [recipe.picture, recipe.mixing, endless, recipe.sounds]
    return f"{zlib.crc32(msgspec.json.encode(trained)):08x}"


def _random(seed: int, step: int) -> np.random.Generator:
    """The chance of one step, the same in each run; negative steps lie before the first."""
    return np.random.default_rng((seed, 2**31 + step))


def _ahead(
    mixer: Mixer, size: int, seed: int, steps: range
) -> Generator[tuple[Floats, Floats], None, None]:
    """Yield one batch a step, mixed by a thread beside the training."""
    left = iter(steps)
    with ThreadPoolExecutor(max_workers=1) as thread:

        def order(count: int) -> list[Future[tuple[Floats, Floats]]]:
            chances = (_random(seed, step) for step in islice(left, count))
            return [thread.submit(mixer.batch, size, chance) for chance in chances]

        ordered = deque(order(AHEAD))
        while ordered:
            batch = ordered.popleft().result()
            ordered.extend(order(1))
            yield batch


def _accuracy(network: keras.Model, clips: Sequence[tuple[Floats, int]]) -> float:
    """Share of clips whose best label is right; each is its windows and its label."""
    if not clips:
        return 0.0
    logits = network.predict(np.concatenate([pictures for pictures, _ in clips]), verbose=0)
    ends = np.cumsum([len(pictures) for pictures, _ in clips])[:-1]
    chances = np.split(1.0 / (1.0 + np.exp(-logits)), ends)
    best = [int(chance.mean(axis=0).argmax()) for chance in chances]
    return float(np.mean([one == label for one, (_, label) in zip(best, clips, strict=True)]))
