"""What the tests of `neurocyte serve` share: images, requests, servers."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from PIL import Image as PillowImage

from conftest import TINY_CONFIG, onnx_of_convolution
from neurocyte.segmentation import Segmenter
from neurocyte.web.app import create_app
from neurocyte.web.limits import Limits
from neurocyte.web.server import address_of, bind, configure


def png(count: int = 3) -> bytes:
    """A PNG file, (20, 60), of so many white 4x4 squares, 6 apart."""
    pixels = np.zeros((20, 60), np.uint8)
    for number in range(count):
        pixels[2:6, 2 + 6 * number : 6 + 6 * number] = 255
    buffer = BytesIO()
    PillowImage.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def write_model(onnx: Any, folder: Path) -> Path:
    """Write the model of `make_model`, once for all tests of a session."""
    data = onnx_of_convolution(onnx, np.full((1, 3, 1, 1), 20 / 3, np.float32), np.array([-10], np.float32))
    (folder / "model.onnx").write_bytes(data)
    config = {**TINY_CONFIG, "files": {"model.onnx": hashlib.sha256(data).hexdigest()}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def submit(client: Any, content: bytes | None = None, name: str = "a.png", **fields: str) -> Any:
    """Send an image; returns the answer."""
    return client.post(
        "/api/jobs", files={"image": (name, png() if content is None else content)}, data=fields
    )


def wait(client: Any, job_id: str, seconds: float = 20) -> dict[str, Any]:
    """Wait until a job is done or failed; returns it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job: dict[str, Any] = client.get(f"/api/jobs/{job_id}").json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.02)
    raise AssertionError(f"not done in {seconds} s: {job}")


def done(client: Any, content: bytes | None = None, name: str = "a.png", **fields: str) -> dict[str, Any]:
    """Send an image and wait until it is done; returns the job."""
    job = wait(client, submit(client, content, name, **fields).json()["id"])
    assert job["state"] == "done", job
    return job


class LiveServer:
    """The app with real sockets in a thread of this process: a process of its own takes seconds to start."""

    def __init__(self, folder: Path, segmenter: Segmenter, limits: Limits) -> None:
        self.folder = folder
        self._listener = bind("127.0.0.1", 0)
        self.url = address_of(self._listener).rstrip("/")
        self.port = self._listener.getsockname()[1]
        self._server = uvicorn.Server(configure(create_app(folder, segmenter, limits)))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


class Server:
    """`neurocyte serve` in a process of its own."""

    def __init__(self, folder: Path, model: Path, *options: str) -> None:
        self.folder = folder
        arguments = ["--port", "0", "--dir", folder, "--model", model, *options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "neurocyte", "serve", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert self.process.stdout
        self.said = self.process.stdout.readline()
        assert self.said.startswith("neurocyte is at http://127.0.0.1:"), self.process.communicate()
        self.url = self.said.split()[3].rstrip("/")
        self.port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """End it without a warning."""
        self.process.kill()
        self.process.communicate()
