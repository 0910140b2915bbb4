"""A model as a bioimage.io package, which bioimageio.core has tested before it is written."""

import gc
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bioimageio.core
import bioimageio.spec
import numpy as np
import tifffile
import yaml
from loguru import logger
from PIL import Image as PillowImage

from neurocyte.errors import ModelError, UsageError
from neurocyte.io.atomic import atomic_path
from neurocyte.models.folder import Model, read_card
from neurocyte.sharing.description import description, input_type
from neurocyte.sharing.example import make_example
from neurocyte.sharing.graph import whole_graph
from neurocyte.sharing.pack import pack
from neurocyte.sharing.parts import verify
from neurocyte.sharing.readme import readme
from neurocyte.sharing.unpack import INNER_NAME

RDF_NAME = "rdf.yaml"


@dataclass(frozen=True)
class Package:
    """A written package: path, its size in bytes, and the licence as it states it."""

    path: Path
    size_bytes: int
    license: str


def write_package(folder: Path, out: Path, authors: Sequence[str], license_id: str | None = None) -> Package:
    """Package a model folder and test the package.

    Args:
        folder: a model folder, exported.
        out: the zip file; an older one is replaced.
        authors: names, at least one.
        license_id: SPDX identifier of the weights' licence; None puts the config's sentence into LICENSE.txt,
            unless it begins with such an identifier.

    Returns:
        What was written.

    Raises:
        ModelError: the folder is incomplete or damaged, the model cannot be described, or bioimageio.core's
            test of the package failed.
        UsageError: the identifier is none of SPDX's, or the file cannot be written.
    """
    model = verify(folder)
    spdx = _license(model, license_id)
    with TemporaryDirectory() as temporary, _quiet():
        content = Path(temporary) / "content"
        content.mkdir()
        _write_content(model, content, authors, spdx)
        package = Path(temporary) / "package.zip"
        try:
            bioimageio.spec.save_bioimageio_package(content / RDF_NAME, output_path=package)
        except ValueError as exc:
            raise ModelError(f"{folder} cannot be described for bioimage.io: {_flat(exc)}.") from exc
        _test(package, folder)
        with atomic_path(out) as target:
            target.write_bytes(package.read_bytes())
    return Package(out, out.stat().st_size, spdx or model.config.license)


def _write_content(model: Model, content: Path, authors: Sequence[str], spdx: str | None) -> None:
    config = model.config
    example = make_example(model)
    given, expected = example.tensors(input_type(config))
    np.save(content / "test_input.npy", given)
    np.save(content / "test_output.npy", expected)
    PillowImage.fromarray(example.pixels).save(content / "sample_input.png")
    tifffile.imwrite(content / "sample_output.tif", expected[0].squeeze(), photometric="minisblack")
    example.cover().save(content / "cover.png")
    (content / "weights.onnx").write_bytes(whole_graph(model))
    (content / "README.md").write_text(readme(config, read_card(model.path)), encoding="utf-8")
    (content / "LICENSE.txt").write_text(config.license + "\n", encoding="utf-8")
    pack(model.path, content / INNER_NAME)
    described = description(config, authors, spdx, float(expected.max()))
    text = yaml.safe_dump(described, sort_keys=False, allow_unicode=True)
    (content / RDF_NAME).write_text(text, encoding="utf-8")


def _license(model: Model, given: str | None) -> str | None:
    """Give the SPDX identifier to state, None if there is only a sentence."""
    from bioimageio.spec.generic.v0_3 import LicenseId

    # "Weights: CC0 1.0, like the data" states CC0-1.0.
    clause = re.split("[,;(]", model.config.license.removeprefix("Weights:"))[0].strip(" .")
    text = clause.replace(" ", "-") if given is None else given
    try:
        LicenseId(text)
    except ValueError as exc:
        if given is None:
            return None
        raise UsageError(
            f"{given!r} is no licence identifier of SPDX such as CC-BY-4.0; leave --license out, and the "
            "model's own line goes into LICENSE.txt."
        ) from exc
    return text


def _test(package: Path, folder: Path) -> None:
    summary = bioimageio.core.test_model(package)
    if summary.status == "passed":
        return
    errors = [error.msg for detail in summary.details for error in detail.errors]
    raise ModelError(
        f"The package of {folder} did not pass bioimageio.core's test ({_flat('; '.join(errors))}); nothing "
        "was written, please report it with the model's config.json."
    )


def _flat(text: Any) -> str:
    return " ".join(str(text).split())[:500]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep bioimageio's log and warnings from the terminal (what fails is said), and its files closed."""
    logger.disable("bioimageio")
    # It leaves files open; on Windows an open file cannot be deleted.
    with warnings.catch_warnings(action="ignore"):
        try:
            yield
        finally:
            logger.enable("bioimageio")
            gc.collect()
