"""To which groups an image belongs: by a table, or by a pattern on its name."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurocyte.errors import UsageError
from neurocyte.io._text import plural

# The group of an image that the table or pattern says nothing of.
NO_GROUP = "none"
_NAMES = ("image", "stem")


@dataclass(frozen=True)
class Groups:
    """A rule from an image's name to its groups.

    Args:
        source: the file or pattern, as it was given.
        columns: names of the groupings, such as well and time.
        pattern: with a named group for each column, searched for in the stem; None for a table.
        table: values of the columns by stem, file name or the end of a path; empty for a pattern.
    """

    source: str
    columns: tuple[str, ...]
    pattern: re.Pattern[str] | None = None
    table: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, stem: str, file: str) -> dict[str, str] | None:
        """Find an image's groups.

        Args:
            stem: its name in the tables.
            file: its path.

        Returns:
            A value for each column, "none" for an empty one; None where the image is in no group.
        """
        found: Mapping[str, str | None] | None
        if self.pattern:
            match = self.pattern.search(stem)
            found = match.groupdict() if match else None
        else:
            found = next((self.table[name] for name in _names_of(stem, file) if name in self.table), None)
        return {name: found[name] or NO_GROUP for name in self.columns} if found else None

    def assign(self, images: Iterable[tuple[str, str]]) -> "GroupedImages":
        """Find the groups of all images, (stem, file) each."""
        listed = list(images)
        found = {stem: self.of(stem, file) for stem, file in listed}
        known = {name for stem, file in listed for name in _names_of(stem, file)}
        nothing = dict.fromkeys(self.columns, NO_GROUP)
        return GroupedImages(
            source=self.source,
            columns=self.columns,
            values={stem: values or nothing for stem, values in found.items()},
            ungrouped=sum(values is None for values in found.values()),
            unused=sum(name not in known for name in self.table),
        )


@dataclass(frozen=True)
class GroupedImages:
    """The groups of a folder's images.

    Args:
        source: the file or pattern.
        columns: names of the groupings.
        values: by stem, a value for each column.
        ungrouped: number of images that are in no group.
        unused: number of rows of the table that name no image.
    """

    source: str = ""
    columns: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ungrouped: int = 0
    unused: int = 0

    def of(self, stem: str) -> Mapping[str, str]:
        """Give an image's value for each column."""
        return self.values.get(stem, {})

    def describe(self) -> dict[str, Any] | None:
        """Give plain JSON values for the record of the run; None without groups."""
        if not self.columns:
            return None
        return {"by": self.source, "columns": list(self.columns), "notes": self.notes()}

    def notes(self) -> list[str]:
        """Say what a reader should know."""
        notes = []
        if self.ungrouped:
            verbs = ("matches", "counts") if self.ungrouped == 1 else ("match", "count")
            count = plural(self.ungrouped, "image")
            notes.append(f'{count} {verbs[0]} no group and {verbs[1]} as "{NO_GROUP}".')
        if self.unused:
            verb = "names" if self.unused == 1 else "name"
            notes.append(f"{plural(self.unused, 'row')} of {self.source} {verb} no image of this folder.")
        return notes


def read_groups(source: str, taken: Iterable[str]) -> Groups:
    """Read what `--groups` names.

    Args:
        source: a CSV file with the column image (or stem) and a column for each grouping; or else a regular
            expression with named groups, which is searched for in each image's stem.
        taken: column names of the tables, which no grouping may have.

    Returns:
        The rule.

    Raises:
        UsageError: the file or the pattern cannot be used.
    """
    path = Path(source)
    is_table = path.suffix.lower() == ".csv" or _is_file(path)
    groups = _read_table(path) if is_table else _read_pattern(source)
    clash = sorted(set(groups.columns) & set(taken))
    if clash:
        raise UsageError(f"--groups {source}: the tables have a column {clash[0]!r}: rename the group.")
    return groups


def _names_of(stem: str, file: str) -> list[str]:
    """What a table may call an image: its stem, its path, as much of its end as is given."""
    parts = _comparable(file).split("/")
    return [stem, *("/".join(parts[start:]) for start in range(len(parts)))]


def _comparable(name: str) -> str:
    """A name from a table of any system: Windows' separators, and letters that macOS holds in two signs."""
    return unicodedata.normalize("NFC", name).replace("\\", "/")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # A pattern need not be a possible name.
        return False


def _read_pattern(source: str) -> Groups:
    try:
        pattern = re.compile(source)
    except re.error as exc:
        raise UsageError(
            f"--groups {source!r} is neither a file nor a regular expression ({exc}): mend it."
        ) from exc
    if not pattern.groupindex:
        raise UsageError(
            f"--groups {source!r} is neither a file nor a pattern with named groups: "
            r"write it such as '(?P<well>[A-H]\d+)_(?P<time>\d+)'."
        )
    return Groups(source, tuple(pattern.groupindex), pattern)


def _read_table(path: Path) -> Groups:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, strict=True)
            names, rows = list(reader.fieldnames or ()), list(reader)
    except (OSError, ValueError, csv.Error) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise UsageError(f"--groups {path} cannot be read ({reason}): give a CSV file in UTF-8.") from exc
    key = _key_of(path, names)
    columns = tuple(name for name in names if name != key)
    table: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names) or None in row.values():
            raise UsageError(f"--groups {path}: row {number} has not {len(names)} fields as the first has.")
        image = _comparable(row[key])
        if image in table:
            raise UsageError(f"--groups {path} has two rows for {row[key]!r}: remove one.")
        table[image] = {name: row[name].strip() for name in columns}
    return Groups(str(path), columns, None, table)


def _key_of(path: Path, names: list[str]) -> str:
    keys = [name for name in names if name in _NAMES]
    if len(keys) != 1 or len(names) < 2 or len(set(names)) != len(names) or not all(names):
        raise UsageError(
            f"--groups {path} must have one column 'image' (or 'stem') and further ones, "
            f"each with a name of its own; its first row has: {', '.join(names) or 'nothing'}."
        )
    return keys[0]
