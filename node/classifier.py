"""The door to the TFLite runtime: a picture or a waveform in, one score a sound out."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

from contract.errors import BundleError, UnavailableError
from node.bundle import Bundle, LogMelInput, load
from node.spectra import Floats

LARGEST_LOGIT = 60.0
"""exp(60) is far inside float32; beyond it a sigmoid is 0 or 1 anyway."""
STDERR = 2

AnyArray = NDArray[np.generic]


class Tensor(TypedDict):
    """What the runtime says about one tensor, as far as we read it."""

    index: int
    shape: NDArray[np.int32]
    dtype: type[np.generic]
    quantization: tuple[float, int]


class Interpreter(Protocol):
    """What both runtimes offer, as far as we use it."""

    def allocate_tensors(self) -> None:
        """Make ready to run."""

    def get_input_details(self) -> list[Tensor]:
        """Describe the inputs."""

    def get_output_details(self) -> list[Tensor]:
        """Describe the outputs."""

    def set_tensor(self, index: int, value: AnyArray) -> None:
        """Fill an input."""

    def invoke(self) -> None:
        """Run the network once."""

    def get_tensor(self, index: int) -> AnyArray:
        """Read an output."""


class Classifier:
    """Judges pictures or waveforms with the network of one bundle; for one thread at a time.

    Attributes:
        bundle: Where the network comes from.
        sounds: What it can hear, in the order of the scores; "background" is one of them.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        """Open the network.

        Raises:
            BundleError: The runtime cannot run it, or its shapes are not the manifest's.
        """
        self.bundle = bundle
        manifest = bundle.manifest
        label_sounds = [manifest.sound_of(label) for label in manifest.labels]
        self.sounds: tuple[str, ...] = tuple(dict.fromkeys(label_sounds))
        order = {sound: index for index, sound in enumerate(self.sounds)}
        self._sound_of_output = np.array([order[sound] for sound in label_sounds])
        self._runtime = _open(bundle, threads)
        self._input = self._runtime.get_input_details()[0]
        self._output, self._embedding = self._outputs()
        self._limits = _limits(self._input)
        self._check_shapes()

    def scores(self, heard: Floats) -> Floats:
        """Judge one window.

        Args:
            heard: A log-mel picture in dB, shape (frames, bands), or samples in -1..1, shape
                (window_samples,), as the manifest's input says.

        Returns:
            One score a sound in 0..1, shape (sounds,): the highest of the labels that mean it.
        """
        outputs = self.outputs(heard)
        if self.bundle.manifest.output == "softmax":
            outputs = _softmax(outputs)
        elif self.bundle.manifest.output == "sigmoid":
            outputs = _sigmoid(outputs)
        scores = np.zeros(len(self.sounds), np.float32)
        np.maximum.at(scores, self._sound_of_output, outputs)
        return np.clip(scores, 0.0, 1.0)

    def outputs(self, heard: Floats) -> Floats:
        """Run the network on one window and return its own numbers, shape (labels,)."""
        wanted = self.bundle.manifest.input
        if isinstance(wanted, LogMelInput):
            heard = (heard - np.float32(wanted.mean_db)) / np.float32(wanted.std_db)
        shaped = heard.reshape(self._input["shape"])
        self._runtime.set_tensor(
            self._input["index"], _quantized(shaped, self._input, self._limits)
        )
        self._runtime.invoke()
        return _dequantized(self._runtime.get_tensor(self._output["index"]), self._output)

    def embedding(self) -> Floats:
        """Return what the window judged last is like, shape (manifest.embedding,); (0,) without."""
        if self._embedding is None:
            return np.zeros(0, np.float32)
        return _dequantized(self._runtime.get_tensor(self._embedding["index"]), self._embedding)

    def _outputs(self) -> tuple[Tensor, Tensor | None]:
        """Tell scores and embedding apart by their sizes: a converter orders them as it likes."""
        given = self._runtime.get_output_details()
        wanted = self.bundle.manifest.embedding
        if not wanted:
            return given[0], None
        fitting = [one for one in given if int(np.prod(one["shape"])) == wanted]
        others = [one for one in given if int(np.prod(one["shape"])) != wanted]
        if len(fitting) != 1 or len(others) != 1:
            sizes = ", ".join(str(int(np.prod(one["shape"]))) for one in given)
            raise BundleError(
                f"bundle {self.bundle.folder}: the network has outputs of {sizes} numbers, the"
                f" manifest wants one of {wanted} for the embedding and one for the labels"
            )
        return others[0], fitting[0]

    def _check_shapes(self) -> None:
        manifest, name = self.bundle.manifest, self.bundle.folder
        takes, wanted = _without_ones(self._input["shape"]), _without_ones(manifest.input.shape)
        if takes != wanted:
            raise BundleError(
                f"bundle {name}: the network takes {takes}, the manifest says {wanted}"
            )
        gives, labels = int(np.prod(self._output["shape"])), len(manifest.labels)
        if gives != labels:
            raise BundleError(
                f"bundle {name}: the network has {gives} outputs, the manifest {labels} labels"
            )


