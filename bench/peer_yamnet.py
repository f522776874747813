"""The peer: YAMNet run as Frigate 0.17 runs it, in a process of its own.

One interpreter with one thread, chunks of 15,600 samples without overlap, judged where their RMS
reaches 500 of 32,768; a label counts above 0.8. No ffmpeg and no IPC: that favours the peer.
"""

import json
import resource
import sys
import time
import wave
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

CHUNK = 15_600
MIN_VOLUME = 500
THRESHOLD = 0.8


def main(model: str, wav: str) -> None:
    """Judge one WAV file back to back and print CPU seconds, RSS and how often a label passed."""
    network = Interpreter(model_path=model, num_threads=1)
    network.allocate_tensors()
    given, got = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
    passed = 0
    began_s = time.process_time()
    with wave.open(wav, "rb") as audio:
        while len(pcm := audio.readframes(CHUNK)) == 2 * CHUNK:
            samples = np.frombuffer(pcm, "<i2").astype(np.float32)
            if np.sqrt(np.mean(samples**2)) < MIN_VOLUME:
                continue
            network.set_tensor(given, samples / 32768.0)
            network.invoke()
            passed += int(network.get_tensor(got).max() > THRESHOLD)
    print(
        json.dumps(
            {
                "cpu_s": time.process_time() - began_s,
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "passed": passed,
            }
        )
    )


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), str(Path(sys.argv[2])))
