"""Reads every picture, or makes and reads every data set or odd name, of the corpus."""

import hashlib
import sys
from pathlib import Path
from typing import Any

from corpus.annotations import annotations
from corpus.limits import report
from corpus.names import names
from neurocyte.io.annotations import open_dataset
from neurocyte.io.images import image_shape, read_image
from neurocyte.io.inputs import collect_inputs


def _pictures(root: Path) -> None:
    def read(name: str) -> dict[str, Any]:
        pixels = read_image(root / name).pixels
        if image_shape(root / name) != pixels.shape[:2]:
            raise AssertionError(f"shape {image_shape(root / name)} told of {pixels.shape}")
        digest = hashlib.md5(pixels).hexdigest()  # noqa: S324
        return {"shape": pixels.shape, "dtype": str(pixels.dtype), "hash": digest}

    report(sorted(path.name for path in root.iterdir()), read)


def _annotations(root: Path) -> None:
    make = {name: one for name, one, _ in annotations()}

    def read(name: str) -> dict[str, Any]:
        folder = _made(root, name)
        make[name](folder)
        samples = open_dataset(folder).samples
        painted = {sample.stem: sample.read_labels() for sample in samples}
        cells = {
            sample.stem: [one.pixels.tolist() for one in sample.read_cells().cells] for sample in samples
        }
        if {stem: len(one) for stem, one in cells.items()} != {s: a.instances for s, a in painted.items()}:
            raise AssertionError("as labels there are other cells than one by one")
        return {"cells": cells}

    report(make, read)


def _names(root: Path) -> None:
    make = {name: one for name, one, _ in names()}

    def read(name: str) -> dict[str, Any]:
        found = collect_inputs(make[name](_made(root, name)))
        for one in found:
            read_image(one.path)
        return {"stems": [one.stem for one in found]}

    report(make, read)


def _made(root: Path, name: str) -> Path:
    folder = root / name.replace("/", "_")
    folder.mkdir()
    return folder


if __name__ == "__main__":
    {"pictures": _pictures, "annotations": _annotations, "names": _names}[sys.argv[1]](Path(sys.argv[2]))
