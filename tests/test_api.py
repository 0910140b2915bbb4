import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image as PillowImage

import neurocyte
from neurocyte.errors import InputError, ModelError, UsageError

MakeModel = Callable[..., Path]


@pytest.fixture
def pixels() -> np.ndarray:
    image = np.zeros((40, 50), np.uint8)
    image[5:15, 5:25] = 255
    return image


def test_segments_an_array_a_file_and_with_a_loaded_model(
    make_model: MakeModel, pixels: np.ndarray, tmp_path: Path
) -> None:
    path = make_model()
    PillowImage.fromarray(pixels).save(tmp_path / "cell.png")
    loaded = neurocyte.load_model(path, precision="fp32", threads=1, tile_size=32)
    for image, model in (
        (pixels, path),
        (tmp_path / "cell.png", str(path)),
        (str(tmp_path / "cell.png"), loaded),
    ):
        result = neurocyte.segment(image, model)
        assert_array_equal(result.labels, pixels // 255)
        assert list(result.table["area_px"]) == [200]
    assert loaded.tile.size == 32
    assert loaded.runtime.describe()["precision"] == "fp32"


def test_the_files_pixel_size_is_used_unless_another_is_given(
    make_model: MakeModel, pixels: np.ndarray, tmp_path: Path
) -> None:
    import tifffile

    file = tmp_path / "cell.tif"
    tifffile.imwrite(file, pixels, imagej=True, resolution=(2, 2), metadata={"unit": "um"})
    model = neurocyte.load_model(make_model())
    assert_allclose(neurocyte.segment(file, model).table["area_um2"], [200 / 4])
    assert_allclose(neurocyte.segment(file, model, pixel_size_um=2.0).table["area_um2"], [200 * 4])


def test_options_reach_the_segmenter(make_model: MakeModel, pixels: np.ndarray) -> None:
    pixels[30:35, 30:35] = 153
    path = make_model()
    assert neurocyte.segment(pixels, path, task="mask").labels.max() == 2
    assert neurocyte.segment(pixels, path, min_confidence=0.95).labels.max() == 1
    assert len(neurocyte.load_model(path, tta=True).flips) == 4


def test_one_plane_of_a_file(make_model: MakeModel, pixels: np.ndarray, tmp_path: Path) -> None:
    import tifffile

    stack = np.zeros((2, 3, 2, *pixels.shape), np.uint8)
    stack[1, 2, 1] = pixels
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, metadata={"axes": "TZCYX"})
    model = neurocyte.load_model(make_model())
    for how, count in (("max", 1), (2, 1), (0, 0)):
        found = neurocyte.segment(tmp_path / "a.tif", model, channel=1, z_projection=how, time=1)
        assert len(found.table) == count
    with pytest.raises(InputError, match="--channel"):
        neurocyte.segment(tmp_path / "a.tif", model, time=1)
    with pytest.raises(UsageError, match="index the array"):
        neurocyte.segment(pixels, model, channel=0)


def test_a_missing_model_is_never_replaced(pixels: np.ndarray) -> None:
    with pytest.raises(ModelError, match="There is no model 'nothing'"):
        neurocyte.segment(pixels, "nothing")


def test_measure() -> None:
    labels = np.zeros((6, 6), np.uint16)
    labels[1:3, 1:4] = 1
    # Twice: a module of the function's name would hide it once it is imported.
    for _ in range(2):
        table = neurocyte.measure(labels, pixel_size_um=0.5)
        assert list(table["area_px"]) == [6]
        assert list(table["area_um2"]) == [1.5]


def test_version() -> None:
    try:
        expected = version("neurocyte")
    except PackageNotFoundError:
        pytest.skip("neurocyte is not installed, so it has no version")
    assert neurocyte.__version__ == expected


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'neurocyte' has no attribute 'segmentt'"):
        neurocyte.segmentt  # noqa: B018


def loaded_modules(code: str) -> set[str]:
    program = f"import sys; {code}; print(*{{name.split('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True
        ).stdout.split()
    )


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not loaded_modules("import neurocyte") & {"numpy", "pandas", "scipy", "skimage", "openvino", "PIL"}


def test_inference_imports_no_training_libraries() -> None:
    modules = loaded_modules("import neurocyte.segmentation, neurocyte.measurement")
    assert "openvino" in modules
    assert not modules & {"torch", "timm", "lightning", "matplotlib", "onnx"}
