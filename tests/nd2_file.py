"""Writes small ND2 files by the format's chunks, as there is no library that does."""

import struct
from pathlib import Path
from typing import Any

import numpy as np

_MAGIC, _ALIGNMENT = 0x0ABECEDA, 4096


def write_nd2(
    path: Path,
    frames: np.ndarray,
    loops: list[tuple[str, int]],
    names: tuple[str, ...] = (),
    pixel_size_um: float | None = None,
) -> Path:
    """Write frames (N, Y, X, components), in the order of the loops: T, P or Z and its count, outer first.

    Components are channels if there are names for them, else the colours of one.
    """
    count, height, width, components = frames.shape
    attributes = {
        "uiWidth": width,
        "uiWidthBytes": width * components * frames.itemsize,
        "uiHeight": height,
        "uiComp": components,
        "uiBpcInMemory": 8 * frames.itemsize,
        "uiBpcSignificant": 8 * frames.itemsize,
        "uiSequenceCount": count,
        "eCompression": 2,
    }
    planes = {
        f"a{number}": {
            "sDescription": name,
            "uiCompCount": 1 if names else components,
            "pFluorescentProbe": {"m_sName": name},
        }
        for number, name in enumerate(names or ("brightfield",))
    }
    metadata = {
        "dCalibration": pixel_size_um or 1.0,
        "bCalibrated": pixel_size_um is not None,
        "sPicturePlanes": {"uiCount": len(planes), "uiCompCount": components, "sPlaneNew": planes},
    }
    chunks = {
        "ImageAttributesLV!": _variant({"SLxImageAttributes": attributes}),
        "ImageMetadataSeqLV|0!": _variant({"SLxPictureMetadata": metadata}),
        "ImageMetadataLV!": _variant({"SLxExperiment": _experiment(loops)}) if loops else b"",
    }
    # Eight bytes of acquisition time precede the values.
    chunks |= {
        f"ImageDataSeq|{n}!": bytes(8) + np.ascontiguousarray(one).tobytes() for n, one in enumerate(frames)
    }
    content = _chunk("ND2 FILE SIGNATURE CHUNK NAME01!", b"Ver3.0".ljust(64, b"\0"), 32)
    places = b""
    for name, data in chunks.items():
        if not data:
            continue
        content += bytes(-len(content) % _ALIGNMENT)
        places += name.encode() + struct.pack("<QQ", len(content), len(data))
        content += _chunk(name, data, _ALIGNMENT - 24 if name.startswith("ImageDataSeq") else 64)
    start = len(content)
    places += b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", start)
    path.write_bytes(content + _chunk("ND2 FILEMAP SIGNATURE NAME 0001!", places, 32))
    return path


def _chunk(name: str, data: bytes, reserved: int) -> bytes:
    return struct.pack("<IIQ", _MAGIC, reserved, len(data)) + name.encode().ljust(reserved, b"\0") + data


def _experiment(loops: list[tuple[str, int]]) -> dict[str, Any]:
    (kind, count), rest = loops[0], loops[1:]
    if kind == "T":
        number, pars = 1, {"uiCount": count, "dStart": 0.0, "dPeriod": 1.0, "dDuration": 1.0}
    elif kind == "Z":
        number, pars = 4, {"uiCount": count, "dZLow": 0.0, "dZHigh": 1.0, "dZStep": 1.0}
    else:
        points = {f"p{n}": {"dPosX": float(n), "dPosY": 0.0, "dPosZ": 0.0} for n in range(count)}
        number, pars = 2, {"uiCount": count, "Points": points}
    inner = {"ppNextLevelEx": {"next": _experiment(rest)}} if rest else {}
    return {"eType": number, "uLoopPars": pars, **inner}


def _variant(values: dict[str, Any]) -> bytes:
    """Encode a dictionary the way NIS-Elements does (CLX Lite)."""
    return b"".join(_field(name, value) for name, value in values.items())


def _field(name: str, value: Any) -> bytes:
    if isinstance(value, dict):
        head = _head(11, name)
        body = _variant(value)
        return (
            head + struct.pack("<IQ", len(value), len(head) + 12 + len(body)) + body + bytes(8 * len(value))
        )
    if isinstance(value, bool):
        return _head(1, name) + struct.pack("<?", value)
    if isinstance(value, int):
        return _head(3, name) + struct.pack("<I", value)
    if isinstance(value, float):
        return _head(6, name) + struct.pack("<d", value)
    return _head(8, name) + value.encode("utf-16-le") + b"\0\0"


def _head(kind: int, name: str) -> bytes:
    return struct.pack("<BB", kind, len(name) + 1) + name.encode("utf-16-le") + b"\0\0"
