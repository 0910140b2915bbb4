"""A job from its inputs to the finished folder."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from neurocyte.io._text import plural
from neurocyte.io.inputs import InputFile
from neurocyte.jobs.cluster import check_cluster, work_on_cluster
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.groups import read_groups
from neurocyte.jobs.options import Identity, JobOptions
from neurocyte.jobs.plan import job_inputs, make_plan
from neurocyte.jobs.pool import default_jobs, work_through
from neurocyte.jobs.records import Done, Failure, Outcome, Record
from neurocyte.jobs.summary import RunInfo, begin, finish, taken_columns
from neurocyte.jobs.work import WorkOrder
from neurocyte.models.folder import load_model
from neurocyte.quality import Reference, statements


class Listener(Protocol):
    """Who is told how a job goes on."""

    def planned(self, todo: int, skipped: int) -> None:
        """Hear, once, how many images will be worked on and how many were done before."""

    def finished(self, outcome: Outcome) -> None:
        """Hear of each image worked on, in the order of the inputs."""


@dataclass(frozen=True)
class JobResult:
    """What a job came to.

    Args:
        folder: where the results are.
        records: all images of the folder, in the order of its tables.
        failures: the images of this call that failed.
        skipped: number of images of this call that had been done before.
        run: what run.json holds.
    """

    folder: OutFolder
    records: tuple[Done, ...]
    failures: tuple[Failure, ...]
    skipped: int
    run: dict[str, Any]

    @property
    def cells(self) -> int:
        """The number of cells in all images of the folder."""
        return sum(record.count for record in self.records)

    def sentence(self) -> str:
        """Say what is in the folder and where to look."""
        text = f"{plural(self.cells, 'cell')} in {plural(len(self.records), 'image')}"
        if self.failures:
            text += f", {plural(len(self.failures), 'image')} failed"
        return f"{text}; see {self.folder.report}"


def run_job(
    inputs: Sequence[str | Path],
    out: str | Path,
    options: JobOptions,
    jobs: int | None = 1,
    overwrite: bool = False,
    listener: Listener | None = None,
    groups: str | None = None,
    cluster: str | None = None,
) -> JobResult:
    """Segment files into a folder: labels, masks, overlays, tables, report and the record of the run.

    What the folder holds of the same model and settings is kept, and done images are not done again. The
    tables cover the whole folder: this call's images first, in the order of the inputs, then the others. An
    image that cannot be used is reported in the result and in the tables, and the rest goes on.

    Args:
        inputs: image files, folders or patterns; what the folder of results holds itself is left out.
        out: the folder of results, made where it is missing.
        options: how to segment.
        jobs: number of processes, None for `neurocyte.jobs.pool.default_jobs`; the results are the same.
        overwrite: whether to do everything anew and replace what is there. Results of another model or
            other settings are then removed, so that the two never stand side by side.
        listener: who is told how it goes on.
        groups: a CSV file or a regular expression that gives the images' groups (see
            `neurocyte.jobs.groups`), for tables and report. They are no part of the results: each call's
            apply to the whole folder, and a call without gives tables without.
        cluster: local:N or a Dask scheduler's address, whose workers then do the images (see
            `neurocyte.jobs.cluster`) in place of `jobs`.

    Returns:
        The records, failures and the run.

    Raises:
        UsageError: there is no input, the model or a setting cannot be used, the folder holds something
            else and `overwrite` is not set, another run is at work in it, or it cannot be written to.
    """
    if cluster is not None:
        check_cluster(cluster)
    folder = OutFolder(Path(out))
    rule = read_groups(groups, taken_columns()) if groups is not None else None
    files = job_inputs(inputs, folder)
    model = load_model(options.model)
    reference = Reference.load(model)
    identity = Identity.of(options, model)
    with folder.claimed():
        plan = make_plan(folder, files, identity, overwrite)
        if jobs is None:
            jobs = default_jobs(len(plan.todo))
        info = RunInfo(identity, files, plan.previous, jobs, rule, statements(reference))
        begin(folder, info, plan.kept)
        for stem in plan.discarded:
            folder.discard(stem)
        if listener:
            listener.planned(len(plan.todo), len(files) - len(plan.todo))
        order = WorkOrder(options, folder.root)
        # Closed before the folder is let go: no worker writes into it any longer.
        with closing(_arriving(plan.todo, order, jobs, cluster, identity)) as arriving:
            done, failures = _collect(arriving, identity, listener)
        records = plan.kept | done
        run, ordered = finish(folder, info, records, failures)
    return JobResult(folder, ordered, failures, len(files) - len(plan.todo), run)


def _arriving(
    files: Sequence[InputFile], order: WorkOrder, jobs: int, cluster: str | None, identity: Identity
) -> Generator[Outcome]:
    if cluster is None:
        yield from work_through(files, order, jobs)
    else:
        yield from work_on_cluster(files, order, cluster, identity)


def _collect(
    arriving: Iterator[Outcome], identity: Identity, listener: Listener | None
) -> tuple[dict[str, Done], tuple[Failure, ...]]:
    """Keep of each image what is small; its cells are in its record on disk."""
    done, failures = {}, []
    for outcome in arriving:
        if isinstance(outcome, Record):
            done[outcome.stem] = outcome.without_cells(identity)
        else:
            failures.append(outcome)
        if listener:
            listener.finished(outcome)
    return done, tuple(failures)
