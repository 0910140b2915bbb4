"""How a stack lies on disk: a label image a frame, STEM_t0000.tif, STEM_t0001.tif, ..."""

import re
from collections.abc import Iterable

_FRAME = re.compile(r"(?P<stem>.+)_t(?P<frame>\d{4,})")


def frame_stem(stem: str, frame: int) -> str:
    """Name a frame of a stack."""
    return f"{stem}_t{frame:04d}"


def grouped(stems: Iterable[str]) -> dict[str, list[str]]:
    """Put the frames of each stack together.

    Args:
        stems: of files.

    Returns:
        By the name of a stack the stems of its frames in order, from 0 without gaps; every other stem by
        itself, as a list of one.
    """
    stems = list(stems)
    found: dict[str, list[str]] = {}
    for stem in stems:
        match = _FRAME.fullmatch(stem)
        found.setdefault(match["stem"] if match else stem, []).append(stem)
    groups: dict[str, list[str]] = {}
    for name, members in found.items():
        frames = [frame_stem(name, frame) for frame in range(len(members))]
        if set(members) == set(frames):
            groups[name] = frames
        else:
            groups |= {stem: [stem] for stem in members}
    return groups


def safe_stem(name: str) -> str:
    """Turn a layer's name into the stem of a file."""
    return re.sub(r"[^\w.()+ -]+", "_", name).strip(" .") or "image"