def open_first(folders: Sequence[Path]) -> tuple[Classifier, str]:
    """Open the first bundle that holds together; a broken one is refused, the next one kept.

    Returns:
        The opened network, and why bundles before it were refused, empty where none was.

    Raises:
        BundleError: None of them can be used; a sentence each.
        UnavailableError: There is no TFLite runtime.
    """
    refused: list[str] = []
    for folder in folders:
        try:
            return Classifier(load(folder)), "; ".join(refused)
        except BundleError as error:
            refused.append(str(error))
    raise BundleError("\n".join(refused))


def _open(bundle: Bundle, threads: int) -> Interpreter:
    """Map the network into memory and make it ready."""
    runtime = _runtime()
    try:
        with _quietly():
            opened: Interpreter = runtime(model_path=str(bundle.model_path), num_threads=threads)
            opened.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BundleError(
            f"bundle {bundle.folder}: this runtime cannot run {bundle.model_path.name}: {reason}"
        ) from error
    return opened


@contextmanager
def _quietly() -> Iterator[None]:
    """Let standard error lead nowhere meanwhile.

    The runtime's C++ says there which delegate it made, in the midst of our JSON lines, and has no
    switch for it. Its errors come as exceptions; a node has no other thread yet that logs.
    """
    kept, nowhere = os.dup(STDERR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(nowhere)


class _Runtime(Protocol):
    def __call__(self, *, model_path: str, num_threads: int) -> Interpreter: ...


def _runtime() -> _Runtime:
    """The maintained runtime, else the old one, which still serves 32-bit Raspberry Pi OS."""
    try:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
    except ModuleNotFoundError:
        try:
            from tflite_runtime.interpreter import Interpreter  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise UnavailableError("no TFLite runtime here: install soribit[node]") from error
    runtime: _Runtime = Interpreter
    return runtime


def _limits(tensor: Tensor) -> tuple[int, int] | None:
    """The least and the greatest whole number that a tensor holds, None where it holds floats."""
    if not np.issubdtype(tensor["dtype"], np.integer):
        return None
    info = np.iinfo(np.dtype(tensor["dtype"]).name)
    return int(info.min), int(info.max)


def _quantized(values: Floats, tensor: Tensor, limits: tuple[int, int] | None) -> AnyArray:
    """Turn numbers into what an input takes, by the file's own scale and zero point."""
    if limits is None:
        return values
    scale, zero_point = tensor["quantization"]
    return np.clip(np.round(values / scale + zero_point), *limits).astype(tensor["dtype"])


def _dequantized(values: AnyArray, tensor: Tensor) -> Floats:
    numbers: Floats = values.ravel().astype(np.float32)
    if not np.issubdtype(tensor["dtype"], np.integer):
        return numbers
    scale, zero_point = tensor["quantization"]
    return (numbers - np.float32(zero_point)) * np.float32(scale)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    scores: Floats = powers / powers.sum()
    return scores


def _sigmoid(logits: Floats) -> Floats:
    limited = np.clip(logits, -LARGEST_LOGIT, LARGEST_LOGIT)
    return np.float32(1.0) / (np.float32(1.0) + np.exp(-limited))


def _without_ones(shape: Iterable[int]) -> tuple[int, ...]:
    """A shape without the dimensions that only say "one of these"."""
    return tuple(int(size) for size in shape if size != 1)
