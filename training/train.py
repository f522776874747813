"""Trains a network: reads top to bottom, and goes on where it was stopped."""

import logging
import time
import zlib
from collections import deque
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import keras
import msgspec
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from node.spectra import Floats
from training.augment import vary
from training.networks import small
from training.opinion import opinions
from training.optimizer import adamw
from training.pool import Pool
from training.recipe import Recipe
from training.whole import written

AHEAD = 8
"""Batches made ahead of the step that needs them."""
NORMALISING_SCENES = 2000
SAY_EVERY = 50

NETWORK = "network.h5"
NORMAL = "normal.json"
OPINIONS = "opinions.npy"

Batch = tuple[Floats, Floats, Floats]
"""Pictures in dB, targets, and what the teacher says, normalised."""

log = logging.getLogger(__name__)


class Normal(msgspec.Struct, frozen=True):
    """What brings pictures around 0: the same mean and deviation for every cell."""

    mean_db: float
    std_db: float

    def __call__(self, pictures_db: Floats) -> Floats:
        """Normalise pictures of any shape."""
        normalised: Floats = (pictures_db - np.float32(self.mean_db)) / np.float32(self.std_db)
        return normalised


Check = Callable[[keras.Model, Normal], float]


def train(  # noqa: PLR0915 - one straight line, read from top to bottom
    recipe: Recipe,
    pool: Pool,
    labels: Sequence[str],
    recorded: Collection[str],
    folder: Path,
    check: Check,
) -> None:
    """Train and save the network as HDF5, with the mean and deviation its pictures need.

    Args:
        recipe: All numbers.
        pool: What to learn from.
        labels: The outputs, in their order.
        recorded: Those that recordings teach. Of the others the teacher's opinion is not asked: it
            was taught by recordings, and calls a computed alarm what it likes.
        folder: Gets network.h5, normal.json and, while running, checkpoints.
        check: Asked now and then how well the network does; for the log alone.
    """
    run = recipe.run
    keras.utils.set_random_seed(run.seed)
    wanted = recipe.picture.input()

    # One mean and one deviation for all cells: the network gets numbers around 0.
    some = pool.pictures[:: max(1, len(pool.pictures) // NORMALISING_SCENES)].astype(np.float32)
    normal = Normal(float(some.mean()), float(some.std()))

    network = small.build(
        (wanted.frames, wanted.bands),
        len(labels),
        stem=run.stem,
        widths=run.widths,
        embedding=run.embedding,
        dropout=run.dropout,
    )
    pupil = _pupil(network, pool)
    optimizer = adamw(
        pupil, steps=run.steps, learning_rate=run.learning_rate, weight_decay=run.weight_decay
    )
    is_exclusive = recipe.output == "softmax"

    @tf.function  # type: ignore[untyped-decorator]
    def learn(pictures: tf.Tensor, targets: tf.Tensor, taught: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits, said = pupil(pictures, training=True)
            if is_exclusive:
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
            else:
                wrong = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
                loss = tf.reduce_mean(tf.reduce_sum(wrong, axis=1))
            if run.teacher:
                loss += run.teacher * tf.reduce_mean((said - taught) ** 2)
        gradients = tape.gradient(loss, pupil.trainable_variables)
        optimizer.apply_gradients(zip(gradients, pupil.trainable_variables, strict=True))
        return loss

    # A checkpoint holds all that a run needs to go on as if it had never stopped. Another recipe
    # has checkpoints of its own; only how often it saves may change on the way.
    done = tf.Variable(0, dtype=tf.int64)
    checkpoint = tf.train.Checkpoint(network=pupil, optimizer=optimizer, done=done)
    place = folder / f"checkpoints-{_fingerprint(recipe)}"
    keeper = tf.train.CheckpointManager(checkpoint, str(place), max_to_keep=1)
    if keeper.restore_or_initialize():
        log.info("train: going on at step %d", int(done))

    asked = _targets(recipe, pool, [label in recorded for label in labels], place)
    started_s, started_at, losses = time.monotonic(), int(done), []
    for pictures, targets, taught in _ahead(recipe, pool, asked, range(int(done), run.steps)):
        losses.append(float(learn(normal(pictures)[..., None], targets, taught)))
        step = int(done.assign_add(1))
        if step % SAY_EVERY == 0:
            left_s = (time.monotonic() - started_s) / (step - started_at) * (run.steps - step)
            loss = np.mean(losses[-SAY_EVERY:])
            log.info("train: step %d of %d, loss %.3f, %.0f s left", step, run.steps, loss, left_s)
        if step % run.save_every == 0 or step == run.steps:
            keeper.save()
            log.info("train: step %d, check %.3f", step, check(network, normal))

    network.save(folder / NETWORK)
    (folder / NORMAL).write_bytes(msgspec.json.encode(normal))


def _pupil(network: keras.Model, pool: Pool) -> keras.Model:
    """The network, and beside its outputs what it believes the teacher says."""
    heard = network.get_layer(small.EMBEDDING).output
    said = keras.layers.Dense(max(1, pool.taught.shape[1]), name="taught")(heard)
    return keras.Model(network.input, [network.output, said])


def _targets(
    recipe: Recipe, pool: Pool, doubts: Sequence[bool], place: Path
) -> NDArray[np.float16]:
    """What the network shall say of each scene: its labels, and what the teacher makes of it."""
    file = place / OPINIONS
    if not recipe.run.opinion:
        return pool.targets
    if not file.is_file():
        place.mkdir(parents=True, exist_ok=True)
        said = opinions(pool, is_exclusive=recipe.output == "softmax", seed=recipe.run.seed)
        with written(file) as kept:  # a run that goes on learns from the same
            np.save(kept, said)
    share = np.where(doubts, np.float16(recipe.run.opinion), np.float16(0.0))
    targets: NDArray[np.float16] = (1 - share) * pool.targets + share * np.load(file)
    return targets


def _fingerprint(recipe: Recipe) -> str:
    """Name what a recipe trains, whatever it is called and however often it saves."""
    saved = msgspec.structs.replace(recipe.run, save_every=1)
    trained = [recipe.picture, recipe.mixing, recipe.varying, saved, recipe.sounds, recipe.output]
    return f"{zlib.crc32(msgspec.json.encode(trained)):08x}"


def _ahead(
    recipe: Recipe, pool: Pool, targets: NDArray[np.float16], steps: range
) -> Generator[Batch, None, None]:
    """Yield one batch a step, made by a thread beside the training."""
    mean, deviation = pool.said
    size, seed = recipe.run.batch, recipe.run.seed

    def batch(step: int) -> Batch:
        random = np.random.default_rng((seed, step))  # the same in each run
        chosen = random.integers(len(pool.pictures), size=size)
        pictures = vary(
            pool.pictures[chosen].astype(np.float32),
            recipe.varying,
            floor_db=recipe.picture.floor_db,
            random=random,
        )
        taught = (pool.taught[chosen].astype(np.float32) - mean) / deviation
        return pictures, targets[chosen].astype(np.float32), taught

    left = iter(steps)
    with ThreadPoolExecutor(max_workers=1) as thread:
        ordered = deque(thread.submit(batch, step) for step in islice(left, AHEAD))
        while ordered:
            made = ordered.popleft().result()
            ordered.extend(thread.submit(batch, step) for step in islice(left, 1))
            yield made


def accuracy(network: keras.Model, normal: Normal, clips: Sequence[tuple[Floats, int]]) -> float:
    """Share of clips whose best label is right; each is its windows in dB and its label."""
    if not clips:
        return 0.0
    windows = normal(np.concatenate([pictures for pictures, _ in clips]))[..., None]
    logits = network.predict(windows, verbose=0, batch_size=256)
    ends = np.cumsum([len(pictures) for pictures, _ in clips])[:-1]
    chances = np.split(1.0 / (1.0 + np.exp(-logits)), ends)
    best = [int(chance.mean(axis=0).argmax()) for chance in chances]
    return float(np.mean([one == label for one, (_, label) in zip(best, clips, strict=True)]))
