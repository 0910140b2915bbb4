"""One image of a job, from the file to its results on disk."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from neurocyte import __version__
from neurocyte.errors import InputError, ModelError
from neurocyte.io.images import read_image
from neurocyte.io.inputs import InputFile
from neurocyte.io.labels import write_labels, write_mask
from neurocyte.io.windows import WindowedImage
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity, JobOptions
from neurocyte.jobs.records import Failure, Outcome, Record, Source
from neurocyte.large import LARGE_PIXELS
from neurocyte.large.opening import opened_if_large
from neurocyte.measurement import summarise
from neurocyte.models.folder import load_model
from neurocyte.quality import Reference, assess
from neurocyte.report.preview import Preview
from neurocyte.segmentation import Float32, Network, Segmentation, Segmenter
from neurocyte.writers import write_overlay
from neurocyte.writers.overlay import colours


@dataclass(frozen=True)
class WorkOrder:
    """What a worker needs to know beside the image; small, as it is sent along with each.

    Args:
        options: how to segment.
        root: the folder of results.
        threads: processor threads of this worker, None for the runtime's choice.
        large_pixels: images of more are done part by part, where their file can be read so.
    """

    options: JobOptions
    root: Path
    threads: int | None = None
    large_pixels: int = LARGE_PIXELS


class Worker:
    """A loaded model that turns files into results.

    Args:
        order: what to do.

    Attributes:
        identity: the model and settings it came to.

    Raises:
        ModelError: the model cannot be loaded.
        UsageError: a setting is out of its range.
    """

    def __init__(self, order: WorkOrder) -> None:
        self._options, self._folder = order.options, OutFolder(order.root)
        self._large_pixels = order.large_pixels
        model = load_model(order.options.model)
        self.identity = Identity.of(order.options, model)
        self._input, self._reference = model.config.input, Reference.load(model)
        options = order.options
        self._segmenter = Segmenter(
            model, options.precision, order.threads, options.tile_size, tta=options.tta
        )

    def do(self, file: InputFile, network: Network | None = None) -> Outcome:
        """Segment and measure one file and write what comes of it, the record last.

        Args:
            file: the image and the name of its results.
            network: called in place of `predict`, with each batch of `inputs` in turn.

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
            with self._opened_if_large(file) as image:
                if image:
                    return self._do_large(file, image, network)
            done, cells = self._segment(file, network)
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

    def inputs(self, file: InputFile) -> Iterator[Float32]:
        """Give what the network gets of a file, batch after batch; raises InputError."""
        with self._opened_if_large(file) as image:
            if image:
                from neurocyte.large.segmenting import network_inputs

                yield from network_inputs(image, self._segmenter, self._pixel_size(image.pixel_size_um))
                return
        yield from self._segmenter.inputs(*self._read(file))

    def predict(self, batch: Float32) -> Float32:
        """Run the network; raises ModelError."""
        return self._segmenter.runtime.predict(batch)

    def _read(self, file: InputFile) -> tuple[NDArray[Any], float | None]:
        image = read_image(file.path, self._options.select(file.part))
        return image.pixels, self._pixel_size(image.pixel_size_um)

    def _pixel_size(self, told: float | None) -> float | None:
        size = self._options.pixel_size_um
        return told if size is None else size

    def _opened_if_large(self, file: InputFile) -> AbstractContextManager[WindowedImage | None]:
        return opened_if_large(file.path, self._options.select(file.part), self._input, self._large_pixels)

    def _do_large(self, file: InputFile, image: WindowedImage, network: Network | None) -> Record:
        # Not at the start, which waits for what is imported: few jobs have a large image.
        from neurocyte.jobs.large import results_of, write_large
        from neurocyte.large.segmenting import segment_large

        options, folder = self._options, self._folder
        source, size = Source.of(file.path), self._pixel_size(image.pixel_size_um)
        runtime = self._segmenter.runtime
        with segment_large(
            image, self._segmenter, folder.records, size, options.task, options.min_confidence, network
        ) as found:
            results = results_of(found, self._input, size, self._reference)
            done = Record(
                file.stem,
                source,
                self.identity,
                results.row,
                results.cells,
                __version__,
                {**runtime.describe(), "in_windows": results.how},
                file.part,
            )
            write_large(folder, file.stem, found, size)
            done.save(folder)
        return done

    def _segment(self, file: InputFile, network: Network | None) -> tuple[Record, Segmentation]:
        options = self._options
        pixels, pixel_size = self._read(file)
        source = Source.of(file.path)
        cells = self._segmenter.segment(
            pixels, pixel_size, options.task, options.min_confidence, network=network
        )
        height, width = cells.labels.shape
        count = len(cells.confidences)
        quality = assess(pixels, count, self._input, pixel_size, self._reference)
        row = {
            "height": height,
            "width": width,
            "pixel_size_um": pixel_size,
            **summarise(cells.labels, cells.table, pixel_size),
            **quality.to_row(),
        }
        runtime = self._segmenter.runtime.describe()
        done = Record(file.stem, source, self.identity, row, cells.table, __version__, runtime, file.part)
        return done, cells

    def _write(self, done: Record, cells: Segmentation) -> None:
        folder = self._folder
        write_labels(folder.labels_of(done.stem), cells.labels, cells.pixel_size_um)
        write_mask(folder.mask_of(done.stem), cells.labels > 0)
        chosen = colours(cells.labels)
        write_overlay(folder.overlay_of(done.stem), cells.pixels, cells.labels, chosen)
        Preview.of(cells.pixels, cells.labels, chosen).save(folder.preview_of(done.stem))
        done.save(folder)
