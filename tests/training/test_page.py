"""docs/quantization.md: each command writes its own sections and leaves the others."""

from pathlib import Path

from training.page import told, write
from training.runtimes import REFUSED, Told


def one(network: str, share: float | None) -> Told:
    return Told(network=network, kind="int8", runtime="here", recordings=24, share=share)


def test_a_network_told_again_replaces_its_own_section_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write(page, "Table 2", "as it was")
    told(page, [one("paper", 0.5), one("household", 0.75)], "command")
    told(page, [one("household", None)], "another")
    sections = page.read_text(encoding="utf-8").split("\n## ")[1:]
    titles = [section.partition("\n")[0] for section in sections]
    assert titles == ["Table 2", "On both runtimes: paper", "On both runtimes: household"]
    assert "as it was" in sections[0]
    assert "| int8 | here | 24 | 50.0 % |" in sections[1]
    assert f"| int8 | here | 24 | {REFUSED} |" in sections[2]
    assert "`another`" in sections[2]
