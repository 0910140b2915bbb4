"""What is in a zip file from someone else, refused before anything of it is opened."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from neurocyte.errors import ModelError
from neurocyte.io.stems import is_device

MAX_FILES = 64
MAX_BYTES = 2**31
# Weights shrink little and text to a tenth; small files may repeat themselves.
MAX_RATIO = 100
_RATIO_FROM = 2**20
# Files that run code when they are opened, whatever they were meant for.
PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".bin")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def checked_members(archive: zipfile.ZipFile, file: Path) -> dict[str, zipfile.ZipInfo]:
    """List the files of an archive once all of them are known to be harmless to extract.

    Args:
        archive: open for reading.
        file: where it lies, for the error text.

    Returns:
        Entries by their path in the archive; folders are left out, as is what macOS adds of its own.

    Raises:
        ModelError: it has too many or too large files, or one that has a dangerous name, is a link, is
            encrypted, is there twice or is a pickle.
    """
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise ModelError(f"{file} holds {len(infos):,} files, a model at most {MAX_FILES}.")
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise ModelError(f"{file} unpacks to more than {MAX_BYTES / 2**30:.0f} GB, more than a model may.")
    # Members that share their bytes unpack to more than any of their ratios tells.
    if sum(info.compress_size for info in infos) > file.stat().st_size:
        raise ModelError(
            f"{file} holds files that overlap each other, as only zip bombs do: ask for another."
        )
    members: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename
        if reason := _refusal(info, name):
            raise ModelError(
                f"{file} holds {name!r}, which {reason}; it is not unpacked, ask for the model as "
                "'neurocyte export MODEL --to zip' packs it."
            )
        if name.casefold().rstrip("/") in seen:
            raise ModelError(f"{file} holds {name!r} twice; it is not unpacked.")
        seen.add(name.casefold().rstrip("/"))
        if not info.is_dir() and not _of_macos(name):
            members[name] = info
    return members


def _refusal(info: zipfile.ZipInfo, name: str) -> str | None:
    """Say why an entry is refused, None if it is not."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    large = info.file_size > _RATIO_FROM
    checks = {
        "leads out of the folder or cannot be a file's name everywhere": not _is_safe(name),
        "is a link or a device": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
        "is encrypted": bool(info.flag_bits & _ENCRYPTED),
        "is compressed by an unusual method": info.compress_type not in _METHODS,
        f"unpacks to more than {MAX_RATIO} times its size": large
        and info.file_size > MAX_RATIO * info.compress_size,
        "could run code when opened (a pickle)": PurePosixPath(name).suffix.casefold() in PICKLES,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def _is_safe(name: str) -> bool:
    parts = name.removesuffix("/").split("/")
    return not (
        any(ord(char) < 32 or char in '\\:*?"<>|\x7f' for char in name)
        or any(part in ("", ".", "..") or part.endswith((".", " ")) or is_device(part) for part in parts)
    )


def _of_macos(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] == "__MACOSX" or path.name == ".DS_Store"
