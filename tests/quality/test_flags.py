"""Flags against a reference made of noise, and the reference as a file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from neurocyte.errors import ModelError, UsageError
from neurocyte.io.images import read_image
from neurocyte.models.config import InputConfig
from neurocyte.models.folder import load_model
from neurocyte.quality import FLAGS, Reference, assess, statements
from neurocyte.quality.measures import EARLIER, FEATURES, features_of

CONFIG = InputConfig()


def image(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(96, 96))
    smooth = ndimage.gaussian_filter(values, 1) + ndimage.gaussian_filter(values, 4) * 2
    return (smooth * 60 + 128).clip(1, 254).astype(np.uint8)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.of(features_of(image(seed), CONFIG) for seed in range(40))


def flags(pixels: np.ndarray, count: int, reference: Reference | None) -> str:
    return assess(pixels, count, CONFIG, None, reference).flags


def test_images_of_the_same_kind_have_no_flag(reference: Reference) -> None:
    assert [flags(image(seed), 3, reference) for seed in range(100, 110)] == [""] * 10


def test_each_flag_has_its_cause(reference: Reference) -> None:
    usual = image(100)
    assert flags(usual, 0, reference) == "empty"
    burnt = usual.copy()
    burnt[:1] = 255
    assert flags(burnt, 1, None) == "saturated"
    blurred = assess(ndimage.gaussian_filter(usual, 2), 1, CONFIG, None, reference)
    assert blurred.flags == "out of focus; unlike the training data"
    assert blurred.sharpness is not None
    assert blurred.sharpness < -3
    noisy = np.random.default_rng(0).integers(1, 254, usual.shape).astype(np.uint8)
    assert flags(noisy, 1, reference) == "unlike the training data"


def test_without_a_reference_nothing_is_said_of_focus_and_likeness() -> None:
    quality = assess(ndimage.gaussian_filter(image(0), 3), 1, CONFIG, None, None)
    assert (quality.flags, quality.sharpness, quality.unlikeness) == ("", None, None)
    said = statements(None)
    assert tuple(said) == FLAGS
    assert said["out of focus"].startswith("Not judged")


def test_the_limit_follows_from_the_images_own_distances(reference: Reference) -> None:
    own = [reference.distance(features_of(image(seed), CONFIG)) for seed in range(40)]
    assert np.percentile(own, 90) < reference.limit < 3
    # The mean itself is at no distance, and one standard deviation in one statistic is a definite one.
    mean, std = np.array(reference.mean), np.array(reference.std)
    assert reference.distance(mean) == 0
    step = np.zeros(len(mean))
    step[0] = std[0]
    expected = (reference.inverse[0][0] / len(mean)) ** 0.5
    assert reference.distance(mean + step) == pytest.approx(expected)


def test_few_images_are_no_reference() -> None:
    with pytest.raises(UsageError, match="9 images are too few: give at least 10"):
        Reference.of(np.zeros((9, len(FEATURES))))


def test_a_reference_of_before_has_fewer_statistics_and_is_judged_by_those(reference: Reference) -> None:
    inverse = tuple(row[:EARLIER] for row in reference.inverse[:EARLIER])
    earlier = Reference(
        reference.images, FEATURES[:EARLIER], reference.mean[:EARLIER], reference.std[:EARLIER], inverse, 1.0
    )
    features = np.array(reference.mean)
    features[EARLIER:] += 1000
    assert earlier.distance(features) == 0
    assert "(12 statistics" in statements(earlier)["unlike the training data"]
    with pytest.raises(ValueError, match="not those of this version"):
        Reference(reference.images, FEATURES[:5], reference.mean, reference.std, inverse, 1.0)


def with_reference(folder: Path, text: str | None = None, reference: Reference | None = None) -> Path:
    config = json.loads((folder / "config.json").read_text())
    if text is None:
        assert reference
        config["files"]["reference.json"] = reference.save(folder)
    else:
        (folder / "reference.json").write_text(text)
        config["files"]["reference.json"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_model_folder_gives_back_what_was_saved(
    make_model: Callable[..., Path], reference: Reference
) -> None:
    assert Reference.load(load_model(make_model("without"))) is None
    folder = with_reference(make_model("with"), reference=reference)
    assert Reference.load(load_model(folder)) == reference


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not valid"),
        ("[]", "is not valid"),
        ('{"format": "x", "format_version": 1}', "its format is unk"),
    ],
)
def test_a_file_that_is_none_is_named(make_model: Callable[..., Path], text: str, sentence: str) -> None:
    model = load_model(with_reference(make_model(), text))
    with pytest.raises(ModelError, match=sentence):
        Reference.load(model)


def test_a_damaged_or_missing_file_is_named(make_model: Callable[..., Path], reference: Reference) -> None:
    folder = with_reference(make_model(), reference=reference)
    model = load_model(folder)
    (folder / "reference.json").write_text("{}")
    with pytest.raises(ModelError, match="checksum"):
        Reference.load(model)
    (folder / "reference.json").unlink()
    with pytest.raises(ModelError, match="Cannot read"):
        Reference.load(model)


@pytest.mark.parametrize("name", ["phase-contrast", "brightfield-neuron"])
def test_the_bundled_models_have_one(name: str) -> None:
    model = load_model(name)
    reference = Reference.load(model)
    assert reference is not None
    assert reference.images >= model.config.data["train"]


def test_real_images_are_usual_and_inverted_and_blurred_ones_are_not(data_root: Path) -> None:
    model = load_model("phase-contrast")
    reference = Reference.load(model)
    for path in sorted((data_root / "data" / "sartorius" / "unlabelled").glob("*.png"))[:3]:
        pixels = read_image(path).pixels
        assert assess(pixels, 1, model.config.input, None, reference).flags == ""
        blurred = assess(ndimage.gaussian_filter(pixels, 2), 1, model.config.input, None, reference)
        assert blurred.flags == "out of focus; unlike the training data"
