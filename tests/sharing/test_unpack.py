"""A zip file from someone else: what is refused, and how."""

import hashlib
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.errors import ModelError
from neurocyte.sharing.importing import import_model, look_into
from neurocyte.sharing.pack import pack

MakeModel = Callable[..., Path]
Entry = tuple[str | zipfile.ZipInfo, bytes]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user-models"
    monkeypatch.setenv("NEUROCYTE_MODELS", str(folder))
    return folder


@pytest.fixture
def zipped(make_model: MakeModel, tmp_path: Path) -> Callable[..., Path]:
    """Write a zip file of a good model, without some of its files, and with further entries."""

    def write(*more: Entry, without: tuple[str, ...] = (), top: str = "tiny/") -> Path:
        model = make_model()
        file = tmp_path / "shared.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(model.iterdir()):
                if path.name not in without:
                    archive.write(path, top + path.name)
            for name, content in more:
                archive.writestr(name, content)
        return file

    return write


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize("top", ["", "tiny/"])
def test_a_zipped_model_folder(zipped: Callable[..., Path], home: Path, top: str) -> None:
    junk = (
        ("__MACOSX/tiny/._config.json", b"x"),
        (f"{top}.DS_Store", b"x"),
        (f"{top}split.json", b"{}"),
        (f"{top}run.yaml", b""),
    )
    info = import_model(zipped(*junk, top=top))
    assert (info.name, info.source, info.path) == ("tiny", "user", home / "tiny")
    assert sorted(path.name for path in info.path.iterdir()) == ["config.json", "model.onnx"]


