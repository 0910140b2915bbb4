"""Networks kept compiled: the same results, never those of a damaged file or of another network."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neurocyte import compiled
from neurocyte.errors import ModelError
from neurocyte.models import load_model
from neurocyte.runtime import Runtime

MakeModel = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(compiled.VARIABLE, str(folder))
    return folder


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each compilation leaves its device here."""
    done: list[str] = []
    compile_model = compiled.ov.Core.compile_model

    def counted(core, network, device, options):
        done.append(device)
        return compile_model(core, network, device, options)

    monkeypatch.setattr(compiled.ov.Core, "compile_model", counted)
    return done


def batch() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1, 3, 96, 64)).astype(np.float32)


def test_a_real_network_gives_the_same_bits(cache: Path, compilations: list[str]) -> None:
    model = load_model("neurocyte-fast")
    first, second = (Runtime(model, "fp32", 1) for _ in range(2))
    assert len(compilations) == 1
    assert len(list(cache.iterdir())) == 1
    np.testing.assert_array_equal(first.predict(batch()), second.predict(batch()))
    assert first.describe() == second.describe()


def test_other_settings_and_other_networks_are_other_files(
    make_model: MakeModel, cache: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(make_model())
    Runtime(model, "fp32", 1)
    Runtime(model, "fp32", 2)
    Runtime(load_model(make_model("other", bias=[-3])), "fp32", 1)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")
    Runtime(model, "fp32", 1)
    monkeypatch.setattr(compiled.ov, "__version__", "another")
    Runtime(model, "fp32", 1)
    assert len(compilations) == len(list(cache.iterdir())) == 5


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "of before", "no network"])
def test_a_damaged_file_is_compiled_and_written_anew(
    damage: str, make_model: MakeModel, cache: Path, compilations: list[str]
) -> None:
    model = load_model(make_model())
    expected = Runtime(model, "fp32", 1).predict(batch())
    (file,) = cache.iterdir()
    content = file.read_bytes()
    blob = b"no network"
    file.write_bytes(
        {
            "cut": content[:-10],
            "changed": content[:-10] + b"0123456789",
            "empty": b"",
            "of before": content.replace(b"network 1", b"network 0", 1),
            # Whole by its checksum; OpenVINO cannot open it.
            "no network": compiled._FORM + compiled.hashlib.sha256(blob).digest() + blob,
        }[damage]
    )
    np.testing.assert_array_equal(Runtime(model, "fp32", 1).predict(batch()), expected)
    assert len(compilations) == 2
    assert file.read_bytes()[: len(compiled._FORM)] == compiled._FORM
    Runtime(model, "fp32", 1)
    assert len(compilations) == 2


def test_a_folder_that_cannot_be_written_stops_nothing(
    make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(compiled.VARIABLE, str(tmp_path / "file" / "cache"))
    assert Runtime(load_model(make_model()), "fp32", 1).predict(batch()).shape == (1, 1, 96, 64)


def test_set_to_nothing_nothing_is_kept(
    make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compilations: list[str]
) -> None:
    monkeypatch.setenv(compiled.VARIABLE, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    model = load_model(make_model())
    for _ in range(2):
        Runtime(model, "fp32", 1)
    assert len(compilations) == 2
    assert not (tmp_path / "home").exists()


def test_those_not_used_for_longest_go(
    make_model: MakeModel, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [load_model(make_model(f"model-{i}", bias=[-2 - i])) for i in range(3)]
    for model in models[:2]:
        Runtime(model, "fp32", 1)
    for file in cache.iterdir():
        os.utime(file, (0, 0))
    room = sum(file.stat().st_size for file in cache.iterdir())
    monkeypatch.setattr(compiled, "MOST_BYTES", room + 100)
    Runtime(models[0], "fp32", 1)
    used = max(cache.iterdir(), key=lambda file: file.stat().st_mtime)
    Runtime(models[2], "fp32", 1)
    assert used.exists()
    assert len(list(cache.iterdir())) == 2


def test_a_wrong_network_is_refused_and_not_kept(make_model: MakeModel, cache: Path) -> None:
    import onnx

    from neurocyte.models.folder import Model

    model = load_model(make_model())
    proto = onnx.load_from_string(model.network("fp32")[1])
    proto.graph.input[0].name = proto.graph.node[0].input[0] = "picture"
    with pytest.raises(ModelError, match="'image' is due"):
        Runtime(Model(model.config, model.path, proto.SerializeToString()), "fp32", 1)
    assert not cache.exists()
