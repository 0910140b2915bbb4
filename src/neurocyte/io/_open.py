"""Which reader a file needs: its content decides, not its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurocyte.io._czi_planes import is_czi, open_czi
from neurocyte.io._nd2_planes import is_nd2, open_nd2
from neurocyte.io._ome_zarr_planes import OmeZarrPlanes
from neurocyte.io._planes import PlaneFile
from neurocyte.io._raster import RasterPlanes, read_raster
from neurocyte.io._tiff import is_tiff, open_tiff
from neurocyte.io.ome_zarr import is_ome_zarr

_HEAD = 16


def is_raster(path: Path) -> bool:
    """Tell a file that can only hold one picture: PNG, JPEG, BMP, or nothing that is known.

    Args:
        path: An existing file or folder.

    Returns:
        False for TIFF, ND2, CZI and OME-Zarr.
    """
    return not (path.is_dir() or is_tiff(path) or is_nd2(head := _head(path)) or is_czi(head))


@contextmanager
def open_planes(path: Path) -> Iterator[PlaneFile]:
    """Open any image file.

    Args:
        path: An existing file, or an OME-Zarr folder.

    Yields:
        Its planes.

    Raises:
        InputError: It cannot be used, or a library for it is not installed.
    """
    if is_ome_zarr(path):
        yield OmeZarrPlanes(path)
    elif is_tiff(path):
        with open_tiff(path) as tiff:
            yield tiff
    elif is_nd2(head := _head(path)):
        with open_nd2(path) as nikon:
            yield nikon
    elif is_czi(head):
        with open_czi(path) as zeiss:
            yield zeiss
    else:
        yield RasterPlanes(read_raster(path))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)
