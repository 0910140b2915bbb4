"""Strict reading of JSON objects into frozen dataclasses: every key is there, known and of its type.

Only keys of fields that are `ADDED_LATER` may be missing.
"""

import dataclasses
import types
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


# Metadata of a field that older files lack. At its default it is left out when written: what was written
# before the field was there is still written byte for byte.
ADDED_LATER = {"added later": True}


class SchemaError(ValueError):
    """A JSON value that does not fit its dataclass; the text names the key."""


def decode(cls: type[T], value: Any, key: str = "") -> T:
    """Build a dataclass from a parsed JSON object.

    Args:
        cls: a dataclass of str, bool, int, float, None, Literal, tuple, dict, dataclasses or unions of them.
        value: what `json.load` gave.
        key: where the value stands, for the error text ("tile", "input.resize").

    Returns:
        An instance of `cls`.

    Raises:
        SchemaError: a key is missing, unknown or wrongly typed, or `cls` refuses the values.
    """
    if not isinstance(value, dict):
        raise SchemaError(f"'{key or 'the file'}' must be an object, not {_name(value)}")
    hints = get_type_hints(cls)
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    unknown = sorted(set(value) - {field.name for field in fields})
    if unknown:
        raise SchemaError(f"key '{_join(key, unknown[0])}' is unknown")
    for field in fields:
        if field.name not in value and not _is_later(field):
            raise SchemaError(f"key '{_join(key, field.name)}' is missing")
    try:
        return cls(**{name: _decode_value(hints[name], one, _join(key, name)) for name, one in value.items()})
    except SchemaError:
        raise
    except ValueError as exc:
        raise SchemaError(f"'{key}': {exc}" if key else str(exc)) from exc


def encode(value: Any) -> Any:
    """Turn a dataclass (nested, with tuples) into plain JSON values: dicts, lists, strings, numbers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {
            field.name: encode(one)
            for field, one in fields.items()
            if not (_is_later(field) and one == field.default)
        }
    if isinstance(value, dict):
        return {name: encode(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return value


def _is_later(field: "dataclasses.Field[Any]") -> bool:
    return ADDED_LATER.items() <= field.metadata.items()


def _decode_value(hint: Any, value: Any, key: str) -> Any:
    origin = get_origin(hint)
    if origin is Literal:
        if value not in get_args(hint):
            options = ", ".join(repr(option) for option in get_args(hint))
            raise SchemaError(f"'{key}' must be one of {options}, not {value!r}")
        return value
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(hint), value, key)
    if origin is tuple:
        return _decode_tuple(get_args(hint), value, key)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return decode(hint, value, key)
    return _decode_plain(origin or hint, value, key)


def _decode_plain(kind: Any, value: Any, key: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # JSON's true is a Python int too: it must not pass for a number.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SchemaError(f"'{key}' must be {kind.__name__}, not {_name(value)}")
    return value


def _decode_tuple(args: tuple[Any, ...], value: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise SchemaError(f"'{key}' must be a list, not {_name(value)}")
    items = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
    if len(items) != len(value):
        raise SchemaError(f"'{key}' must hold {len(items)} values, not {len(value)}")
    return tuple(
        _decode_value(hint, item, f"{key}[{i}]")
        for i, (hint, item) in enumerate(zip(items, value, strict=True))
    )


def _decode_union(args: tuple[Any, ...], value: Any, key: str) -> Any:
    if value is None and types.NoneType in args:
        return None
    options = [arg for arg in args if arg is not types.NoneType]
    if len(options) == 1:
        return _decode_value(options[0], value, key)
    # Several dataclasses: a field that each limits to its own values says which one is meant.
    hints = [get_type_hints(option) for option in options]
    tag = next(name for name in hints[0] if all(get_origin(h.get(name)) is Literal for h in hints))
    chosen = {word: option for option, h in zip(options, hints, strict=True) for word in get_args(h[tag])}
    word = value.get(tag) if isinstance(value, dict) else None
    if not isinstance(word, str) or word not in chosen:
        raise SchemaError(f"'{_join(key, tag)}' must be one of {', '.join(map(repr, chosen))}, not {word!r}")
    return decode(chosen[word], value, key)


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _name(value: Any) -> str:
    return "null" if value is None else type(value).__name__
