"""Give a model folder the statistics of its training images: reference.json and its checksum.

    python tools/reference.py MODEL IMAGE...

By them `neurocyte segment` flags images that are out of focus or unlike the training data.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from neurocyte.io.images import read_image
from neurocyte.io.inputs import collect_inputs
from neurocyte.models.folder import load_model
from neurocyte.quality import REFERENCE_NAME, Reference
from neurocyte.quality.measures import features_of


def main() -> None:
    """Measure the images and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="a bundled model's name or a model folder")
    parser.add_argument("images", nargs="+", help="files, folders or patterns")
    args = parser.parse_args()
    model = load_model(args.model)
    features = []
    for file in collect_inputs(args.images):
        image = read_image(Path(file.path))
        features.append(features_of(image.pixels, model.config.input, image.pixel_size_um))
    reference = Reference.of(features)
    files = {**model.config.files, REFERENCE_NAME: reference.save(model.path)}
    replace(model.config, files=files).save(model.path)
    print(f"{model.path / REFERENCE_NAME}: {reference.images} images, limit {reference.limit:.3f}")


if __name__ == "__main__":
    main()
