"""Turn a training run and its cross-validation into a model that ships with the package.

    python tools/bundle_model.py RUN NAME --about tools/NAME.yaml

RUN is what `neurocyte train --folds K` wrote. The network of its first fold ships: chosen by that rule, not
by its score, so that images which it never saw are at hand to check it.

Weights are rounded to half precision, the ONNX file is exported from the rounded weights, the figures of the
cross-validation become the model's figures, and the card is written from both. The statistics of the training
images go along.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import load_file

from neurocyte.export import export_folder
from neurocyte.io.atomic import write_bytes
from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import BUNDLED, METRICS_NAME, WEIGHTS_NAME
from neurocyte.quality import REFERENCE_NAME
from neurocyte.training.results.folder import write_model_folder

PROTOCOL = (
    "Nested cross-validation, {folds} over {n} images, seed {seed}: each image is scored by a network "
    "that never saw it, trained like this model on the other folds; epoch and threshold come from validation "
    "images inside the training folds, decoding lengths from their training images, and the scored fold was "
    "used once. The network of the first fold ships: trained on {train} images, with {val} more for choosing "
    "epoch and threshold; it never saw the first fold's {test} images."
)
REFITTED = (
    " Once these had chosen, every fold's network learned for {refit} more epochs from them, too; the column "
    "of the last epoch is of the networks before."
)


def main() -> None:
    """Write the bundled folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--about", type=Path, required=True, help="YAML: what the card says")
    args = parser.parse_args()
    about: dict[str, str] = yaml.safe_load(args.about.read_text(encoding="utf-8"))
    fold = args.run / "fold-0"
    config = ModelConfig.load(fold)
    cv: dict[str, Any] = json.loads((args.run / "cross_validation.json").read_text(encoding="utf-8"))
    config = replace(
        config,
        name=args.name,
        description=about["description"].strip(),
        license=about["license"].strip(),
        data={
            **config.data,
            **{key: about[key].strip() for key in ("command", "limits")},
            "description": about["data"].strip(),
        },
    )
    out = BUNDLED / args.name
    out.mkdir(parents=True, exist_ok=True)
    tensors = load_file(fold / WEIGHTS_NAME)
    weights = {n: t.half() if t.is_floating_point() else t for n, t in tensors.items()}
    if not all(torch.isfinite(t).all() for t in weights.values()):
        raise SystemExit("A weight is too large for half precision.")
    written = write_model_folder(out, config, weights, _metrics(fold, cv, config), about["limits"].strip())
    if (fold / REFERENCE_NAME).is_file():
        reference = (fold / REFERENCE_NAME).read_bytes()
        write_bytes(out / REFERENCE_NAME, reference)
        files = {**written.files, REFERENCE_NAME: hashlib.sha256(reference).hexdigest()}
        replace(written, files=files).save(out)
    report = export_folder(out)
    size = sum(f.stat().st_size for f in out.iterdir())
    print(f"{out}: {size / 1e6:.1f} MB, parity {report.parity:.1e}")


def _metrics(fold: Path, cv: dict[str, Any], config: ModelConfig) -> dict[str, Any]:
    validation = json.loads((fold / METRICS_NAME).read_text(encoding="utf-8"))
    folds = cv["folds"]
    keys = [key for key, value in folds[0]["chosen"].items() if isinstance(value, (int, float))]
    spread = {key: _deviation([fold["chosen"][key] for fold in folds]) for key in keys if key != "n"}
    apart = ("folds", "images", "definitions", "last", "planned_folds")
    figures = {key: value for key, value in cv.items() if key not in apart}
    refit = config.data.get("refit")
    return {
        "protocol": PROTOCOL.format(
            folds=_folds(len(folds), cv["planned_folds"]),
            n=cv["n"],
            seed=config.seed,
            train=config.data["train"],
            val=config.data["val"],
            test=folds[0]["chosen"]["n"],
        )
        + (REFITTED.format(refit=refit) if refit else ""),
        **figures,
        "spread": spread,
        "last": cv["last"],
        "folds": folds,
        "validation": validation,
    }


def _folds(done: int, planned: int) -> str:
    return f"{done} folds" if done == planned else f"of {planned} folds only {done} so far,"


def _deviation(values: list[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return float((sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5)


if __name__ == "__main__":
    main()
