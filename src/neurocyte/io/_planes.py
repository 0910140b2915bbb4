"""From a file of many planes to the one that was chosen; nothing is ever chosen silently."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._limits import check_size
from neurocyte.io._projection import project
from neurocyte.io._text import plural
from neurocyte.io.selection import PROJECTIONS, Selection

_COLOURS = ("red", "green", "blue")
_AS_FILE = "save the one to be used as a file of its own"


@dataclass(frozen=True)
class Layout:
    """The planes of one scene.

    Attributes:
        shape: (H, W) of a plane.
        dtype: Of its values.
        samples: 3 where a plane is (H, W, 3) RGB, else 1.
        channels: How many there are.
        names: Of all channels, or none.
        depth: Planes in z.
        times: Time points.
        pixel_size_um: Side of a pixel in micrometres, where the file says it.
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    samples: int = 1
    channels: int = 1
    names: tuple[str, ...] = ()
    depth: int = 1
    times: int = 1
    pixel_size_um: float | None = None


class PlaneFile(Protocol):
    """An open file; everything is counted from 0."""

    scene_kind: str
    """What its scenes are called."""
    scenes: tuple[str, ...]
    """At least one; an empty name stands for its number."""
    gaps: bool
    """Whether data that are missing read as zeros."""

    def layout(self, scene: int) -> Layout:
        """Tell what planes a scene has; raises InputError for axes that are not handled."""

    def plane(self, scene: int, time: int, channel: int, z: int) -> npt.NDArray[Any]:
        """Read one plane, (H, W) or (H, W, 3)."""


def read_plane(path: Path, file: PlaneFile, selection: Selection) -> tuple[npt.NDArray[Any], float | None]:
    """Read what was chosen of a file.

    Args:
        path: The file, for messages.
        file: The same, open.
        selection: What was chosen.

    Returns:
        Pixels (H, W) or (H, W, 3), and the pixel size in micrometres or None.

    Raises:
        InputError: Something must be chosen and was not, or what was chosen is not there; a plane is too
            large or missing.
    """
    chosen = choose(path, file, selection)
    layout, samples = chosen.layout, chosen.samples
    check_size(path, (*layout.shape, *((samples,) if samples > 1 else ())), layout.dtype.itemsize, samples)

    def plane(z: int) -> npt.NDArray[Any]:
        return together(
            [
                _part(path, file, (chosen.scene, chosen.time, channel, z), sample)
                for channel, sample in chosen.channels
            ]
        )

    return project(plane, layout.depth, selection.z_projection), layout.pixel_size_um


@dataclass(frozen=True)
class Chosen:
    """What a selection means in a file.

    Attributes:
        scene: Its number.
        layout: Of that scene.
        time: The time point.
        channels: One to be read, or three that are colours; of each the sample to take, None for all.
        samples: Values of a pixel that are read for it.
    """

    scene: int
    layout: Layout
    time: int
    channels: list[tuple[int, int | None]]
    samples: int


def choose(path: Path, file: PlaneFile, selection: Selection) -> Chosen:
    """Find what a selection means in a file.

    Args:
        path: The file, for messages.
        file: The same, open.
        selection: What was chosen.

    Returns:
        The scene, time and channels.

    Raises:
        InputError: Something must be chosen and was not, or what was chosen is not there.
    """
    scene, layout = chosen_scene(path, file, selection)
    time = _one_of(path, layout.times, "time point", selection.time, f"name one (time=), or {_AS_FILE}")
    channels = _channels(path, layout, selection.channel)
    _check_z(path, layout.depth, selection.z_projection)
    return Chosen(scene, layout, time, channels, layout.samples * (3 if len(channels) == 3 else 1))


def together(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Make one plane of one part, or of three that are colours."""
    return parts[0] if len(parts) == 1 else np.stack(parts, axis=-1)


def chosen_scene(path: Path, file: PlaneFile, selection: Selection) -> tuple[int, Layout]:
    """Find the scene that was chosen.

    Args:
        path: The file, for messages.
        file: The same, open.
        selection: What was chosen.

    Returns:
        Its number and layout.

    Raises:
        InputError: There are several and none was chosen, or there are fewer.
    """
    remedy = f"{_AS_FILE} or name it (scene=)"
    scene = _one_of(path, len(file.scenes), file.scene_kind, selection.scene, remedy)
    return scene, file.layout(scene)


def _part(
    path: Path, file: PlaneFile, place: tuple[int, int, int, int], sample: int | None
) -> npt.NDArray[Any]:
    values = file.plane(*place)
    if file.gaps and not values.any():
        scene, time, channel, z = place
        where = f"scene {scene}, time {time}, channel {channel}, z {z}"
        raise InputError(f"{path} holds nothing at {where}, or zeros only: copy or export the file again.")
    return values if sample is None else values[..., sample]


def _one_of(path: Path, count: int, kind: str, asked: int | None, remedy: str) -> int:
    if asked is None and count > 1:
        raise InputError(f"{path} holds {plural(count, kind)}: {remedy}.")
    if asked is not None and asked >= count:
        raise InputError(f"{path} has no {kind} {asked}: it has {count}, counted from 0.")
    return asked or 0


def _check_z(path: Path, depth: int, how: str | int | None) -> None:
    if how is None and depth > 1:
        raise InputError(
            f"{path} is a stack of {depth} planes: choose with --z-projection {', '.join(PROJECTIONS)}, or a "
            f"plane's number from 0 to {depth - 1}."
        )
    if isinstance(how, int) and how >= depth:
        raise InputError(f"{path} has no plane {how}: it has {plural(depth, 'plane')}, counted from 0.")


def _channels(path: Path, layout: Layout, asked: str | int | None) -> list[tuple[int, int | None]]:
    """Return the channels to read, each with the sample to take of it: one, or three that are colours."""
    rgb = layout.samples == 3 and layout.channels == 1
    count = 3 if rgb else layout.channels
    names = _COLOURS if rgb else layout.names
    if asked is None:
        if rgb or count == 1:
            return [(0, None)]
        if count == 3 and layout.samples == 1 and _are_colours(names):
            return [(channel, None) for channel in range(3)]
        raise InputError(f"{path} has {count} channels ({_listed(names, count)}): choose one with --channel.")
    number = _numbered(asked, names)
    if number is None or number >= count:
        known = _listed(names, count) if names or count > 1 else "one channel, 0, without a name"
        raise InputError(f"{path} has no channel {asked}: it has {known}; choose one of those.")
    return [(0, number)] if rgb else [(number, None)]


def _are_colours(names: tuple[str, ...]) -> bool:
    """Tell three planes of one colour picture; fluorescence has other names."""
    return not names or tuple(name.casefold() for name in names) in (_COLOURS, ("r", "g", "b"))


def _numbered(asked: str | int, names: tuple[str, ...]) -> int | None:
    if isinstance(asked, int):
        return asked
    exact = [number for number, name in enumerate(names) if name == asked]
    found = exact or [number for number, name in enumerate(names) if name.casefold() == asked.casefold()]
    if len(found) == 1:
        return found[0]
    return int(asked) if asked.isascii() and asked.isdigit() else None


def _listed(names: tuple[str, ...], count: int) -> str:
    shown = [str(number) for number in range(count)] if len(names) != count else list(names)
    return ", ".join(shown[:20]) + (" ..." if count > 20 else "")
