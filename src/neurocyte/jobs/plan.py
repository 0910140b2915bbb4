"""What is still to be done, and whether the folder may be written to at all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from neurocyte.errors import UsageError
from neurocyte.io.inputs import InputFile, collect_inputs
from neurocyte.io.parts import expand_parts
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity
from neurocyte.jobs.records import Done, load_records

RUN_FORMAT = "neurocyte-run"


@dataclass(frozen=True)
class PreviousRun:
    """What run.json tells of the run before.

    Args:
        identity: its model and settings.
        stems: the images it was about.
        created: when the folder was begun, as text.
    """

    identity: Identity
    stems: tuple[str, ...]
    created: str | None


@dataclass(frozen=True)
class Plan:
    """What a job will do.

    Args:
        todo: the files to work on, in the order of the inputs.
        kept: by stem, the records that stay as they are, whether asked for now or not.
        discarded: images whose results must go: of another model or settings, or now under another name.
        previous: the run before, None in a new folder.
    """

    todo: tuple[InputFile, ...]
    kept: dict[str, Done]
    discarded: tuple[str, ...]
    previous: PreviousRun | None


def job_inputs(args: Sequence[str | Path], folder: OutFolder) -> list[InputFile]:
    """Collect the files that a call means, without the job's own results.

    A pattern such as ``**/*.png`` finds those, too, when it is used a second time. A file with several time
    points or scenes stands for each of them.

    Args:
        args: files, folders or patterns.
        folder: the folder of results, which may be new.

    Returns:
        The files with unique stems, in order.

    Raises:
        UsageError: an argument matches no file, nothing is left, or a name cannot be written into a table.
    """
    files = collect_inputs(args)
    for file in files:
        if any("\ud800" <= letter <= "\udfff" for letter in str(file.path)):
            raise UsageError(f"{str(file.path)!r} is not valid UTF-8: rename the file.")
    previous = read_run(folder)
    stems = previous.stems if previous else ()
    # As text, which takes a fraction of a Path's memory.
    results = {str(path.resolve()) for stem in stems for path in folder.results_of(stem)}
    left = [file.path for file in files if str(file.path.resolve()) not in results]
    return expand_parts(files if len(left) == len(files) else collect_inputs(left))


def make_plan(folder: OutFolder, files: Sequence[InputFile], identity: Identity, overwrite: bool) -> Plan:
    """Compare what is asked for with what the folder holds; nothing is changed.

    Args:
        folder: the folder of results, which may be new.
        files: the images asked for.
        identity: the model and settings asked for.
        overwrite: whether results there may be replaced.

    Returns:
        The plan.

    Raises:
        UsageError: an input would be overwritten; or, without `overwrite`, the folder holds results of
            another model or other settings, results of other files under the same names, or files that are
            not of a run.
    """
    _check_inputs_stay(folder, files)
    previous = read_run(folder)
    records = load_records(folder)
    if not overwrite:
        _check_same(folder, identity, previous, records)
        _check_own(folder, files, previous, records)
        _check_sources(folder, files, records)
    kept = {stem: record for stem, record in records.items() if record.identity.same(identity)}
    asked = {file.stem for file in files}
    todo = tuple(file for file in files if overwrite or not _is_done(folder, file, kept))
    for file in todo:
        kept.pop(file.stem, None)
    # A folder that grew may give a file a longer name than before; its cells must not count twice.
    sources = {str(file.path.resolve()) for file in files}
    for stem in [one for one in kept if one not in asked and kept[one].source.path in sources]:
        del kept[stem]
    discarded = tuple(stem for stem in records if stem not in kept and stem not in asked)
    return Plan(todo, kept, discarded, previous)


def read_run(folder: OutFolder) -> PreviousRun | None:
    """Read run.json; None where it is missing or not of this program."""
    try:
        data: dict[str, Any] = json.loads(folder.run.read_text(encoding="utf-8"))
        if data["format"] != RUN_FORMAT:
            return None
        stems = tuple(str(image["image"]) for image in data["images"])
        return PreviousRun(Identity.from_dict(data), stems, data.get("created"))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _is_done(folder: OutFolder, file: InputFile, records: dict[str, Done]) -> bool:
    record = records.get(file.stem)
    return (
        record is not None
        and record.part == file.part
        and all(path.is_file() for path in folder.results_of(file.stem))
        and record.source.is_unchanged_at(file.path)
    )


def _check_inputs_stay(folder: OutFolder, files: Sequence[InputFile]) -> None:
    inputs = {str(file.path.resolve()) for file in files}
    results = (path for file in files for path in folder.results_of(file.stem))
    for path in chain(folder.tables, (folder.run,), results):
        if str(path.resolve()) in inputs:
            raise UsageError(f"{path} is an input and would be overwritten: choose another -o.")


def _check_same(
    folder: OutFolder, identity: Identity, previous: PreviousRun | None, records: dict[str, Done]
) -> None:
    found = [record.identity for record in records.values()]
    if previous:
        found.insert(0, previous.identity)
    for other in found:
        if not other.same(identity):
            raise UsageError(
                f"{folder.root} was made with {other.unlike(identity)}, not with {identity.unlike(other)}: "
                "choose another -o, or replace what is there with --overwrite."
            )


def _check_own(
    folder: OutFolder,
    files: Sequence[InputFile],
    previous: PreviousRun | None,
    records: dict[str, Done],
) -> None:
    own = {*records, *(previous.stems if previous else ())}
    sums = () if previous else (folder.run, *folder.tables)
    results = (path for file in files if file.stem not in own for path in folder.results_of(file.stem))
    for path in chain(sums, results):
        if path.exists():
            raise UsageError(
                f"{path} is there but not from an earlier run: choose another -o, or replace it with "
                "--overwrite."
            )


def _check_sources(folder: OutFolder, files: Sequence[InputFile], records: dict[str, Done]) -> None:
    for file in files:
        record = records.get(file.stem)
        if record and not record.source.is_at(file.path) and not record.source.is_unchanged_at(file.path):
            raise UsageError(
                f"{folder.labels_of(file.stem)} is the result of {record.source.file}, not of {file.path}: "
                "choose another -o, or replace it with --overwrite."
            )
