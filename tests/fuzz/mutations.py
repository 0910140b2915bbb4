"""Strategies: a sound file's content with faults in it."""

import copy
import csv
import io
import json
from typing import Any

from hypothesis import strategies as st

_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 2**31, 2**32 - 1, 2**63, 10**30, 1e308, -1e308, 1e-320, 0.5),
    *(float("nan"), float("inf"), "", "a", "0", "-1", "../..", "/", "\0", "a" * 300, "\ud800", "é", "nan"),
    *([], {}, [[]], [None], [[1, 1], [2, 2], [3, 1]], {"type": "Polygon"}, [0, 120], [1] * 7),
)
_EDGE = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
)


@st.composite
def damaged(draw: st.DrawFn, content: bytes, other: bytes) -> bytes:
    """Bytes changed, cut, put in, taken out, doubled, or replaced by a part of another file.

    Args:
        draw: of hypothesis.
        content: the sound file.
        other: another one.
    """
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        # Faults near the beginning meet headers.
        top = max(len(data) - 1, 0)
        at = draw(st.integers(0, top) | st.integers(0, min(top, 200)))
        length = draw(st.integers(1, 8) | st.integers(1, max(len(data) // 2, 1)))
        what = draw(st.sampled_from(("flip", "edge", "cut", "delete", "double", "splice", "insert", "swap")))
        if what == "flip":
            data[at : at + 1] = bytes([(data[at] if data else 0) ^ (1 << draw(st.integers(0, 7)))])
        elif what == "edge":
            piece = draw(st.sampled_from(_EDGE))
            data[at : at + len(piece)] = piece
        elif what == "cut":
            del data[at:]
        elif what == "delete":
            del data[at : at + length]
        elif what == "double":
            data[at:at] = data[at : at + length] * draw(st.integers(1, 50))
        elif what == "splice":
            start = draw(st.integers(0, max(len(other) - 1, 0)))
            data[at : at + length] = other[start : start + length]
        elif what == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        else:
            data[at : at + 4] = data[at : at + 4][::-1]
    return bytes(data)


@st.composite
def odd_json(draw: st.DrawFn, content: bytes) -> bytes:
    """JSON of which some values are others, missing, doubled, or one in another's place."""
    value = json.loads(content)
    for _ in range(draw(st.integers(1, 4))):
        places = list(_places(value))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(("odd", "odd", "missing", "double", "swap", "number", "text")))
        if what == "odd":
            # Copied: a later change must not reach the list of odd values.
            holder[key] = copy.deepcopy(draw(st.sampled_from(_ODD)))
        elif what == "missing":
            del holder[key]
        elif what == "double" and isinstance(holder, list):
            holder.append(holder[key])
        elif what == "swap":
            source, other = draw(st.sampled_from(places))
            # Copied: no value may hold itself.
            holder[key] = json.loads(json.dumps(source[other]))
        elif what == "number":
            holder[key] = draw(st.integers() | st.floats())
        else:
            holder[key] = draw(st.text(max_size=20))
    return json.dumps(value).encode()


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


@st.composite
def odd_table(draw: st.DrawFn, content: bytes) -> bytes:
    """CSV of which some fields are others, rows are doubled, and marks are of another kind."""
    rows = list(csv.reader(io.StringIO(content.decode())))
    for _ in range(draw(st.integers(1, 4))):
        row = draw(st.sampled_from(rows))
        place = draw(st.integers(0, max(len(row) - 1, 0)))
        what = draw(st.sampled_from(("odd", "runs", "text", "missing", "double", "more")))
        if what == "odd":
            row[place : place + 1] = [str(draw(st.sampled_from(_ODD)))]
        elif what == "runs":
            row[place : place + 1] = [" ".join(map(str, draw(st.lists(st.integers(-2, 130), max_size=9))))]
        elif what == "text":
            row[place : place + 1] = [draw(st.text(max_size=20))]
        elif what == "missing":
            del row[place : place + 1]
        elif what == "double":
            rows.append(list(row))
        else:
            row.append("1")
    text = io.StringIO()
    ends = draw(st.sampled_from(("\n", "\r\n", "\r", "")))
    csv.writer(text, delimiter=draw(st.sampled_from(",,,;\t")), lineterminator=ends).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def mutated(name: str, content: bytes, other: bytes) -> st.SearchStrategy[bytes]:
    """Choose what fits a file.

    Args:
        name: of the file.
        content: of it.
        other: content of another file.

    Returns:
        Its content with faults.
    """
    by_bytes = damaged(content, other)
    if name.endswith((".json", ".geojson", ".zattrs", ".zarray")):
        return odd_json(content) | odd_json(content) | by_bytes
    return odd_table(content) | by_bytes if name.endswith(".csv") else by_bytes
