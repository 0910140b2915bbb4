"""Packing, importing, and the same labels on the other side."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte import load_model
from neurocyte.errors import ModelError, UsageError
from neurocyte.models import library
from neurocyte.models.folder import find_model, list_models, model_names
from neurocyte.sharing.importing import import_model, look_into
from neurocyte.sharing.pack import pack
from neurocyte.simulate import simulate

MakeModel = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user-models"
    monkeypatch.setenv("NEUROCYTE_MODELS", str(folder))
    return folder


def test_packing_gives_the_same_bytes(make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model()
    for name in ("options.json", "split.json", "notes.txt"):
        (model / name).write_text("private")
    (model / "MODEL_CARD.md").write_text("# tiny")
    pack(model, tmp_path / "a.zip")
    later = 2_000_000_000
    for path in model.iterdir():
        os.utime(path, (later, later))
        path.chmod(0o600)
    pack(model, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["tiny/config.json", "tiny/MODEL_CARD.md", "tiny/model.onnx"]


def test_a_damaged_model_is_not_packed(make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model()
    (model / "model.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match="checksum"):
        pack(model, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_the_same_labels_on_the_other_side(home: Path, tmp_path: Path) -> None:
    pack(find_model("phase-contrast"), tmp_path / "a.zip")
    info = import_model(tmp_path / "a.zip", "theirs")
    assert info.name == "theirs"
    for path in find_model("phase-contrast").iterdir():
        assert (home / "theirs" / path.name).read_bytes() == path.read_bytes()
    image = simulate((160, 192), 6).image
    ours, theirs = (
        load_model(name, precision="fp32", threads=1).segment(image) for name in ("phase-contrast", "theirs")
    )
    assert ours.labels.max() > 0
    assert ours.labels.tobytes() == theirs.labels.tobytes()
    assert ours.probability.tobytes() == theirs.probability.tobytes()


def test_names(make_model: MakeModel, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    pack(make_model("My cells (40x)"), file)
    assert look_into(file)[0].name == "My-cells-40x"
    assert not home.exists()
    assert import_model(file).name == "My-cells-40x"
    assert find_model("My-cells-40x") == home / "My-cells-40x"
    with pytest.raises(UsageError, match=r"There is a model My-cells-40x already in .*--overwrite"):
        import_model(file)
    assert import_model(file, "other").path == home / "other"
    for bad in ("../up", ".hidden", "a/b", "", "nul", "COM1.x", "a.", "x" * 65):
        with pytest.raises(UsageError, match="cannot name a model"):
            import_model(file, bad)
    with pytest.raises(UsageError, match="phase-contrast is a model that ships with neurocyte"):
        import_model(file, "phase-contrast", overwrite=True)
    assert model_names()[-2:] == ["My-cells-40x", "other"]
    assert [model.source for model in list_models()][-3:] == ["bundled", "user", "user"]


@pytest.mark.parametrize(
    ("name", "folder"), [("..", "model"), ("con", "model"), ("äöü", "model"), ("a/b", "a-b"), (".x.", "x")]
)
def test_a_folder_name_is_always_a_name(name: str, folder: str) -> None:
    assert library.folder_name(name) == folder == library.check_name(folder)


def test_overwriting(make_model: MakeModel, home: Path, tmp_path: Path) -> None:
    first, second = make_model("first"), make_model("second", description="Another.")
    (first / "MODEL_CARD.md").write_text("# first")
    import_model(first, "mine")
    with pytest.raises(ModelError):
        import_model(tmp_path / "missing.zip", "mine", overwrite=True)
    assert (home / "mine/MODEL_CARD.md").is_file()
    assert import_model(second, "mine", overwrite=True).description == "Another."
    assert [path.name for path in home.iterdir()] == ["mine"]
    assert not (home / "mine/MODEL_CARD.md").exists()


def test_a_folder_that_is_no_model_stays(make_model: MakeModel, home: Path) -> None:
    (home / "tiny").mkdir(parents=True)
    (home / "tiny/notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="already"):
        import_model(make_model())
    assert (home / "tiny/notes.txt").read_text() == "mine"


def test_a_folder_without_a_model(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        import_model(tmp_path)


def test_a_cut_off_import_is_not_listed(make_model: MakeModel, home: Path) -> None:
    import_model(make_model())
    (home / "tiny").rename(home / ".cut-off")
    assert library.user_names() == []


def test_a_packed_model_is_no_model_folder(make_model: MakeModel, tmp_path: Path) -> None:
    pack(make_model(), tmp_path / "a.zip")
    with pytest.raises(ModelError, match=r"is unpacked by 'neurocyte models import .*a\.zip'"):
        find_model(tmp_path / "a.zip")


def test_the_folder_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEUROCYTE_MODELS", raising=False)
    assert library.user_models().parts[-2:] == ("neurocyte", "models")
