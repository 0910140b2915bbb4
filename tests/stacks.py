"""The same stack, written in every format that holds one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from nd2_file import write_nd2

NAMES = ("DAPI", "Phase")


def numbers(times: int = 2, channels: int = 2, depth: int = 3) -> np.ndarray:
    """Noise (T, C, Z, 20, 31) without a zero, every plane different."""
    shape = (times, channels, depth, 20, 31)
    return np.random.default_rng(7).integers(1, 60_000, shape).astype(np.uint16)


def write_ome_tiff(folder: Path, values: np.ndarray) -> Path:
    metadata = {"axes": "TCZYX", "Channel": {"Name": list(NAMES)}}
    metadata |= {f"PhysicalSize{axis}{end}": v for axis in "XY" for end, v in (("", 250), ("Unit", "nm"))}
    tifffile.imwrite(folder / "stack.ome.tif", values, metadata=metadata, photometric="minisblack")
    return folder / "stack.ome.tif"


def write_zarr(folder: Path, values: np.ndarray, version: str = "0.5") -> Path:
    zarr = pytest.importorskip("zarr")
    path = folder / f"stack{version}.ome.zarr"
    group = zarr.open_group(path, mode="w", zarr_format=3 if version == "0.5" else 2)
    group.create_array("0", data=values, chunks=(1, 1, 1, 16, 16))
    group.create_array("1", data=values[..., ::2, ::2], chunks=(1, 1, 1, 16, 16))
    axes = [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"}]
    axes += [{"name": name, "type": "space", "unit": "nanometer"} for name in "zyx"]
    datasets = [
        {
            "path": str(n),
            "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 900, 250 * s, 250 * s]}],
        }
        for n, s in enumerate((1, 2))
    ]
    image = {"version": version, "axes": axes, "datasets": datasets}
    ome = {"multiscales": [image], "omero": {"channels": [{"label": name} for name in NAMES]}}
    group.attrs.update({"ome": {"version": version, **ome}} if version == "0.5" else ome)
    return path


def write_zarr_04(folder: Path, values: np.ndarray) -> Path:
    return write_zarr(folder, values, "0.4")


def write_nikon(folder: Path, values: np.ndarray) -> Path:
    pytest.importorskip("nd2")
    times, channels, depth = values.shape[:3]
    frames = np.moveaxis(values, 1, -1).reshape(times * depth, *values.shape[3:], channels)
    return write_nd2(folder / "stack.nd2", frames, [("T", times), ("Z", depth)], NAMES, 0.25)


def write_zeiss(folder: Path, values: np.ndarray) -> Path:
    czi = pytest.importorskip("pylibCZIrw.czi")
    with czi.create_czi(str(folder / "stack.czi")) as file:
        for t, c, z in np.ndindex(values.shape[:3]):
            file.write(values[t, c, z][..., None], plane={"T": t, "C": c, "Z": z})
        file.write_metadata("stack", dict(enumerate(NAMES)), scale_x=2.5e-7, scale_y=2.5e-7)
    return folder / "stack.czi"


WRITERS: dict[str, Callable[[Path, np.ndarray], Path]] = {
    "ome-tiff": write_ome_tiff,
    "ome-zarr-0.4": write_zarr_04,
    "ome-zarr-0.5": write_zarr,
    "nd2": write_nikon,
    "czi": write_zeiss,
}
