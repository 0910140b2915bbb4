import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurocyte import models
from neurocyte.errors import ModelError
from neurocyte.models import folder
from neurocyte.models.folder import find_model, list_models, load_model

MakeModel = Callable[..., Path]


def edit_config(path: Path, **sections: Any) -> None:
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps({**config, **sections}))


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folder, "BUNDLED", tmp_path)
    return tmp_path


def test_loads_a_folder(make_model: MakeModel) -> None:
    path = make_model()
    model = load_model(path)
    assert model.path == path
    assert model.config.name == "tiny"
    assert model.onnx == (path / "model.onnx").read_bytes()
    assert model.sha256 == hashlib.sha256(model.onnx).hexdigest()
    assert load_model(str(path)) == model


def test_loads_a_bundled_name(bundled: Path, make_model: MakeModel) -> None:
    assert load_model(make_model("two").name).config.name == "two"


def test_a_folder_goes_before_a_bundled_name_only_with_a_config(
    bundled: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = bundled / "here"
    (here / "tiny").mkdir(parents=True)
    make_model()
    monkeypatch.chdir(here)
    assert find_model("tiny") == bundled / "tiny"
    (here / "tiny/config.json").write_text("{}")
    assert find_model("tiny") == Path("tiny")


def test_a_missing_model_names_the_known_ones(bundled: Path, make_model: MakeModel) -> None:
    with pytest.raises(ModelError, match=r"^There is no model 'x'; .* one of: none are bundled\.$"):
        load_model("x")
    make_model("two")
    make_model("one")
    with pytest.raises(
        ModelError, match=r"^There is no model 'x'; name a model folder or one of: one, two\.$"
    ):
        load_model("x")


def test_a_name_does_not_climb_out_of_the_bundle(bundled: Path, make_model: MakeModel) -> None:
    make_model()
    with pytest.raises(ModelError, match=r"^There is no model 'other/\.\./tiny'"):
        load_model("other/../tiny")


def test_a_folder_without_config(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        load_model(tmp_path)


def test_a_damaged_network(make_model: MakeModel) -> None:
    path = make_model()
    data = bytearray((path / "model.onnx").read_bytes())
    data[50] ^= 1
    (path / "model.onnx").write_bytes(data)
    with pytest.raises(ModelError, match=r"model\.onnx does not have the checksum its config states"):
        load_model(path)


def test_a_missing_network(make_model: MakeModel) -> None:
    path = make_model()
    (path / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"^Cannot read .*model\.onnx \(No such file or directory\)"):
        load_model(path)


def test_a_model_that_was_not_exported(make_model: MakeModel) -> None:
    path = make_model(files={"model.safetensors": "00"})
    with pytest.raises(ModelError, match=r"lists no checksum of model\.onnx; export it"):
        load_model(path)


def test_an_unknown_format_version(make_model: MakeModel) -> None:
    path = make_model(format_version=2)
    with pytest.raises(ModelError, match="'format_version' 2"):
        load_model(path)


@pytest.mark.parametrize("data", [b"PK\x03\x04 a zip file", b"\x80\x04\x95", b"\x3a\xff\xff\xff\xff\x0f"])
def test_a_file_that_is_no_onnx_model(make_model: MakeModel, data: bytes) -> None:
    path = make_model(files={"model.onnx": hashlib.sha256(data).hexdigest()})
    (path / "model.onnx").write_bytes(data)
    with pytest.raises(ModelError, match=r"model\.onnx is not an ONNX model"):
        load_model(path)


def test_weights_in_other_files_are_refused(make_model: MakeModel) -> None:
    path = make_model()
    onnx = pytest.importorskip("onnx")
    model = onnx.load(path / "model.onnx")
    onnx.save(
        model, path / "model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    edit_config(path, files={"model.onnx": hashlib.sha256((path / "model.onnx").read_bytes()).hexdigest()})
    with pytest.raises(ModelError, match=r"model\.onnx keeps weights in other files"):
        load_model(path)


def test_lists_models(bundled: Path, make_model: MakeModel) -> None:
    assert list_models() == []
    make_model("two")
    path = make_model("one")
    (path / "metrics.json").write_text('{"map": 0.25, "n": 36, "by_type": {}, "ap50": null}')
    first, second = list_models()
    assert (first.name, second.name) == ("one", "two")
    assert (first.architecture, first.encoder, first.task, first.license) == (
        "threshold",
        None,
        "cells",
        "MIT",
    )
    assert first.figures == {"n": 36, "map": 0.25}
    assert second.figures == {}
    assert first.size_bytes == sum(file.stat().st_size for file in path.iterdir())
    assert list_models([path]) == [first]
    assert json.loads(json.dumps(first.to_dict()))["path"] == str(path)


def test_a_damaged_metrics_file(make_model: MakeModel) -> None:
    path = make_model()
    for content in ("{", "[]"):
        (path / "metrics.json").write_text(content)
        with pytest.raises(ModelError, match=r"metrics\.json"):
            list_models([path])


def test_bundled_models_are_whole() -> None:
    for name in folder.bundled_names():
        assert models.load_model(name).config.license
