"""`neurocyte measure`: measure the cells of label images."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    positive_number,
    say,
    say_error,
)
from neurocyte.cli.planes import add_plane_options
from neurocyte.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from neurocyte.io.selection import Selection

    # The image of a name, and which plane of it.
    Planes = dict[str, tuple[Path, Selection]]


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "measure",
        "Measure the cells of label images (whole numbers, 0 = background) into one table, a row a cell.",
        "examples:\n"
        "  neurocyte measure results -o cells.csv\n"
        "  neurocyte measure corrected/labels --images plate1 --pixel-size 0.65 -o cells.csv",
    )
    parser.add_argument(
        "labels", metavar="LABELS", help="a label image, a folder of them, or the OUT of 'neurocyte segment'"
    )
    parser.add_argument(
        "--images", metavar="DIR", help="folder with the images under the same names, for the intensities"
    )
    parser.add_argument(
        "--pixel-size",
        type=positive_number,
        metavar="UM",
        help="in micrometres; default: as the image or the label image says",
    )
    add_plane_options(parser)
    parser.add_argument("-o", "--out", required=True, metavar="FILE", help="the table, such as cells.csv")


def run(args: argparse.Namespace) -> int:
    """Measure each label image; 1 where one failed."""
    from neurocyte.io._text import plural
    from neurocyte.io.annotations.results import label_images
    from neurocyte.io.selection import Selection
    from neurocyte.writers import write_cells

    found = label_images(Path(args.labels))
    if Path(args.out).resolve() in {path.resolve() for path in found.values()}:
        raise UsageError(f"{args.out} is an input and would be overwritten: choose another -o.")
    choice = Selection(args.channel, args.z_projection)
    if args.images is None and choice != Selection():
        raise UsageError("--channel and --z-projection go with --images only: name the folder of the images.")
    images = _planes_by_stem(Path(args.images), choice) if args.images else None
    tables: list[tuple[str, pd.DataFrame]] = []
    for stem, path in found.items():
        try:
            tables.append((stem, _measure(path, images, args.pixel_size)))
        except InputError as exc:
            say_error(str(exc))
    write_cells(args.out, tables)
    cells = plural(sum(len(table) for _, table in tables), "cell")
    failed = len(found) - len(tables)
    said = f", {plural(failed, 'label image')} failed" if failed else ""
    say(args, f"{cells} in {plural(len(tables), 'label image')}{said}; see {args.out}")
    return 1 if failed else 0


def _planes_by_stem(folder: Path, choice: "Selection") -> "Planes":
    """The images of a folder, each time point and scene under the name that segment gives it."""
    from neurocyte.io.inputs import InputFile, images_by_stem
    from neurocyte.io.parts import expand_parts

    files = [InputFile(path, stem) for stem, path in images_by_stem(folder).items()]
    return {
        file.stem: (file.path, replace(choice, time=file.part.time, scene=file.part.scene))
        for file in expand_parts(files)
    }


def _measure(path: Path, images: "Planes | None", pixel_size_um: float | None) -> "pd.DataFrame":
    """The cells of one label image; raises InputError where it or its image cannot be used."""
    from neurocyte.io.images import read_image
    from neurocyte.io.labels import read_labels
    from neurocyte.io.stems import stem_of
    from neurocyte.measurement import measure

    labels = read_labels(path)
    image = None
    if images is not None:
        stem = stem_of(path)
        if stem not in images:
            raise InputError(f"{path} has no image of the same name: add {stem} to --images.")
        file, selection = images[stem]
        image = read_image(file, selection)
        if image.pixels.shape[:2] != labels.shape:
            raise InputError(
                f"{file} is {_said(image.pixels.shape)} but {path} {_said(labels.shape)}: "
                "give the image that the labels were made from."
            )
        pixel_size_um = pixel_size_um or image.pixel_size_um
    if pixel_size_um is None:
        pixel_size_um = read_image(path).pixel_size_um
    return measure(labels, None if image is None else image.pixels, pixel_size_um=pixel_size_um)


def _said(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]} pixels"