REFUSED: dict[str, tuple[Entry, str]] = {
    "climbs out": (("tiny/../../evil.json", b"x"), "leads out of the folder"),
    "absolute": (("/tmp/evil.json", b"x"), "leads out of the folder"),  # noqa: S108 (never written)
    "drive": (("C:/evil.json", b"x"), "leads out of the folder"),
    "backslash": (("tiny\\..\\..\\evil.json", b"x"), "leads out of the folder"),
    "device": (("tiny/NUL.json", b"x"), "leads out of the folder"),
    "trailing dot": (("tiny/config.json.", b"x"), "leads out of the folder"),
    "link": ((entry("tiny/LICENSE", stat.S_IFLNK | 0o777), b"/etc/passwd"), "is a link or a device"),
    "pipe": ((entry("tiny/LICENSE", stat.S_IFIFO | 0o666), b""), "is a link or a device"),
    "bomb": (("tiny/history.csv", bytes(2**22)), "unpacks to more than 100 times its size"),
    "pickle": (("tiny/checkpoints/last.ckpt", b"\x80\x04."), "could run code when opened"),
    "torch": (("tiny/model.pt", b"PK"), "could run code when opened"),
    "program": (("tiny/setup.py", b"print()"), "is no file of a model"),
    "elsewhere": (("other/LICENSE", b"MIT"), "is no file of a model"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_dangerous_entries(zipped: Callable[..., Path], home: Path, tmp_path: Path, case: str) -> None:
    bad, reason = REFUSED[case]
    file = zipped(bad)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(ModelError, match=reason) as caught:
        import_model(file)
    assert str(caught.value).startswith(str(file))
    assert str(caught.value).count("\n") == 0
    assert list(home.iterdir()) == []
    assert sorted({path.name for path in tmp_path.iterdir()} - {"user-models"}) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["tiny/config.json", "tiny/CONFIG.JSON"])
def test_a_name_twice(zipped: Callable[..., Path], home: Path, name: str) -> None:
    with pytest.raises(ModelError, match="twice"):
        import_model(zipped((name, b"{}")))


def test_too_many_files(zipped: Callable[..., Path], home: Path) -> None:
    with pytest.raises(ModelError, match=r"holds 72 files, a model at most 64\.$"):
        import_model(zipped(*((f"tiny/{i}.csv", b"") for i in range(70))))


def test_too_large(zipped: Callable[..., Path], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurocyte.sharing.members.MAX_BYTES", 100)
    with pytest.raises(ModelError, match="unpacks to more than"):
        import_model(zipped())


def patch(file: Path, signature: bytes, offset: int, layout: str, value: int) -> None:
    """Change a field of every header with a signature."""
    data = bytearray(file.read_bytes())
    at = data.find(signature)
    while at >= 0:
        struct.pack_into(layout, data, at + offset, value)
        at = data.find(signature, at + 4)
    file.write_bytes(data)


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def test_encrypted(zipped: Callable[..., Path], home: Path) -> None:
    file = zipped()
    patch(file, CENTRAL, 8, "<H", 1)
    with pytest.raises(ModelError, match="is encrypted"):
        import_model(file)


def test_an_unusual_compression(zipped: Callable[..., Path], home: Path) -> None:
    file = zipped()
    patch(file, CENTRAL, 10, "<H", zipfile.ZIP_LZMA)
    with pytest.raises(ModelError, match="unusual method"):
        import_model(file)


def test_overlapping_files(zipped: Callable[..., Path], home: Path) -> None:
    file = zipped()
    patch(file, CENTRAL, 20, "<I", file.stat().st_size)
    with pytest.raises(ModelError, match="overlap each other"):
        import_model(file)


def test_a_size_that_lies(zipped: Callable[..., Path], home: Path) -> None:
    file = zipped()
    for signature, offset in ((CENTRAL, 24), (LOCAL, 22)):
        patch(file, signature, offset, "<I", 10)
    with pytest.raises(ModelError, match="no whole zip file"):
        import_model(file)
    assert list(home.iterdir()) == []


def test_no_zip_file(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "model.zip"
    with pytest.raises(ModelError, match="No such file"):
        import_model(file)
    file.write_bytes(b"not a zip")
    with pytest.raises(ModelError, match="no whole zip file"):
        import_model(file)


def test_no_model(zipped: Callable[..., Path], home: Path) -> None:
    with pytest.raises(ModelError, match=r"must hold one config\.json, but holds 0"):
        import_model(zipped(without=("config.json",)))


def test_two_models(zipped: Callable[..., Path], home: Path) -> None:
    with pytest.raises(ModelError, match=r"must hold one config\.json, but holds 2"):
        import_model(zipped(("other/config.json", b"{}")))


def test_a_foreign_package(zipped: Callable[..., Path], home: Path) -> None:
    with pytest.raises(ModelError, match="that neurocyte did not write"):
        import_model(zipped(("rdf.yaml", b"type: model"), without=("config.json",)))


def test_a_package_in_a_package(zipped: Callable[..., Path], home: Path, tmp_path: Path) -> None:
    file = tmp_path / "inner.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("neurocyte-model.zip", b"x")
    with pytest.raises(ModelError, match="a package in a package"):
        import_model(zipped(("neurocyte-model.zip", file.read_bytes())))


def test_a_damaged_inner_package(zipped: Callable[..., Path], home: Path) -> None:
    with pytest.raises(ModelError, match="holds a damaged neurocyte-model"):
        import_model(zipped(("neurocyte-model.zip", b"x")))


def test_a_wrong_checksum_names_the_zip_file(make_model: MakeModel, home: Path, tmp_path: Path) -> None:
    model = make_model()
    pack(model, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(model / "config.json", "config.json")
        archive.writestr("model.onnx", (model / "model.onnx").read_bytes() + b"\0")
    with pytest.raises(ModelError, match=r"b\.zip/model\.onnx does not have the checksum"):
        import_model(tmp_path / "b.zip")
    with pytest.raises(ModelError, match=r"b\.zip/model\.onnx does not have the checksum"):
        look_into(tmp_path / "b.zip")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("listed", "said"),
    [("model.safetensors", "is missing, though its config lists it"), ("../x", "no file of a model")],
)
def test_a_listed_file_that_is_not_there(make_model: MakeModel, home: Path, listed: str, said: str) -> None:
    model = make_model()
    config = json.loads((model / "config.json").read_text())
    config["files"][listed] = "00"
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=said):
        import_model(model)


def test_a_damaged_file_that_the_config_lists(make_model: MakeModel, home: Path) -> None:
    model = make_model()
    config = json.loads((model / "config.json").read_text())
    config["files"]["model.safetensors"] = "00"
    (model / "config.json").write_text(json.dumps(config))
    (model / "model.safetensors").write_bytes(b"weights")
    with pytest.raises(ModelError, match=r"tiny/model\.safetensors does not have the checksum"):
        import_model(model)


def test_external_weights(make_model: MakeModel, home: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = make_model()
    network = onnx.load(model / "model.onnx")
    onnx.save(network, model / "model.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    config = json.loads((model / "config.json").read_text())
    config["files"] = {"model.onnx": hashlib.sha256((model / "model.onnx").read_bytes()).hexdigest()}
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="keeps weights in other files"):
        import_model(model)
