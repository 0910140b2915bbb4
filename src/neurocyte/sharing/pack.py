"""A model folder as one zip file, the same bytes each time."""

import zipfile
from pathlib import Path

from neurocyte.io.atomic import atomic_path
from neurocyte.models.library import folder_name
from neurocyte.sharing.parts import PARTS, verify

# The earliest that a zip file can hold.
_DATE = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644


def pack(folder: Path, out: Path) -> None:
    """Pack a model folder.

    Only the files of a model go in: a run's options and split name folders and images of whoever trained it.
    They are stored, not compressed: weights hardly shrink, and what a compressor writes depends on its
    version.

    Args:
        folder: a model folder, exported.
        out: the zip file; an older one is replaced.

    Raises:
        ModelError: the folder is incomplete or damaged.
        UsageError: the file cannot be written.
    """
    top = folder_name(verify(folder).config.name)
    with atomic_path(out) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name in PARTS:
            if (folder / name).is_file():
                info = zipfile.ZipInfo(f"{top}/{name}", _DATE)
                # Else it says on which system it was packed.
                info.create_system = 3
                info.external_attr = _FILE_MODE << 16
                archive.writestr(info, (folder / name).read_bytes())
