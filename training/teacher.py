"""YAMNet as a teacher: what its last layer before the names says about a sound."""

import warnings
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from contract.errors import InputError
from node.spectra import Floats
from training.datasets.clip import SAMPLE_RATE_HZ

FILE = Path("yamnet") / "yamnet.tflite"
"""Beside the data sets; docs/models.md says where it comes from."""
SIZE = 1024
WINDOW_SAMPLES = 15_600
LAYER = "layer28/reduce_mean"
"""The mean over time and pitch, from which one more layer makes the 521 names' logits."""
PEAK = 0.5
"""It hears everything this loud: YAMNet adds 0.001 to each band, below which all is silence."""

Embeddings = NDArray[np.uint8]


class Teacher:
    """Says what YAMNet makes of a sound; for one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open Google's yamnet.tflite.

        Raises:
            InputError: It is not there, or another network.
        """
        if not path.is_file():
            raise InputError(f"{path}: the teacher is not there; docs/models.md says where from")
        with warnings.catch_warnings():  # that this is for looking inside
            warnings.filterwarnings("ignore", ".*experimental_preserve_all_tensors", UserWarning)
            self._runtime = Interpreter(
                model_path=str(path), num_threads=1, experimental_preserve_all_tensors=True
            )
        self._runtime.allocate_tensors()
        layers = [
            tensor["index"]
            for tensor in self._runtime.get_tensor_details()
            if tensor["name"].endswith(LAYER) and tensor["shape"].prod() == SIZE
        ]
        if len(layers) != 1:
            raise InputError(f"{path}: has no layer {LAYER} of {SIZE} numbers: not YAMNet's file")
        self._input = self._runtime.get_input_details()[0]["index"]
        self._layer = layers[0]

    def embedding(self, samples: Floats) -> Embeddings:
        """Return YAMNet's embedding of a sound: the mean over windows that just cover it.

        Args:
            samples: Mono at 16 kHz, any level, shape (n,), at least 0.975 s.

        Returns:
            Steps of the layer's own int8 scale above its lowest, 0..255, shape (1024,).
        """
        loud = samples * np.float32(PEAK / max(float(np.abs(samples).max()), 1e-6))
        windows = -(-len(loud) // SAMPLE_RATE_HZ)
        starts = np.linspace(0, len(loud) - WINDOW_SAMPLES, windows).astype(int)
        heard = [self._window(loud[start : start + WINDOW_SAMPLES]) for start in starts]
        return np.asarray(np.round(np.mean(heard, axis=0)), np.uint8)

    def _window(self, samples: Floats) -> NDArray[np.int16]:
        self._runtime.set_tensor(self._input, samples)
        self._runtime.invoke()
        steps: NDArray[np.int8] = self._runtime.get_tensor(self._layer).ravel()
        return steps.astype(np.int16) - np.iinfo(np.int8).min
