"""Memory and time of `neurocyte segment` against the size of the image, on mosaics of real images.

    python benchmarks/mosaic.py 2000 5000 10000 [--format zarr] [--network thin] [--json FILE] [--plot FILE]

Needs the real images (NEUROCYTE_DATA); the mosaic is written tile by tile, mirrored so that neighbours meet
without an edge. Each size is one run of the command in one process; its processor time and the peak of its
memory are the system's own count. Above 2^24 pixels (a side of 4,096) the image is done part by part. "thin"
puts a network of one convolution in place of the model's: what is left is the cost of everything else.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from neurocyte.io.images import read_image
from neurocyte.io.inputs import images_in
from neurocyte.models import load_model

Pixels = NDArray[np.uint8]

FRAME = (520, 704)
TILE = 512
MODEL = "phase-contrast"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line a size, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sides", nargs="+", type=int, help="sides of the mosaics, pixels")
    parser.add_argument("--format", choices=("tiff", "zarr"), default="tiff")
    parser.add_argument("--network", choices=("model", "thin"), default="model")
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--work", type=Path, help="a folder for the mosaics and results, which are removed")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args(arguments)
    root = os.environ.get("NEUROCYTE_DATA")
    if not root:
        sys.exit("NEUROCYTE_DATA is not set: the real images are not here.")
    frames = tuple(images_in(Path(root) / "data" / "sartorius" / "train"))
    runs = []
    for side in args.sides:
        with tempfile.TemporaryDirectory(dir=args.work) as folder:
            runs.append(measured(side, Path(folder), frames, args))
        print(json.dumps(runs[-1]), flush=True)
    if args.json:
        args.json.write_text(json.dumps(runs, indent=1) + "\n")
    if args.plot:
        plot(runs, args.plot)


def measured(side: int, folder: Path, frames: tuple[Path, ...], args: argparse.Namespace) -> dict[str, Any]:
    """Write a mosaic and segment it in a process of its own."""
    image = folder / ("mosaic.tif" if args.format == "tiff" else "mosaic.zarr")
    (write_tiff if args.format == "tiff" else write_zarr)(image, side, frames)
    model = str(thin_model(folder / "thin", args.model)) if args.network == "thin" else args.model
    command = [sys.executable, "-m", "neurocyte", "segment", str(image), "-o", str(folder / "out")]
    command += ["--model", model, "--precision", "fp32", "--quiet"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    _, status, usage = os.wait4(os.posix_spawn(sys.executable, command, environment), 0)
    if status:
        sys.exit(f"{side}: the command failed.")
    run = json.loads((folder / "out" / "run.json").read_text())
    seconds = usage.ru_utime + usage.ru_stime
    size = sum(file.stat().st_size for file in (folder / "out").rglob("*") if file.is_file())
    return {
        "side": side,
        "format": args.format,
        "network": args.network,
        "seconds": round(seconds, 1),
        "seconds_a_megapixel": round(seconds / side**2 * 1e6, 3),
        "peak_gb": round(usage.ru_maxrss * 1024 / 1e9, 3),
        "cells": run["totals"]["cells"],
        "results_mb": round(size / 1e6, 1),
    }


def mosaic_part(frames: tuple[Path, ...], rows: range, columns: range) -> Pixels:
    """Give a part of the endless mosaic."""
    part = np.zeros((len(rows), len(columns)), np.uint8)
    for i in range(rows.start // FRAME[0], -(-rows.stop // FRAME[0])):
        for j in range(columns.start // FRAME[1], -(-columns.stop // FRAME[1])):
            frame = _frame(frames[(i * 31 + j) % len(frames)])
            frame = frame[:: -1 if i % 2 else 1, :: -1 if j % 2 else 1]
            top, left = i * FRAME[0], j * FRAME[1]
            y, x = max(rows.start, top), max(columns.start, left)
            values = frame[y - top : rows.stop - top, x - left : columns.stop - left]
            at_y, at_x = y - rows.start, x - columns.start
            part[at_y : at_y + values.shape[0], at_x : at_x + values.shape[1]] = values
    return part


@lru_cache(maxsize=64)
def _frame(path: Path) -> Pixels:
    pixels: Pixels = read_image(path).pixels
    return pixels


def tiles(side: int, frames: tuple[Path, ...]) -> Iterator[tuple[int, int, Pixels]]:
    """Cut the mosaic of a size into tiles, smaller at the ends."""
    for top in range(0, side, TILE):
        for left in range(0, side, TILE):
            rows, columns = range(top, min(top + TILE, side)), range(left, min(left + TILE, side))
            yield top, left, mosaic_part(frames, rows, columns)


def write_tiff(path: Path, side: int, frames: tuple[Path, ...]) -> None:
    """Write the mosaic as a tiled, compressed BigTIFF."""
    tifffile.imwrite(
        path,
        (part for _, _, part in tiles(side, frames)),
        shape=(side, side),
        dtype=np.uint8,
        tile=(TILE, TILE),
        compression="zlib",
        photometric="minisblack",
        bigtiff=True,
    )


def write_zarr(path: Path, side: int, frames: tuple[Path, ...]) -> None:
    """Write the mosaic as OME-Zarr 0.5."""
    import zarr

    group = zarr.open_group(path, mode="w", zarr_format=3)
    array = group.create_array("0", shape=(side, side), chunks=(TILE, TILE), dtype="uint8")
    axes: Any = [{"name": name, "type": "space"} for name in "yx"]
    scale: Any = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1]}]}]
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": scale}]}
    for top, left, part in tiles(side, frames):
        array[top : top + part.shape[0], left : left + part.shape[1]] = part


def thin_model(folder: Path, name: str) -> Path:
    """Copy a model with one convolution for its network: a mean of 5 x 5 grey levels against a threshold."""
    from onnx import TensorProto, helper, numpy_helper

    model = load_model(name)
    outputs = len(model.config.outputs)
    kernel = np.full((outputs, 3, 5, 5), 3 / 75, np.float32)
    free = ["n", "c", "h", "w"]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "kernel", "bias"], ["logits"], pads=[2] * 4)],
        "thin",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [free[0], 3, *free[2:]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [free[0], outputs, *free[2:]])],
        [
            numpy_helper.from_array(kernel, "kernel"),
            numpy_helper.from_array(np.full(outputs, -3.0, np.float32), "bias"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir()
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    config = model.config.to_dict()
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    reference = folder / "reference.json"
    shutil.copy(model.path / "reference.json", reference)
    config["files"] = {"model.onnx": digest, reference.name: config["files"][reference.name]}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def plot(runs: list[dict[str, Any]], path: Path) -> None:
    """Draw time and memory against area."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    areas = [run["side"] ** 2 / 1e6 for run in runs]
    for axes, name, label in zip(
        figure.subplots(1, 2),
        ("seconds", "peak_gb"),
        ("processor time, s", "peak memory, GB"),
        strict=True,
    ):
        axes.plot(areas, [run[name] for run in runs], "o-", color="#1f6feb")
        axes.set(xlabel="area, megapixels", ylabel=label, xlim=0, ylim=0)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
