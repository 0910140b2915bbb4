"""model.int8.onnx into a model folder, with the report of what it costs."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.annotations import Dataset
from neurocyte.io.atomic import write_bytes, write_text
from neurocyte.models.folder import BUNDLED, CARD_NAME, INT8_NAME, Model, find_model, load_model, read_card
from neurocyte.models.parity import PARITY_NAME, Parity
from neurocyte.processor import has_int8_products
from neurocyte.quantization.images import calibration_tiles, divide, judged
from neurocyte.quantization.network import METHOD, quantize
from neurocyte.quantization.parity import compare
from neurocyte.quantization.report import with_section
from neurocyte.runtime import supports_bf16
from neurocyte.segmentation import Segmenter


def export_int8(name_or_dir: str | Path, inputs: Sequence[str | Path], data: Dataset | None = None) -> Parity:
    """Quantise a model's network and write it beside model.onnx, with what that costs.

    precision.json and the card say it. All is measured before anything is written, and config.json, which
    makes the new files part of the model, is written last.

    Args:
        name_or_dir: the model, exported; one of the user's or a folder.
        inputs: images to calibrate on, files, folders and patterns.
        data: annotated images to judge by; None keeps every fourth of the others for it, at least one.

    Returns:
        What it costs.

    Raises:
        ModelError: the model is not exported, damaged, or cannot be quantised.
        UsageError: it ships with neurocyte, the images do not suffice, or a file cannot be written.
        InputError: an image cannot be read.
    """
    folder = find_model(name_or_dir)
    if folder.resolve().parent == BUNDLED.resolve():
        raise UsageError(
            f"{name_or_dir} ships with neurocyte and stays as it is: take a copy of the folder {folder} and "
            "name that."
        )
    model = load_model(folder)
    files, kept = divide(inputs, data)
    images = judged(kept, data)
    exact = Segmenter(model, "fp32")
    tiles = calibration_tiles(exact, files)
    network = quantize(model.onnx, tiles)
    segmenters = {"fp32": exact}
    if supports_bf16():
        segmenters["bf16"] = Segmenter(model, "bf16")
    # As --precision int8 will run it, which takes it from the folder: nothing is written there yet.
    segmenters["int8"] = Segmenter(replace(model, onnx=network), "fp32")
    figures, agreements = compare(segmenters, images)
    parity = Parity(
        fp32_sha256=model.sha256,
        int8_sha256=hashlib.sha256(network).hexdigest(),
        method=METHOD,
        processor=exact.runtime.describe()["device"],
        int8_products=has_int8_products(),
        calibration_images=len(files),
        calibration_tiles=len(tiles),
        images=len(images),
        annotated=data is not None,
        figures=figures,
        agreements=agreements,
        iou_drop=_drop(figures[0].iou, figures[-1].iou),
        map_drop=_drop(figures[0].map, figures[-1].map),
    )
    _write(model, network, parity)
    return parity


def _drop(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else 100 * (before - after)


def _write(model: Model, network: bytes, parity: Parity) -> None:
    write_bytes(model.path / INT8_NAME, network)
    checksum = parity.save(model.path)
    write_text(model.path / CARD_NAME, with_section(read_card(model.path), parity))
    # Last: it makes the new files part of the model.
    files = {**model.config.files, INT8_NAME: parity.int8_sha256, PARITY_NAME: checksum}
    replace(model.config, files=files).save(model.path)
