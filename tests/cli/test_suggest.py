"""`neurocyte suggest` as it is typed."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.cli import main


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A sure image (black and white) and an unsure one (all greys); tiny's probability follows grey."""
    folder = tmp_path / "images"
    folder.mkdir()
    sure = np.zeros((40, 60), np.uint8)
    sure[10:20, 10:30] = 255
    PillowImage.fromarray(sure).save(folder / "sure.png")
    PillowImage.fromarray(np.tile(np.linspace(100, 155, 60, dtype=np.uint8), (40, 1))).save(
        folder / "unsure.png"
    )
    return folder


def test_the_unsure_image_comes_first(
    images: Path, make_model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(make_model())
    assert main(["suggest", str(images), "--model", model]) == 0
    shown = capsys.readouterr().out
    assert shown.index("unsure") < shown.index(" sure")
    assert main(["suggest", str(images), "--model", model, "-n", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["images"], [one["image"] for one in result["suggestions"]]) == (2, ["unsure"])
    assert result["suggestions"][0]["unlikeness"] is None


def test_a_broken_image_is_named_and_the_rest_ranked(
    images: Path, make_model, capsys: pytest.CaptureFixture[str]
) -> None:
    (images / "broken.png").write_bytes(b"no picture")
    assert main(["suggest", str(images), "--model", str(make_model())]) == 1
    captured = capsys.readouterr()
    assert "broken.png is not a PNG, JPEG, BMP or TIFF image" in captured.err
    assert "unsure" in captured.out
    assert main(["suggest", str(images / "broken.png"), "--model", str(images.parent / "tiny")]) == 2
    assert "None of the images can be read" in capsys.readouterr().err
