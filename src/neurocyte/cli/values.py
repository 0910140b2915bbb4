"""What kind of value an argument takes, by the words of its metavar: what `--help` shows is what counts.

Capitals name a kind (`FILE`, `DIR`, `NAME`), small letters stand for themselves (`imagenet|FILE|none`).
"""

import argparse
import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path

_FOLDERS = {"DIR", "OUT", "RUN"}
_FILES = {"FILE", "IN", "DATA", "LABELS"}
_MODEL = "MODEL"
# A model's name or folder; a bare MODEL may be a packed one, too.
_MODEL_OR_FOLDER = {"NAME", "DIR"}
ARCHITECTURES = (
    "linknet-ag",
    "unet-ag",
    "linknet",
    "unet",
    "unet-resnet50",
    "unet-ag-slim",
    "unet-fast",
    "unet-plain",
    "ancis",
)


@dataclass(frozen=True)
class Kind:
    """What an argument takes.

    Args:
        words: fixed words.
        models: whether a model's name is one.
        folders: whether a folder is one.
        files: whether a file (or a folder) is one.
        pure: whether it is a path and nothing else.
        named: whether it is `NAME=` and then one of these.
    """

    words: tuple[str, ...] = ()
    models: bool = False
    folders: bool = False
    files: bool = False
    pure: bool = False
    named: bool = False

    @property
    def paths(self) -> bool:
        """Whether a path is possible."""
        return self.folders or self.files


def kind_of(action: argparse.Action) -> Kind:
    """Tell what an argument takes."""
    if action.nargs == 0:
        return Kind()
    if action.choices is not None:
        return Kind(words=tuple(str(choice) for choice in action.choices))
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    _, equals, rest = metavar.rpartition("=")
    parts = re.split(r"[|\s]+", rest)
    # 'FILE.zip' is a FILE.
    kinds = {part.partition(".")[0] for part in parts if part[:1].isupper()}
    words = [part for part in parts if part.islower()]
    if "ARCH" in kinds:
        words += ARCHITECTURES
    models = _MODEL in kinds or kinds == _MODEL_OR_FOLDER
    folders, files = bool(kinds & _FOLDERS), bool(kinds & _FILES) or _MODEL in kinds
    pure = (folders or files) and not models and not words and kinds <= _FOLDERS | _FILES
    return Kind(tuple(words), models, folders, files, pure, bool(equals))


def absolute(kind: Kind, value: str) -> str:
    """Make a path mean the same from another folder; other values stay as they are.

    Args:
        kind: what the argument takes.
        value: one value of it; a path may be a pattern.

    Returns:
        The value, a path in full.
    """
    if not kind.paths:
        return value
    name, equals, rest = value.partition("=") if kind.named else ("", "", value)
    if not kind.pure and not _is_meant_as_path(kind, rest):
        return value
    if glob.has_magic(rest) and not os.path.lexists(rest):
        here = "" if Path(rest).is_absolute() else glob.escape(str(Path.cwd()))
        return name + equals + str(Path(here) / rest)
    # Not resolve(): a link is kept, the results are named by it.
    return name + equals + os.path.abspath(rest)  # noqa: PTH100 (Path.absolute keeps '..')


def _is_meant_as_path(kind: Kind, value: str) -> bool:
    path = Path(value)
    if kind.models:
        from neurocyte.models.config import CONFIG_NAME

        # As find_model does: a folder that is no model does not hide a model's name.
        return (path / CONFIG_NAME).is_file() or path.is_file()
    try:
        return value not in kind.words and path.exists()
    except (OSError, ValueError):
        # A pattern need not be a possible name.
        return False


def with_home(kind: Kind, value: str) -> str:
    """Put the home folder for a leading `~`, which no shell has seen in a file."""
    if not (kind.paths and value.startswith("~")):
        return value
    return str(Path(value).expanduser())
