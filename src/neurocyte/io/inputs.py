"""Which files a call means, and the name each result gets."""

import errno
import glob
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.images import IMAGE_SUFFIXES
from neurocyte.io.ome_zarr import is_ome_zarr
from neurocyte.io.selection import Selection
from neurocyte.io.stems import portable, stem_of

_WHOLE = Selection()
# '**' where it is all between two slashes.
_DEEP = re.compile(r"(?:(?<=/)|^)\*\*(?:/|$)")


@dataclass(frozen=True)
class InputFile:
    """One file to work on.

    Attributes:
        path: As it was given or found.
        stem: Name of its results: the file's stem, made unique among all inputs.
        part: The time point and scene of the file that are meant, where it has several.
    """

    path: Path
    stem: str
    part: Selection = _WHOLE


def collect_inputs(args: Sequence[str | Path]) -> list[InputFile]:
    """Turn files, folders and globs into a list of files with unique stems.

    A folder gives what is called like an image directly in it, by suffix, sorted by name; a folder that a
    glob matches gives its images. An OME-Zarr folder is an image.
    A glob gives the images it matches, or all its files where it ends in a suffix of its own (``*.lsm``). A
    file that is named is kept whatever its suffix. A file given twice counts once. Stems are kept exactly;
    where two differ in nothing but case, the extension, then the folder's name, is added (``a_png``,
    ``folder_a_png``).

    Args:
        args: Paths or patterns, in the order wanted.

    Returns:
        The files, in that order.

    Raises:
        UsageError: Nothing was given, or one of ``args`` matches no file.
    """
    if not args:
        raise UsageError("No input was given: name image files, folders or patterns.")
    # By the resolved path: the same file may be named in several ways.
    files: dict[Path, Path] = {}
    for arg in args:
        for path in _expand(str(arg)):
            files.setdefault(path.resolve(), path)
    paths = list(files.values())
    stems = unique_stems(paths)
    return [InputFile(path, stem) for path, stem in zip(paths, stems, strict=True)]


def images_in(folder: Path) -> list[Path]:
    """List the images of a folder, by suffix, and its OME-Zarr folders; hidden ones and others are left out.

    Args:
        folder: The folder.

    Returns:
        Paths sorted by name.

    Raises:
        UsageError: The folder does not exist or may not be read.
    """
    return [path for path in _listed(folder) if _is_image(path)]


def images_by_stem(folder: Path) -> dict[str, Path]:
    """Find the images of a folder by their stems.

    Args:
        folder: The folder.

    Returns:
        Path by stem, sorted by file name.

    Raises:
        UsageError: The folder cannot be listed, or two images share a stem.
    """
    return _by_stem(folder, images_in(folder), "images")


