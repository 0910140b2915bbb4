"""One image of a job, from the file to its results on disk."""

from dataclasses import dataclass
from pathlib import Path

from neurocyte import __version__
from neurocyte.errors import InputError, ModelError
from neurocyte.io.images import read_image
from neurocyte.io.inputs import InputFile
from neurocyte.io.labels import write_labels, write_mask
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity, JobOptions
from neurocyte.jobs.records import Failure, Outcome, Record, Source
from neurocyte.measurement import summarise
from neurocyte.models.folder import load_model
from neurocyte.quality import Reference, assess
from neurocyte.report.preview import Preview
from neurocyte.segmentation import Segmentation, Segmenter
from neurocyte.writers import write_overlay


@dataclass(frozen=True)
class WorkOrder:
    """What a worker needs to know beside the image; small, as it is sent along with each.

    Args:
        options: how to segment.
        root: the folder of results.
        threads: processor threads of this worker, None for the runtime's choice.
    """

    options: JobOptions
    root: Path
    threads: int | None = None


class Worker:
    """A loaded model that turns files into results.

    Args:
        order: what to do.

    Raises:
        ModelError: the model cannot be loaded.
        UsageError: a setting is out of its range.
    """

    def __init__(self, order: WorkOrder) -> None:
        self._options, self._folder = order.options, OutFolder(order.root)
        model = load_model(order.options.model)
        self._identity = Identity.of(order.options, model)
        self._input, self._reference = model.config.input, Reference.load(model)
        options = order.options
        self._segmenter = Segmenter(
            model, options.precision, order.threads, options.tile_size, tta=options.tta
        )

    def do(self, file: InputFile) -> Outcome:
        """Segment and measure one file and write what comes of it, the record last.

        Args:
            file: the image and the name of its results.

        Returns:
            The record, or why the image failed; nothing of a failed image is left in the folder.

        Raises:
            UsageError: the results cannot be written.
        """
        record = self._folder.record_of(file.stem)
        mine = record.exists()
        # Without its record an image counts as not done, whatever happens from here on.
        record.unlink(missing_ok=True)
        try:
            done, cells = self._segment(file)
            mine = True
            self._write(done, cells)
            return done
        except (InputError, ModelError) as exc:
            error = str(exc)
        except MemoryError:
            error = f"{file.path} does not fit into memory: give a smaller --tile or fewer --jobs."
        if mine:
            self._folder.discard(file.stem)
        return Failure(file.stem, str(file.path), error)

    def _segment(self, file: InputFile) -> tuple[Record, Segmentation]:
        options = self._options
        image = read_image(file.path, options.select(file.part))
        source = Source.of(file.path)
        pixel_size = image.pixel_size_um if options.pixel_size_um is None else options.pixel_size_um
        cells = self._segmenter.segment(image.pixels, pixel_size, options.task, options.min_confidence)
        height, width = cells.labels.shape
        count = len(cells.confidences)
        quality = assess(image.pixels, count, self._input, pixel_size, self._reference)
        row = {
            "height": height,
            "width": width,
            "pixel_size_um": pixel_size,
            **summarise(cells.labels, cells.table, pixel_size),
            **quality.to_row(),
        }
        runtime = self._segmenter.runtime.describe()
        done = Record(file.stem, source, self._identity, row, cells.table, __version__, runtime, file.part)
        return done, cells

    def _write(self, done: Record, cells: Segmentation) -> None:
        folder = self._folder
        write_labels(folder.labels_of(done.stem), cells.labels, cells.pixel_size_um)
        write_mask(folder.mask_of(done.stem), cells.labels > 0)
        write_overlay(folder.overlay_of(done.stem), cells.pixels, cells.labels)
        Preview.of(cells.pixels, cells.labels).save(folder.preview_of(done.stem))
        done.save(folder)
