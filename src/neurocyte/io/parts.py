"""Files with several time points or scenes: each is an image of its own."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from neurocyte.errors import InputError
from neurocyte.io._open import is_raster, open_planes
from neurocyte.io._planes import PlaneFile
from neurocyte.io.images import check_file, guarded
from neurocyte.io.inputs import InputFile, numbered
from neurocyte.io.selection import Selection


def expand_parts(files: Iterable[InputFile]) -> list[InputFile]:
    """Replace each file that holds several time points or scenes by those, in order.

    Only what the files say of themselves is read. A file that cannot be opened stays as it is: reading it
    will say why.

    Args:
        files: Files with unique stems.

    Returns:
        The same with unique stems: ``STEM_t000`` and so on for time points, ``STEM_s000`` for scenes,
        ``STEM_A_1_0`` for the fields of a plate, ``STEM_s000_t000`` for both.
    """
    found = [
        replace(file, stem=file.stem + name, part=part) for file in files for name, part in _parts(file.path)
    ]
    stems = [file.stem for file in found]
    if max(Counter(stem.casefold() for stem in stems).values(), default=1) == 1:
        return found
    return [replace(file, stem=stem) for file, stem in zip(found, numbered(stems), strict=True)]


def _parts(path: Path) -> list[tuple[str, Selection]]:
    try:
        check_file(path)
        return guarded(path, _parts_inside)
    except InputError:
        return [("", Selection())]


def _parts_inside(path: Path) -> list[tuple[str, Selection]]:
    if is_raster(path):
        return [("", Selection())]
    with open_planes(path) as file:
        return [
            (scene_name + time_name, Selection(time=time, scene=scene))
            for scene, scene_name in _numbers("s", len(file.scenes), file.scenes)
            for time, time_name in _numbers("t", _times(path, file, scene or 0))
        ]


def _times(path: Path, file: PlaneFile, scene: int) -> int:
    try:
        return guarded(path, lambda _: file.layout(scene).times)
    except InputError:
        # A damaged scene must not take the others along; reading it will say why.
        return 1


def _numbers(letter: str, count: int, names: tuple[str, ...] = ()) -> list[tuple[int | None, str]]:
    """Number what there are several of; one alone keeps the name, but for a plate's only field."""
    if count == 1 and not (names and names[0]):
        return [(None, "")]
    digits = max(3, len(str(count - 1)))
    given = [re.sub(r"\W", "_", name) for name in names] or [""] * count
    return [(n, f"_{name}" if name else f"_{letter}{n:0{digits}}") for n, name in enumerate(given)]
