"""The peer: YAMNet run as Frigate 0.17 runs it, in a process of its own.

One interpreter with one thread, chunks of 15,600 samples without overlap, judged where their RMS
reaches 500 of 32,768; a label counts above 0.8. No ffmpeg and no IPC: that favours the peer. It
reads recordings by the library by which a node does.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
from ai_edge_litert.interpreter import Interpreter

CHUNK = 15_600
MIN_VOLUME = 500 / 32768
THRESHOLD = 0.8


def main(model: str, wav: str) -> None:
    """Judge one WAV file back to back and print CPU seconds, RSS and how often a label passed."""
    network = Interpreter(model_path=model, num_threads=1)
    network.allocate_tensors()
    given, got = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
    passed = 0
    began_s = time.process_time()
    for samples in soundfile.blocks(wav, CHUNK, dtype="float32"):
        if len(samples) < CHUNK or np.sqrt(np.mean(samples**2)) < MIN_VOLUME:
            continue
        network.set_tensor(given, samples)
        network.invoke()
        passed += int(network.get_tensor(got).max() > THRESHOLD)
    print(
        json.dumps(
            {
                "cpu_s": time.process_time() - began_s,
                "rss_mb": _rss_mb(),
                "passed": passed,
            }
        )
    )


def _rss_mb() -> float:
    # not getrusage's peak: what starts us counts in it
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), str(Path(sys.argv[2])))
