"""A connection to Dask workers, on this machine or of a scheduler, and what can be wrong with it."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neurocyte.errors import MissingExtraError, UsageError
from neurocyte.processes import processors

# How long a scheduler, and then a first worker, is waited for.
_TIMEOUT_S = 30
_LOCAL = re.compile(r"local:([1-9]\d*)")
_REMOTE = re.compile(r"(tcp|tls)://[^\s/]+:\d+")


def check_cluster(cluster: str) -> None:
    """Refuse what names no cluster, and the lack of distributed; raises UsageError."""
    if not (_LOCAL.fullmatch(cluster) or _REMOTE.fullmatch(cluster)):
        raise UsageError(f"--cluster {cluster!r} is no cluster: give local:N or tcp://HOST:PORT.")
    import_distributed()


def import_distributed() -> Any:
    """Give the package; raises MissingExtraError."""
    try:
        import distributed
    except ImportError as exc:
        raise MissingExtraError(f'--cluster needs {exc.name}: pip install "neurocyte[cluster]".') from exc
    return distributed


@contextmanager
def connect(cluster: str) -> Iterator[Any]:
    """Connect to a cluster.

    Args:
        cluster: local:N for N processes here, or the address of a scheduler such as tcp://host:8786.

    Yields:
        A `distributed.Client`, with at least one worker.

    Raises:
        MissingExtraError: distributed is not installed.
        UsageError: nothing answers, nobody works there, or with other versions.
    """
    distributed = import_distributed()
    # Its account of lost connections; what a user needs of it is said in one sentence.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    local = _LOCAL.fullmatch(cluster)
    if local:
        number = int(local[1])
        threads = max(1, processors() // number)
        with (
            distributed.LocalCluster(
                n_workers=number,
                threads_per_worker=threads,
                memory_limit=0,
                dashboard_address=None,
                # Of the workers: one whose heartbeat meets the scheduler's end reports an error.
                silence_logs=logging.CRITICAL,
            ) as here,
            distributed.Client(here) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(cluster, timeout=_TIMEOUT_S)
    except OSError as exc:
        raise UsageError(
            f"--cluster {cluster}: no scheduler answered within {_TIMEOUT_S} s: start one there with "
            "`dask scheduler`, or mend the address."
        ) from exc
    with client:
        _check_workers(client, cluster)
        yield client


def _check_workers(client: Any, cluster: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_TIMEOUT_S)
    except TimeoutError as exc:
        raise UsageError(
            f"--cluster {cluster}: the scheduler has no worker: start some with `dask worker {cluster}`."
        ) from exc
    try:
        client.get_versions(check=True, packages=["neurocyte"])
    except ValueError as exc:
        found = " ".join(str(exc).split())
        raise UsageError(
            f"--cluster {cluster}: install the same versions here and on all workers ({found})."
        ) from exc
