"""Planes of Nikon's ND2 files, through nd2."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._extra import nd2
from neurocyte.io._planes import Layout
from neurocyte.io._units import in_micrometres, square

# The present format, and the JPEG 2000 one from before 2010.
_MAGICS = (b"\xda\xce\xbe\x0a", b"\x00\x00\x00\x0cjP  ")


def is_nd2(head: bytes) -> bool:
    """Tell an ND2 file by its first bytes.

    Args:
        head: At least 8 of them.

    Returns:
        True for an ND2 file.
    """
    return head.startswith(_MAGICS)


@contextmanager
def open_nd2(path: Path) -> Iterator["Nd2Planes"]:
    """Open an ND2 file.

    Args:
        path: The file.

    Yields:
        Its planes.

    Raises:
        InputError: It has axes that are not handled, or nd2 is not installed.
    """
    with nd2(path).ND2File(path) as file:
        try:
            planes = Nd2Planes(path, file)
        except ValueError as exc:
            # The library quotes the bytes it found in place of the table of contents.
            raise InputError(f"{path} is cut or damaged: copy or export it again.") from exc
        yield planes


class Nd2Planes:
    """The planes of an open ND2 file; see `neurocyte.io._planes.PlaneFile`.

    Args:
        path: The file, for messages.
        file: The same, open.

    Raises:
        InputError: It has axes that are not handled.
    """

    scene_kind = "position"
    # Frames that were never recorded, or cut off, are given as zeros.
    gaps = True

    def __init__(self, path: Path, file: Any) -> None:
        self._file, self._sizes = file, dict(file.sizes)
        if odd := [name for name in self._sizes if name not in "PTCZYXS"]:
            raise InputError(f"{path} has an axis {odd[0]}: export one of its parts as a file of its own.")
        self.scenes = ("",) * self._sizes.get("P", 1)
        self._planes, self._samples = file.attributes.channelCount or 1, file.components_per_channel

    def layout(self, scene: int) -> Layout:  # noqa: ARG002 (all are alike)
        """Tell what planes a position has."""
        colours = self._samples in (3, 4)
        channels = self._planes if colours else self._planes * self._samples
        described = getattr(self._file.metadata, "channels", None) or []
        names = tuple(str(one.channel.name) for one in described)
        return Layout(
            shape=(int(self._sizes["Y"]), int(self._sizes["X"])),
            dtype=np.dtype(self._file.dtype),
            samples=3 if colours else 1,
            channels=channels,
            names=names if len(names) == channels and all(names) else (),
            depth=self._sizes.get("Z", 1),
            times=self._sizes.get("T", 1),
            pixel_size_um=_pixel_size(described),
        )

    def plane(self, scene: int, time: int, channel: int, z: int) -> npt.NDArray[Any]:
        """Read the frame that the plane is in; a frame has all channels."""
        wanted = {"P": scene, "T": time, "Z": z}
        loops = self._file.loop_indices
        number = next(
            number for number, loop in enumerate(loops) if all(loop.get(a, 0) == i for a, i in wanted.items())
        )
        shape = (self._planes, self._sizes["Y"], self._sizes["X"], self._samples)
        # The array lies in the file, which will be closed.
        frame = np.array(self._file.read_frame(number)).reshape(shape)
        if self._samples in (3, 4):
            colours = frame[channel, ..., :3]
            # NIS-Elements stores blue first; JPEG 2000 has an order of its own.
            return colours if self._file.is_legacy else colours[..., ::-1]
        return frame[channel // self._samples, ..., channel % self._samples]


def _pixel_size(channels: list[Any]) -> float | None:
    # Where nothing was calibrated, the library answers 1.
    volumes = [one.volume for one in channels[:1] if all(one.volume.axesCalibrated[:2])]
    if not volumes:
        return None
    x, y = (in_micrometres(side, "µm") for side in volumes[0].axesCalibration[:2])
    return square(x, y)
