from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neurocyte.io.annotations.sample import Annotation, Sample
from neurocyte.models import load_model
from neurocyte.models.config import ModelConfig
from neurocyte.quality import Reference, assess
from neurocyte.training.results import reference as reference_module
from neurocyte.training.results.reference import write_reference

MakeModel = Callable[..., Path]
MakeSamples = Callable[..., list[Sample]]


def test_a_trained_model_flags_what_is_unlike_its_images(
    make_model: MakeModel, make_samples: MakeSamples, tmp_path: Path
) -> None:
    folder, said = make_model(), []
    samples = make_samples(tmp_path, 12, (64, 80))
    config = write_reference(folder, ModelConfig.load(folder), samples, said.append)
    assert said == []
    model = load_model(folder)
    assert model.config == config
    reference = Reference.load(model)
    assert reference is not None
    assert reference.images == 12
    pixels = samples[0].read_image().pixels
    usual = assess(pixels, 1, config.input, None, reference)
    assert usual.flags == ""
    noise = np.random.default_rng(0).integers(0, 255, pixels.shape, dtype=np.uint8)
    assert "unlike the training data" in assess(noise, 1, config.input, None, reference).flags


def test_few_images_say_nothing_of_what_is_usual(
    make_model: MakeModel, make_samples: MakeSamples, tmp_path: Path
) -> None:
    folder, said = make_model(), []
    before = ModelConfig.load(folder)
    assert write_reference(folder, before, make_samples(tmp_path, 9, (64, 80)), said.append) == before
    assert ModelConfig.load(folder) == before
    assert not (folder / "reference.json").exists()
    (sentence,) = said
    assert sentence.startswith("Fewer than 10 training images")


@pytest.mark.parametrize(("count", "used"), [(20, 20), (21, 11)])
def test_of_many_images_some_are_measured(
    make_model: MakeModel,
    make_samples: MakeSamples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    used: int,
) -> None:
    monkeypatch.setattr(reference_module, "MOST_IMAGES", 20)
    folder = make_model()
    config = ModelConfig.load(folder)
    write_reference(folder, config, make_samples(tmp_path, count, (32, 32)), print)
    reference = Reference.load(load_model(folder))
    assert reference is not None
    assert reference.images == used


def test_images_that_are_all_alike(make_model: MakeModel, make_samples: MakeSamples, tmp_path: Path) -> None:
    folder = make_model()
    (sample,) = make_samples(tmp_path, 1, (32, 32))
    alike = [Sample(f"{i}", sample.image_path, None, None, _never) for i in range(10)]
    write_reference(folder, ModelConfig.load(folder), alike, print)
    reference = Reference.load(load_model(folder))
    assert reference is not None
    assert reference.limit > 0


def _never() -> Annotation:
    raise AssertionError("annotations are not needed")
