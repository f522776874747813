"""Both TFLite runtimes judge alike, and name the kinds of file that they cannot load.

Runs on the runtime of this environment; `test_all_of_this_holds_on_the_old_runtime` runs this file
once more on tflite-runtime 2.14, in an environment of its own.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from contract.errors import BundleError
from node.bundle import LogMelInput, load
from node.classifier import Classifier
from node.spectra import Floats

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
KINDS = ("float32", "float16", "dynamic", "int8-float-io", "int8")
OLD_RUNTIME = not find_spec("ai_edge_litert")
UNLOADABLE = {"dynamic": "FULLY_CONNECTED"} if OLD_RUNTIME else {}
"""What tflite-runtime 2.14 says to a file of TF 2.21: its operators are newer."""
OLD_ENVIRONMENT = ROOT / ".venv-tflite"
OLD_PACKAGES = ("tflite-runtime==2.14.0", "numpy<2", "msgspec", "pytest")

LOADABLE = [kind for kind in KINDS if kind not in UNLOADABLE]


def alarm(samples: int) -> Floats:
    turns = 2.0 * np.pi * 3100.0 * np.arange(samples) / 16_000
    return (0.3 * np.sin(turns)).astype(np.float32)


def hiss(samples: int) -> Floats:
    return (0.1 * np.random.default_rng(0).standard_normal(samples)).astype(np.float32)


def judged(bundle: Path, samples: Floats) -> dict[str, float]:
    classifier = Classifier(load(bundle))
    wanted = classifier.bundle.manifest.input
    heard = wanted.log_mel(samples) if isinstance(wanted, LogMelInput) else samples
    return dict(zip(classifier.sounds, map(float, classifier.scores(heard)), strict=True))


@pytest.mark.parametrize("kind", LOADABLE)
def test_every_loadable_kind_hears_the_alarm(kind: str) -> None:
    assert judged(DATA / "tiny_kinds" / kind, alarm(32_000))["smoke_alarm"] > 0.8


@pytest.mark.parametrize("kind", LOADABLE)
def test_every_loadable_kind_keeps_quiet_for_noise(kind: str) -> None:
    assert judged(DATA / "tiny_kinds" / kind, hiss(32_000))["background"] > 0.8


@pytest.mark.parametrize("kind", LOADABLE)
def test_every_loadable_kind_says_what_float_says(kind: str) -> None:
    scores = judged(DATA / "tiny_kinds" / kind, alarm(32_000))
    assert scores == pytest.approx(judged(DATA / "tiny_kinds" / "float32", alarm(32_000)), abs=0.1)


@pytest.mark.parametrize(("kind", "reason"), UNLOADABLE.items())
def test_unloadable_kind_is_refused_with_the_runtimes_reason(kind: str, reason: str) -> None:
    folder = DATA / "tiny_kinds" / kind
    with pytest.raises(BundleError, match=f"cannot run model.tflite: .*{reason}") as caught:
        Classifier(load(folder))
    assert str(folder) in str(caught.value)


def test_shares_of_a_softmax_add_up_to_one() -> None:
    assert sum(judged(DATA / "tiny_kinds" / "float32", hiss(32_000)).values()) <= 1.001


def test_waveform_network_hears_samples_themselves() -> None:
    scores = judged(DATA / "tiny_waveform", alarm(15_600))
    assert scores["smoke_alarm"] > 0.8
    assert scores["beep_bleep_other"] < 0.2


def test_same_window_has_the_same_scores_again() -> None:
    bundle = load(DATA / "tiny_bundle")
    classifier = Classifier(bundle)
    picture = np.full(bundle.manifest.input.shape, -30.0, np.float32)
    first = classifier.scores(picture)
    classifier.scores(picture - 20.0)
    assert (classifier.scores(picture) == first).all()


@pytest.mark.skipif(OLD_RUNTIME, reason="this is the old runtime")
@pytest.mark.timeout(600)
def test_all_of_this_holds_on_the_old_runtime() -> None:
    from tests.real import need  # noqa: PLC0415 - the old environment has nothing but pytest

    python = OLD_ENVIRONMENT / "bin" / "python"
    problem = _make_old_environment(python)
    need(not problem, f"tflite-runtime 2.14 (Python 3.11): {problem}")
    plain = ["-p", "no:cacheprovider", "--noconftest", "-o", "addopts=", "-o", "filterwarnings="]
    command = [str(python), "-m", "pytest", *plain, "--import-mode=importlib", "-rA", __file__]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "[dynamic-FULLY_CONNECTED]" in done.stdout


def _make_old_environment(python: Path) -> str:
    """Make the environment unless it is there; return what went wrong."""
    made = OLD_ENVIRONMENT / ".made"
    wanted = "\n".join(OLD_PACKAGES)
    if made.is_file() and made.read_text(encoding="utf-8") == wanted:
        return ""
    base = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
    if not base:
        return "no python3.11 on the PATH"
    quiet = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore")
    for command in (
        [base, "-m", "venv", "--clear", str(OLD_ENVIRONMENT)],
        [str(python), "-m", "pip", "install", "--quiet", *OLD_PACKAGES],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=quiet)
        if done.returncode:
            return f"{done.stdout}{done.stderr}"[-1000:]
    made.write_text(wanted, encoding="utf-8")
    return ""
