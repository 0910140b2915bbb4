"""A packed model to a model folder: our own zip file, a zipped model folder, or our bioimage.io package."""

import shutil
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from neurocyte.errors import ModelError
from neurocyte.models.config import CONFIG_NAME
from neurocyte.sharing.members import checked_members
from neurocyte.sharing.parts import PARTS

# The model folder inside a bioimage.io package.
INNER_NAME = "neurocyte-model.zip"
_DESCRIPTIONS = ("rdf.yaml", "bioimageio.yaml")
# Left by training beside the model; they say where and on what, and are not needed.
_OF_THE_RUN = ("options.json", "split.json", "start.json", "run.yaml", "finetune.json")


def unpack(file: Path, out: Path) -> None:
    """Extract a packed model; nothing is unpickled or run.

    Args:
        file: the zip file.
        out: an empty folder; after an error what is in it is worth nothing.

    Raises:
        ModelError: the file is no zip file, damaged, dangerous or holds no neurocyte model.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = checked_members(archive, file)
            if INNER_NAME not in members:
                for name, info in _model_files(members, file).items():
                    _extract(archive, info, out / name)
                return
            inner = out / INNER_NAME
            _extract(archive, members[INNER_NAME], inner)
    except OSError as exc:
        raise ModelError(
            f"{file} cannot be unpacked ({exc.strerror}); check the path and the space."
        ) from exc
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as exc:
        raise ModelError(f"{file} is no whole zip file ({exc}); ask for it again.") from exc
    _unpack_inner(inner, out, file)


def _unpack_inner(inner: Path, out: Path, file: Path) -> None:
    try:
        with zipfile.ZipFile(inner) as archive:
            nested = INNER_NAME in archive.namelist()
    except zipfile.BadZipFile as exc:
        raise ModelError(f"{file} holds a damaged {INNER_NAME} ({exc}); ask for it again.") from exc
    if nested:
        raise ModelError(f"{file} holds a package in a package; it is not unpacked.")
    unpack(inner, out)
    inner.unlink()


def _model_files(members: Mapping[str, zipfile.ZipInfo], file: Path) -> dict[str, zipfile.ZipInfo]:
    """Find the one model of the archive and refuse what does not belong to it."""
    configs = [PurePosixPath(name) for name in members if PurePosixPath(name).name == CONFIG_NAME]
    if not configs and any(name in members for name in _DESCRIPTIONS):
        raise ModelError(
            f"{file} is a bioimage.io package that neurocyte did not write; it runs only its own."
        )
    if len(configs) != 1:
        raise ModelError(
            f"{file} must hold one {CONFIG_NAME}, but holds {len(configs)}; pack a model by "
            "'neurocyte export MODEL --to zip -o FILE.zip'."
        )
    folder = configs[0].parent
    files: dict[str, zipfile.ZipInfo] = {}
    for name, info in members.items():
        path = PurePosixPath(name)
        if path.parent != folder or path.name not in (*PARTS, *_OF_THE_RUN):
            raise ModelError(
                f"{file} holds {name!r}, which is no file of a model; pack it by "
                "'neurocyte export MODEL --to zip -o FILE.zip'."
            )
        if path.name in PARTS:
            files[path.name] = info
    return files


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    # zipfile gives no more bytes than the entry states, and checks their CRC at the end.
    with archive.open(info) as source, target.open("xb") as sink:
        shutil.copyfileobj(source, sink, 2**20)