def files_by_stem(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    """Find the files of a folder that have certain suffixes, by their stems.

    Args:
        folder: The folder.
        suffixes: Lower case, with the dot; upper case in file names counts as equal.

    Returns:
        Path by stem, sorted by file name; hidden files are left out.

    Raises:
        UsageError: The folder cannot be listed, or two files share a stem.
    """
    return _by_stem(folder, _files_in(folder, suffixes), "files")


def unique_stems(paths: Sequence[Path]) -> list[str]:
    """Name files by their stems, longer where that is needed to tell them apart.

    Args:
        paths: Different files.

    Returns:
        For each a name that no other has, upper and lower case counted as equal.
    """
    levels = [0] * len(paths)
    names = [stem_of(path) for path in paths]
    while clashing := _clashing(names):
        # As deep as the path is: more levels add nothing.
        growing = [index for index in clashing if levels[index] <= len(paths[index].resolve().parts)]
        if not growing:
            return numbered(names)
        for index in growing:
            levels[index] += 1
            names[index] = _name(paths[index], levels[index])
    return names


def _expand(arg: str) -> list[Path]:
    path = Path(arg)
    if not _may_be(path):
        raise UsageError(f"{arg[:200]} cannot be a path: it is longer than any, or holds a zero byte.")
    # First as it stands: 'Img [1].png' may be the name of a file.
    if path.is_dir() and not is_ome_zarr(path) and path.suffix != ".zarr":
        # By name: a folder that is called like an image is told of later, not left out.
        found = [one for one in _listed(path) if _is_called_image(one) or is_ome_zarr(one)]
    elif path.exists():
        found = [path]
    elif glob.has_magic(arg):
        found = _matches(arg)
    else:
        raise UsageError(f"{arg} does not exist: check the path.")
    if not found:
        raise UsageError(f"{arg} matches no image ({', '.join(IMAGE_SUFFIXES)}, .zarr): check the path.")
    return found


def _may_be(path: Path) -> bool:
    try:
        path.lstat()
    except (OSError, ValueError) as exc:
        return isinstance(exc, OSError) and exc.errno not in (errno.ENAMETOOLONG, errno.EINVAL)
    return True


def _files_in(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return [path for path in _listed(folder) if path.suffix.lower() in suffixes and path.is_file()]


def _listed(folder: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError as exc:
        raise UsageError(f"{folder} cannot be listed ({exc.strerror}): check the path.") from exc
    return [path for path in found if not path.name.startswith(".")]


def _by_stem(folder: Path, paths: Sequence[Path], kind: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    taken: dict[str, Path] = {}
    for path in paths:
        stem = stem_of(path)
        other = taken.setdefault(stem.casefold(), path)
        if other is not path:
            # Case is no difference where results may be copied to.
            raise UsageError(
                f"{folder} holds two {kind} called {stem} ({other.name}, {path.name}): keep one."
            )
        found[stem] = path
    return found


def _matches(pattern: str) -> list[Path]:
    suffix = Path(pattern).suffix
    any_kind = bool(suffix) and not glob.has_magic(suffix)
    found: list[Path] = []
    zarrs: set[Path] = set()
    for match in sorted(_globbed(Path(pattern).as_posix())):
        path = Path(match)
        # Sorted, so an OME-Zarr folder comes before what '**' finds in it.
        if not zarrs.isdisjoint(path.parents):
            continue
        if is_ome_zarr(path):
            zarrs.add(path)
        if _is_image(path) or (any_kind and path.is_file()):
            found.append(path)
        elif path.is_dir():
            found += images_in(path)
    return found


def _globbed(pattern: str) -> set[str]:
    """Match a pattern; ``**`` stands for any folders, but for those that only a link leads to.

    Links may go round: two to the folder they are in make more paths than can ever be searched.
    """
    found = _DEEP.search(pattern)
    if not found:
        return set(glob.glob(pattern))  # noqa: PTH207 (Path.glob refuses absolute ones)
    before, after = pattern[: found.start()], pattern[found.end() :] or "*"
    roots = glob.glob(before) if before else [""]  # noqa: PTH207
    folders = [folder for root in roots for folder in _folders(root)]
    return {match for folder in folders for match in _globbed(glob.escape(folder) + after)}


def _folders(root: str) -> list[str]:
    """List a folder and all in it, each with a slash at its end; hidden ones are left out, as glob does."""
    found = []
    for folder, inner, _ in os.walk(root or "."):
        inner[:] = [name for name in inner if not name.startswith(".")]
        found.append(f"{folder.rstrip('/')}/" if root else f"{folder}/"[2:])
    return found


def _is_called_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and path.exists()


def _is_image(path: Path) -> bool:
    return (path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()) or is_ome_zarr(path)


def _clashing(names: Sequence[str]) -> list[int]:
    counts = Counter(name.casefold() for name in names)
    return [index for index, name in enumerate(names) if counts[name.casefold()] > 1]


def _name(path: Path, level: int) -> str:
    """Return the name at a level: 0 stem, 1 with the extension, 2 with one folder in front, and so on."""
    name = f"{path.stem}_{path.suffix[1:]}" if path.suffix else path.stem
    folders = [part for part in path.resolve().parent.parts[1:] if level > 1]
    return portable("_".join([*folders[len(folders) - min(level - 1, len(folders)) :], name]))


def numbered(names: Sequence[str]) -> list[str]:
    """Number what nothing else tells apart (``a_b/c.png`` and ``a/b_c.png``).

    Args:
        names: Any names.

    Returns:
        The same, from the second of a kind on with a number; upper and lower case count as equal.
    """
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 2
        while candidate.casefold() in taken:
            candidate, number = f"{name}_{number}", number + 1
        taken.add(candidate.casefold())
        result.append(candidate)
    return result
