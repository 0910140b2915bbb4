"""A package that bioimageio.core validates and runs, and that comes back as the model it was."""

import gc
import json
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image as PillowImage

from neurocyte import load_model
from neurocyte.cli import main
from neurocyte.errors import ModelError, UsageError
from neurocyte.io.images import read_image
from neurocyte.sharing.importing import import_model

core = pytest.importorskip("bioimageio.core")
pytest.importorskip("onnxruntime")

from bioimageio.core.digest_spec import create_sample_for_model  # noqa: E402
from bioimageio.spec import load_model_description  # noqa: E402

from neurocyte.sharing import bioimageio as bioimageio_module  # noqa: E402
from neurocyte.sharing.bioimageio import write_package  # noqa: E402

# Its readers leave files open until they are collected.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
MakeModel = Callable[..., Path]

INPUT = {
    "channels": "grey",
    "intensity": "percentile",
    "percentiles": [0.5, 99.5],
    "mean": [0.4, 0.5, 0.6],
    "std": [0.3, 0.2, 0.25],
    "pixel_size_um": None,
    "resize": {"mode": "scale", "factor": 1.0},
}
LINE = "Weights: non-commercial research only. Code: MIT."


@pytest.fixture
def folder(make_blurring: MakeModel) -> Path:
    folder = make_blurring(input=INPUT, license=LINE)
    (folder / "MODEL_CARD.md").write_text("# tiny\n\nA card.\n")
    return folder


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    """Close the files that bioimageio leaves open, before they are another test's warnings."""
    yield
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


def predict(package: Path, pixels: np.ndarray) -> Any:
    """Let bioimageio.core give the probabilities of a grey image."""
    description = load_model_description(package)
    sample = create_sample_for_model(description, inputs={"raw": pixels[None, None]})
    with core.create_prediction_pipeline(description) as pipeline:
        result = pipeline.predict_sample_without_blocking(sample)
    return result.members["probability"].data.to_numpy()[0]


def test_the_package(folder: Path, tmp_path: Path, data_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROCYTE_MODELS", str(tmp_path / "user-models"))
    out = tmp_path / "package.zip"
    package = write_package(folder, out, ["A. Name"])
    assert (package.license, package.size_bytes) == (LINE, out.stat().st_size)
    assert core.test_model(out).status == "passed"
    with zipfile.ZipFile(out) as archive:
        described = yaml.safe_load(archive.read("rdf.yaml"))
        assert archive.read("LICENSE.txt").decode().startswith(LINE)
        text = archive.read("README.md").decode()
        archive.extract("cover.png", tmp_path)
    assert described["license"]["source"] == "LICENSE.txt"
    assert described["authors"] == [{"name": "A. Name"}]
    assert described["cite"][0]["doi"] == "10.24996/ijs.2023.64.4.37"
    assert len(described["weights"]["onnx"]["sha256"]) == 64
    assert described["config"]["neurocyte"] == json.loads((folder / "config.json").read_text())
    assert text.startswith("# tiny\n\nA card.\n\n## In this package")
    assert f"Licence: {LINE}" in text
    with PillowImage.open(tmp_path / "cover.png") as cover:
        assert cover.size == (512, 256)

    image = read_image(sorted((data_root / "data/sartorius/train").glob("*.png"))[0]).pixels
    segmenter = load_model(folder, precision="fp32", threads=1, tile_size=768)
    ours = segmenter.probabilities(image)
    assert np.ptp(ours) > 0.5
    np.testing.assert_allclose(predict(out, image.astype(np.float32)), ours, atol=1e-4)

    back = import_model(out)
    assert back.name == "tiny"
    for name in ("config.json", "model.onnx", "MODEL_CARD.md"):
        assert (back.path / name).read_bytes() == (folder / name).read_bytes()


def test_an_image_of_8_bits(make_blurring: MakeModel, tmp_path: Path) -> None:
    folder = make_blurring("8-bit", input={**INPUT, "intensity": "dtype"}, license="CC BY 4.0")
    out = tmp_path / "package.zip"
    assert write_package(folder, out, ["A. Name"]).license == "CC-BY-4.0"
    pixels = np.random.default_rng(0).integers(0, 256, (70, 83), dtype=np.uint8)
    ours = load_model(folder, precision="fp32", threads=1, tile_size=128).probabilities(pixels)
    np.testing.assert_allclose(predict(out, pixels), ours, atol=1e-4)


@pytest.mark.parametrize(
    ("line", "given", "stated"),
    [
        ("MIT", None, "MIT"),
        ("Weights: CC0 1.0, like the data. Code: MIT.", None, "CC0-1.0"),
        ("not stated", None, None),
        ("not stated", "CC-BY-NC-4.0", "CC-BY-NC-4.0"),
        (LINE, None, None),
    ],
)
def test_the_licence_is_stated_where_it_is_known(
    make_model: MakeModel, line: str, given: str | None, stated: str | None
) -> None:
    from neurocyte.models import load_model as load

    model = load(make_model(license=line))
    assert bioimageio_module._license(model, given) == stated


def test_an_unknown_licence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'Free' is no licence identifier of SPDX"):
        write_package(folder, tmp_path / "a.zip", ["A. Name"], "Free")


def test_a_package_that_fails_is_not_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = bioimageio_module.make_example

    def wrong(model: Any) -> Any:
        example = make(model)
        example.maps[:] = 1 - example.maps
        return example

    monkeypatch.setattr(bioimageio_module, "make_example", wrong)
    with pytest.raises(ModelError, match=r"did not pass bioimageio\.core's test \(Output 'probability'"):
        write_package(folder, tmp_path / "a.zip", ["A. Name"])
    assert not (tmp_path / "a.zip").exists()


def test_the_command(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[Any, ...]] = []

    def write(*arguments: Any) -> bioimageio_module.Package:
        asked.append(arguments)
        return bioimageio_module.Package(tmp_path / "a.zip", 1_500_000, "MIT")

    monkeypatch.setattr(bioimageio_module, "write_package", write)
    call = ["export", str(folder), "--to", "bioimageio", "-o", str(tmp_path / "a.zip")]
    assert main([*call, "--author", "A. Name", "--author", "B. Name", "--license", "MIT"]) == 0
    assert capsys.readouterr().out == (
        f"{tmp_path / 'a.zip'}: 1.5 MB, passed bioimageio.core's test. Licence: MIT\n"
    )
    assert asked == [(folder, tmp_path / "a.zip", ["A. Name", "B. Name"], "MIT")]
    assert main(call) == 2
    assert "name them by --author" in capsys.readouterr().err
