"""The job on a Dask cluster; the command in a process of its own, as the cluster's threads outlive a test."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from neurocyte.errors import UsageError
from neurocyte.jobs import JobOptions, run_job
from neurocyte.jobs.scheduler import check_cluster

# The command, in which images of more than 2000 pixels are split; it says where they were.
COMMAND = """
import contextlib, sys
from neurocyte.cli import main
from neurocyte.jobs import cluster
removed = cluster._removed
@contextlib.contextmanager
def watched(folder):
    with removed(folder):
        yield
        print("split in", folder if folder.is_dir() else None)
if __name__ == "__main__":
    cluster.SPLIT_PIXELS, cluster._removed = 2000, watched
    sys.exit(main())
"""


def segment(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    script = folder / "command.py"
    script.write_text(COMMAND)
    command = [sys.executable, script, "segment", "in", "--model", "tiny", "--precision", "fp32"]
    return subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )


def blobs(path: Path, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).normal(size=shape)
    smooth = ndimage.gaussian_filter(noise, 6)
    Image.fromarray(np.clip(128 + smooth * 1500, 0, 255).astype(np.uint8)).save(path)


def results(out: Path) -> dict[str, bytes]:
    paths = [*out.glob("*.csv"), *out.glob("*/*.tif"), *out.glob("*/*.png")]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def test_two_workers_give_the_files_of_one_process_of_large_images_too(
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
    # With flips, 4 x 2 batches of 8 tiles, of which the second is half full.
    blobs(tmp_path / "in" / "large.png", (700, 900))
    whole = (tmp_path / "in" / "large.png").read_bytes()
    (tmp_path / "in" / "large_broken.png").write_bytes(whole[: len(whole) // 2])
    options = ("--tile", "256", "--tta")
    done = segment(tmp_path, "-o", "cluster", "--cluster", "local:2", *options)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    monkeypatch.chdir(tmp_path)
    job = run_job(["in"], "alone", JobOptions("tiny", precision="fp32", tile_size=256, tta=True))
    assert len(job.failures) == 2
    found, expected = results(tmp_path / "cluster"), results(tmp_path / "alone")
    assert len(expected) == 2 + 7 * 3
    assert found == expected
    assert len(np.unique(np.asarray(Image.open(tmp_path / "alone" / "labels" / "large.tif")))) > 50
    assert "split in cluster/.neurocyte/blocks" in done.stdout
    assert not (tmp_path / "cluster" / ".neurocyte" / "blocks").exists()


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
