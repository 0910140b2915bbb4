"""A look into an ONNX file without the onnx package: does it keep weights in other files?"""

from collections.abc import Iterator

# Field numbers of onnx.proto: message -> field -> the message it holds.
_NESTED: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA = 13
_MAX_DEPTH = 64


def has_external_data(data: bytes) -> bool:
    """Tell whether any tensor of an ONNX model lies in another file.

    Such a model could read any file of the disk, and its checksum would not cover its weights.

    Args:
        data: the file's bytes.

    Returns:
        True if a tensor names external data.

    Raises:
        ValueError: the bytes are no ONNX model.
    """
    return _search(memoryview(data), "model", 0)


def _search(data: memoryview, message: str, depth: int) -> bool:
    if depth > _MAX_DEPTH:
        raise ValueError("graphs are nested too deeply")
    for field, value in _fields(data):
        if message == "tensor" and field == _EXTERNAL_DATA:
            return True
        nested = _NESTED[message].get(field)
        if nested and _search(value, nested, depth + 1):
            return True
    return False


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield a protobuf message's fields; only those that hold bytes have a value."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        field, wire = tag >> 3, tag & 7
        start = position
        if wire == 0:
            _, position = _varint(data, position)
        elif wire == 2:
            length, start = _varint(data, position)
            position = start + length
        elif wire in (1, 5):
            position += 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire} is unknown")
        if position > len(data):
            raise ValueError("the file is cut off")
        yield field, data[start:position] if wire == 2 else data[:0]


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise ValueError("the file is cut off")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number is too long")
