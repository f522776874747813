"""docs/quantization.md: each command writes its own sections and leaves the others."""

from pathlib import Path

from training.compare import Line
from training.page import table_2, told, write
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


def test_papers_figures_stand_beside_its_network_alone(tmp_path: Path) -> None:
    def line(network: str, kind: str, agreement: float | None, ms: float) -> Line:
        return Line(network, kind, 24_360_000, ms, 0.473, agreement)

    lines = [line("paper", "HDF5", 1.0, 18.0), line("paper", "float32", 1.0, 9.0)]
    lines += [line("paper", "int8", 0.963, 3.3), line("benchmark", "int8", None, 0.3)]
    table_2(tmp_path / "page.md", lines, 1124, "command", is_papers=True)
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| paper | int8 | 24.36 | 3.30 | 0.473 | 96.3 % | 24.59 | 0.6303 | 0.0001 |" in text
    assert "| benchmark | int8 | 24.36 | 0.30 | 0.473 |  |  |  |  |" in text
    assert "30 times faster (goal 20)" in text
    assert (tmp_path / "images" / "quantization.png").is_file()
