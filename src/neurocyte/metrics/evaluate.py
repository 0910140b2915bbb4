"""A folder of predictions against an annotated data set."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import Dataset, Sample
from neurocyte.io.labels import read_labels
from neurocyte.io.stems import stem_of
from neurocyte.metrics.definitions import DEFINITIONS
from neurocyte.metrics.image_scores import ImageScores, score_image
from neurocyte.metrics.summary import Summary, summarise, summarise_by_type

PREDICTION_SUFFIXES = (".tif", ".tiff", ".png")


@dataclass(frozen=True)
class Evaluation:
    """The outcome of scoring a folder.

    Args:
        summary: Figures of all images scored; None when every one failed.
        by_type: The same for each cell type.
        images: Scores of each image, sorted by stem.
        missing: Stems of the annotated images without a prediction; they are not scored.
        failed: Stems of the images that could not be scored, and the sentence that says why.
        ignored: Number of predictions without an annotated image.
        notes: What the data set left out.
    """

    summary: Summary | None
    by_type: dict[str, Summary]
    images: tuple[ImageScores, ...]
    missing: tuple[str, ...]
    failed: dict[str, str]
    ignored: int
    notes: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every annotated image was scored."""
        return not self.missing and not self.failed

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON.

        Returns:
            The summary's figures at the top, then ``by_type``, ``images``, ``missing``, ``failed``,
            ``ignored``, ``notes`` and ``definitions``; ``n`` alone of the figures when nothing was scored.
        """
        return {
            **(self.summary.to_dict() if self.summary else {"n": 0}),
            "by_type": {name: summary.to_dict() for name, summary in self.by_type.items()},
            "images": [image.to_dict() for image in self.images],
            "missing": list(self.missing),
            "failed": self.failed,
            "ignored": self.ignored,
            "notes": list(self.notes),
            "definitions": DEFINITIONS,
        }


def evaluate_folder(truth: Dataset, pred_dir: str | Path) -> Evaluation:
    """Score the label images of a folder against an annotated data set, matched by stem.

    An annotated image without a prediction is reported and not scored; one that cannot be read or has
    another size is reported with the reason, and the rest goes on.

    Args:
        truth: The annotated images.
        pred_dir: Folder with label images STEM.tif, .tiff or .png (0 = background), or with such a folder
            named labels/, as ``neurocyte segment`` writes it.

    Returns:
        Scores of each image and their summary.

    Raises:
        UsageError: The folder does not exist or holds no prediction for any of the images.
    """
    folder, found = _find_predictions(Path(pred_dir))
    stems = {sample.stem for sample in truth.samples}
    if not stems & found.keys():
        raise UsageError(
            f"{folder} holds no prediction for any of the {len(stems)} annotated images: "
            f"name the label images as the pictures, with {', '.join(PREDICTION_SUFFIXES)}."
        )
    images: list[ImageScores] = []
    failed: dict[str, str] = {}
    for sample in truth.samples:
        if sample.stem in found:
            try:
                images.append(_score(sample, found[sample.stem]))
            except InputError as exc:
                failed[sample.stem] = str(exc)
    return Evaluation(
        summary=summarise(images) if images else None,
        by_type=summarise_by_type(images),
        images=tuple(images),
        missing=tuple(sorted(stems - found.keys())),
        failed=failed,
        ignored=len(found.keys() - stems),
        notes=truth.notes,
    )


def _find_predictions(root: Path) -> tuple[Path, dict[str, list[Path]]]:
    folder = root / "labels" if (root / "labels").is_dir() else root
    try:
        files = sorted(folder.iterdir())
    except OSError as exc:
        raise UsageError(f"{folder} cannot be listed ({exc.strerror}): check the path.") from exc
    found: dict[str, list[Path]] = {}
    for path in files:
        if path.suffix.lower() in PREDICTION_SUFFIXES and not path.name.startswith("."):
            found.setdefault(stem_of(path), []).append(path)
    return folder, found


def _score(sample: Sample, paths: list[Path]) -> ImageScores:
    if len(paths) > 1:
        names = " and ".join(path.name for path in paths)
        raise InputError(f"{paths[0].parent} holds {names} for one image: keep one of them.")
    pred = read_labels(paths[0])
    truth = sample.read_labels()
    if pred.shape != truth.labels.shape:
        raise InputError(
            f"{paths[0]} has shape {pred.shape} but its annotated image {truth.labels.shape}: "
            "predict at the image's native size."
        )
    return score_image(truth.labels, pred, sample.stem, sample.cell_type, truth.lost_pixels)
