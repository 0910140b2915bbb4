"""A server over a temporary folder, its model a threshold on grey."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from browser import chromium, open_page
from serving import Server

pytest.importorskip("fastapi", reason="the extra web is not installed")
pytest.importorskip("onnx", reason="the test model needs onnx")

from fastapi.testclient import TestClient

from neurocyte import load_model
from neurocyte.segmentation import Segmenter
from neurocyte.web.app import create_app
from neurocyte.web.limits import Limits

__all__ = ["chromium", "open_page"]

HOST = "http://127.0.0.1:8000"


@pytest.fixture
def model(make_model: Callable[..., Path]) -> Path:
    return make_model()


@pytest.fixture
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


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server process; its folder is tmp_path/server unless named."""
    servers: list[Server] = []

    def begin(model: Path | str, *options: str, folder: Path = tmp_path / "server") -> Server:
        servers.append(Server(folder, Path(model), *options))
        return servers[-1]

    yield begin
    for server in servers:
        server.kill()
