"""A server over a temporary folder, its model a threshold on grey."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra web is not installed")

from fastapi.testclient import TestClient

from neurocyte import load_model
from neurocyte.segmentation import Segmenter
from neurocyte.web.app import create_app
from neurocyte.web.limits import Limits
from serving import LiveServer, Server, write_model

HOST = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    onnx = pytest.importorskip("onnx", reason="the test model needs onnx")
    return write_model(onnx, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def segmenter(model: Path) -> Segmenter:
    return load_model(model, precision="fp32", threads=1)


@pytest.fixture
def start(segmenter: Segmenter, tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Start the app over tmp_path/server; keyword arguments are those of Limits."""
    clients: list[TestClient] = []

    def begin(**limits: Any) -> TestClient:
        app = create_app(tmp_path / "server", segmenter, Limits(**limits))
        client = TestClient(app, base_url=HOST)
        client.__enter__()
        clients.append(client)
        return client

    yield begin
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(start: Callable[..., TestClient]) -> TestClient:
    return start()


@pytest.fixture(scope="module")
def live() -> Iterator[Callable[..., LiveServer]]:
    """Start the app with real sockets: folder, segmenter; keyword arguments are those of Limits."""
    servers: list[LiveServer] = []

    def begin(folder: Path, segmenter: Segmenter, **limits: Any) -> LiveServer:
        servers.append(LiveServer(folder, segmenter, Limits(**limits)))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start `neurocyte serve` in a process of its own over a folder, with a model and options."""
    servers: list[Server] = []

    def begin(folder: Path, model: Path | str, *options: str) -> Server:
        servers.append(Server(folder, Path(model), *options))
        return servers[-1]

    yield begin
    for server in servers:
        server.kill()
