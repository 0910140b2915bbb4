from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.io.images import read_image
from neurocyte.io.labels import read_labels

Captured = pytest.CaptureFixture[str]


def test_images_with_their_truth(tmp_path: Path, capsys: Captured) -> None:
    options = ["--kind", "astro", "--seed", "3", "--cells", "2", "--size", "96x128"]
    assert main(["simulate", "-o", str(tmp_path), "-n", "2", *options]) == 0
    said = f"2 images in {tmp_path / 'images'}, their truth in {tmp_path / 'labels'}\n"
    assert capsys.readouterr().out == said
    for stem in ("astro_0000", "astro_0001"):
        assert read_image(tmp_path / "images" / f"{stem}.png").pixels.shape == (96, 128)
        assert read_labels(tmp_path / "labels" / f"{stem}.tif").max() == 2


def test_the_seed_decides(tmp_path: Path) -> None:
    def first(name: str, *options: str) -> bytes:
        folder = tmp_path / name
        arguments = ["-o", str(folder), "-n", "1", "--size", "64x64", "--quiet", *options]
        assert main(["simulate", *arguments]) == 0
        return (folder / "images" / "cort_0000.png").read_bytes()

    assert first("a") == first("b", "--seed", "0")
    assert first("a") != first("c", "--seed", "1")


def test_too_small(tmp_path: Path, capsys: Captured) -> None:
    assert main(["simulate", "-o", str(tmp_path / "out"), "-n", "1", "--size", "8x8"]) == 2
    assert "too small" in capsys.readouterr().err
