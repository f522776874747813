"""Writes manifests."""

from pathlib import Path

import msgspec

from node.bundle import MANIFEST, Manifest


def write(out: Path, manifest: Manifest) -> None:
    """Write a manifest into a bundle's folder, as people like to read it."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (out / MANIFEST).write_bytes(text + b"\n")
