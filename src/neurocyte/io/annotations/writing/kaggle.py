"""Kaggle's Sartorius tables: train.csv beside train/, and the competition's submission."""

import csv
import io
from pathlib import Path

from neurocyte.io.annotations.cells import pixels_by_label
from neurocyte.io.annotations.paint import paint
from neurocyte.io.annotations.rle import encode_pixels
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.atomic import write_text

_TRAIN = (
    "id", "annotation", "width", "height", "cell_type", "plate_time", "sample_date", "sample_id",
    "elapsed_timedelta",
)  # fmt: skip


class KaggleWriter:
    """Writes train.csv, a row a cell; an image without cells has one row without an annotation.

    Args:
        out: The folder of train.csv and train/.
    """

    picture_folder = "train"

    def __init__(self, out: Path) -> None:
        self.files: list[Path] = []
        self._path = out / "train.csv"
        self._rows: list[tuple[str, ...]] = [_TRAIN]

    def add(self, image: Annotated) -> Losses:
        """Take the cells; the file is written by `finish`."""
        height, width = (str(side) for side in image.cells.shape)
        cells = [(encode_pixels(cell.pixels), cell.cell_type or "") for cell in image.seen]
        self._rows += [
            (image.stem, runs, width, height, cell_type, "", "", image.group or "", "")
            for runs, cell_type in cells or [("", "")]
        ]
        return common_losses(image, types=True, scores=False, groups=True)

    def finish(self) -> None:
        """Write the table."""
        _write_table(self._path, self._rows)
        self.files.append(self._path)


class SubmissionWriter:
    """Writes the competition's answer, id and predicted, a row a cell; it forbids overlaps, so the last wins.

    Args:
        out: The folder of submission.csv, or a file that ends in .csv.
    """

    picture_folder = None

    def __init__(self, out: Path) -> None:
        self.files: list[Path] = []
        self._path = out if out.suffix.lower() == ".csv" else out / "submission.csv"
        self._rows: list[tuple[str, ...]] = [("id", "predicted")]

    def add(self, image: Annotated) -> Losses:
        """Take the cells; the file is written by `finish`."""
        annotation = paint(image.cells.shape, (cell.pixels for cell in image.seen))
        runs = [encode_pixels(pixels) for pixels in pixels_by_label(annotation.labels).values()]
        self._rows += [(image.stem, one) for one in runs or [""]]
        lost = Losses(overlap_pixels=annotation.lost_pixels, vanished_cells=annotation.dropped)
        return common_losses(image, types=False, scores=False) + lost

    def finish(self) -> None:
        """Write the table."""
        _write_table(self._path, self._rows)
        self.files.append(self._path)


def _write_table(path: Path, rows: list[tuple[str, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(path, text.getvalue())
