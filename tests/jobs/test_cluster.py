"""The job on a Dask cluster; the command in a process of its own, as the cluster's threads outlive a test."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.errors import UsageError
from neurocyte.jobs import JobOptions, run_job
from neurocyte.jobs.cluster import check_cluster


def segment(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "neurocyte", "segment", "in", "--model", "tiny", "--precision", "fp32"]
    return subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, timeout=90, check=False
    )


def results(out: Path) -> dict[str, bytes]:
    paths = [*out.glob("*.csv"), *out.glob("*/*.tif"), *out.glob("*/*.png")]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def test_two_workers_give_the_files_of_one_process(
    tmp_path: Path,
    make_model: Callable[..., Path],
    squares: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("distributed")
    make_model()
    for number in range(6):
        squares(f"{number}.png", number)
    (tmp_path / "in" / "broken.png").write_bytes(b"no image")
    done = segment(tmp_path, "-o", "cluster", "--cluster", "local:2")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    monkeypatch.chdir(tmp_path)
    run_job(["in"], "alone", JobOptions("tiny", precision="fp32"))
    found, expected = results(tmp_path / "cluster"), results(tmp_path / "alone")
    assert len(expected) == 2 + 6 * 3
    assert found == expected


@pytest.mark.parametrize("cluster", ["local", "local:0", "host:8786", "http://host:8786"])
def test_what_names_no_cluster(cluster: str) -> None:
    with pytest.raises(UsageError, match="give local:N or tcp://HOST:PORT"):
        check_cluster(cluster)


def test_without_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r'pip install "neurocyte\[cluster\]"'):
        check_cluster("local:2")


def test_cluster_and_jobs(tmp_path: Path) -> None:
    done = segment(tmp_path, "-o", "out", "--cluster", "local:2", "--jobs", "2")
    assert done.returncode == 2
    assert "--cluster and --jobs both say who works" in done.stderr
