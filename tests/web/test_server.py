"""The server as a process: many at once, slow and broken clients, kill -9."""

import http.client
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from disks import small_disk
from neurocyte.cli import main
from neurocyte.io.folder_lock import FolderLock
from neurocyte.segmentation import Segmenter
from neurocyte.web.app import create_app
from serving import LiveServer, Server, done, png, submit, wait

httpx = pytest.importorskip("httpx2", reason="httpx2 is not installed")

Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def shared(
    live: Callable[..., LiveServer], segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory
) -> LiveServer:
    return live(tmp_path_factory.mktemp("shared"), segmenter, jobs=30)


@pytest.fixture
def server(shared: LiveServer) -> Iterator[LiveServer]:
    yield shared
    with open_client(shared) as client:
        for job in client.get("/api/jobs").json()["jobs"]:
            client.delete(f"/api/jobs/{job['id']}")


def open_client(server: LiveServer | Server) -> Any:
    return httpx.Client(base_url=server.url, timeout=30, trust_env=False)


def send(client: Any, name: str) -> Any:
    return client.post("/api/jobs", files={"image": (name, png())})


def upload_head(server: LiveServer) -> bytes:
    """The beginning of an upload that promises more."""
    return (
        f"POST /api/jobs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 100000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        'Content-Disposition: form-data; name="image"; filename="slow.png"\r\n\r\n'
    ).encode()


def wait_for_all(client: Any, seconds: float = 30) -> list[dict[str, Any]]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        jobs: list[dict[str, Any]] = client.get("/api/jobs").json()["jobs"]
        if all(job["state"] in ("done", "failed") for job in jobs):
            return jobs
        time.sleep(0.05)
    raise AssertionError(f"not done in {seconds} s: {jobs}")


def test_fifty_at_once_are_done_or_refused(server: LiveServer) -> None:
    with open_client(server) as client, ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: send(client, f"{number}.png"), range(50)))
        taken = [answer.json() for answer in answers if answer.status_code == 201]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert (len(taken), len(refused)) == (30, 20)
        jobs = wait_for_all(client)
        assert {job["id"] for job in jobs} == {job["id"] for job in taken}
        assert {(job["state"], job["cells"]) for job in jobs} == {("done", 3)}
        # Each under its own name.
        assert {(job["id"], job["name"]) for job in jobs} == {(job["id"], job["name"]) for job in taken}


def test_killed_and_restarted_it_keeps_what_is_done_and_does_the_rest(
    serve: Serve, model: Path, tmp_path: Path
) -> None:
    server = serve(tmp_path, model)
    with open_client(server) as client:
        first = send(client, "done.png").json()["id"]
        wait_for_all(client)
        edits = {"op": "delete", "labels": [2]}
        corrected = client.post(f"/api/jobs/{first}/edits", json=edits).json()
        table = client.get(f"/api/jobs/{first}/cells.csv").text
    # Killed in the middle of 50 uploads at once; what was answered with 201 counts.
    later: list[str] = []

    def upload(number: int) -> None:
        with suppress(httpx.HTTPError), open_client(server) as client:
            later.append(send(client, f"{number}.png").json()["id"])

    with ThreadPoolExecutor(50) as pool:
        for number in range(50):
            pool.submit(upload, number)
        while len(later) < 10:
            time.sleep(0.001)
        server.kill()
    # What a server in the middle of an upload leaves behind.
    half = tmp_path / "incoming" / "0123"
    half.write_bytes(b"half")
    again = serve(tmp_path, model)
    with open_client(again) as client:
        jobs = {job["id"]: job for job in wait_for_all(client)}
        # One more may have been taken whose answer did not get through.
        assert jobs.keys() >= {first, *later}
        assert {job["state"] for job in jobs.values()} == {"done"}
        assert jobs[first] == corrected
        assert client.get(f"/api/jobs/{first}/cells.csv").text == table
        assert client.post(f"/api/jobs/{first}/undo").json()["cells"] == 3
    assert not half.exists()
    # Interrupting is how it ends, also with a client that never finishes its request.
    with socket.create_connection(("127.0.0.1", again.port)) as one:
        one.sendall(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        again.process.send_signal(signal.SIGINT)
        out, err = again.process.communicate(timeout=20)
    assert again.process.returncode == 0
    assert "Traceback" not in err
    assert out == "Stopped; unfinished images are done at the next start.\n"


def test_slow_and_broken_clients_hold_nobody_up(server: LiveServer) -> None:
    slow = []
    for begun in (b"GET / HT", b"POST /api/jobs HTTP/1.1\r\nHost:", *[upload_head(server)] * 10):
        one = socket.create_connection(("127.0.0.1", server.port))
        one.sendall(begun)
        slow.append(one)
    with open_client(server) as client:
        begun = time.monotonic()
        assert send(client, "a.png").status_code == 201
        (job,) = wait_for_all(client)
        assert job["state"] == "done"
        # One that asks for a result and does not read it.
        deaf = socket.create_connection(("127.0.0.1", server.port))
        deaf.sendall(
            f"GET /api/jobs/{job['id']}/labels.png HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
        )
        assert client.get(f"/api/jobs/{job['id']}/cells.csv").status_code == 200
        assert time.monotonic() - begun < 10
        for one in [*slow, deaf]:
            one.close()
        # Broken off uploads leave their room to others, and no file.
        incoming = server.folder / "incoming"
        end = time.monotonic() + 10
        while list(incoming.iterdir()) and time.monotonic() < end:
            time.sleep(0.05)
        assert list(incoming.iterdir()) == []
        assert [send(client, f"{number}.png").status_code for number in range(30)] == [201] * 29 + [429]


def test_a_body_that_does_not_go_on_is_given_up(
    live: Callable[..., LiveServer], segmenter: Segmenter, tmp_path: Path
) -> None:
    server = live(tmp_path, segmenter, stall_seconds=0.2)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        one.sendall(upload_head(server))
        text = one.recv(10_000).decode()
    assert text.startswith("HTTP/1.1 408 ")
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_body_that_dribbles_is_given_up_and_holds_nobody_up(
    live: Callable[..., LiveServer], segmenter: Segmenter, tmp_path: Path
) -> None:
    server = live(tmp_path, segmenter, upload_seconds=1.0)
    begun = time.monotonic()
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as one,
        open_client(server) as client,
    ):
        one.sendall(upload_head(server))
        one.settimeout(0.02)
        text, served = "", 0
        while not text and time.monotonic() - begun < 10:
            one.sendall(b".")
            served += client.get("/api/jobs").status_code == 200
            with suppress(TimeoutError):
                text = one.recv(10_000).decode()
    assert text.startswith("HTTP/1.1 408 ")
    assert served > 5
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_full_disk_refuses_and_keeps_what_is_there(segmenter: Segmenter, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 1024):
        filling = disk / "filling"

        def fill() -> None:
            with suppress(OSError), filling.open("ab", buffering=0) as file:
                while True:
                    file.write(bytes(4096))

        with TestClient(create_app(disk / "server", segmenter), base_url="http://127.0.0.1") as client:
            kept = done(client)
            fill()
            answer = submit(client)
            assert answer.status_code == 507
            assert list(answer.json()) == ["error"]
            assert list((disk / "server" / "incoming").iterdir()) == []
            assert client.get(f"/api/jobs/{kept['id']}/labels.tif").status_code == 200
            # Room for the upload, not for the results.
            with filling.open("r+b") as file:
                file.truncate(filling.stat().st_size - 3 * 4096)
            failed = wait(client, submit(client).json()["id"])
            assert failed["state"] == "failed"
            assert failed["error"].startswith("The results of a.png cannot be written: check the space")
            filling.unlink()
            assert done(client)["cells"] == 3
            assert [job["id"] for job in client.get("/api/jobs").json()["jobs"]][-1] == kept["id"]
        assert [path for path in (disk / "server").rglob(".*") if path.is_file()] == []


def test_paths_that_no_client_sends(server: LiveServer) -> None:
    for path in (
        "/api/jobs/../../../../etc/passwd",
        "/api/jobs/../incoming",
        "/static/../app.py",
        "/static/../../__init__.py",
        "//etc/passwd",
        "/static//etc/passwd",
        "http://evil.example/api/jobs",
    ):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.putrequest("GET", path)
        connection.endheaders()
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status in (404, 421), (path, text)
        assert list(json.loads(text)) == ["error"]


def test_the_call_is_wrong(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*options: str | Path) -> str:
        assert main(["serve", "--dir", str(tmp_path), "--model", str(model), *map(str, options)]) == 2
        return capsys.readouterr().err

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert said("--port", port) == (
            f"Port {port} of 127.0.0.1 cannot be opened (Address already in use): choose another --port.\n"
        )
    assert said("--port", "65536") == "There is no port 65536: give 0 to 65535.\n"
    assert "no.such.host.invalid is no address of this machine" in said("--host", "no.such.host.invalid")
    assert "There is no model 'nosuch'" in said("--port", "0", "--model", "nosuch")
    with FolderLock(tmp_path, ".lock", "another server", "stop it", "name another --dir"):
        text = f"{tmp_path} is in use by another server: stop it or name another --dir.\n"
        assert said("--port", "0") == text


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "neurocyte.web.server", raising=False)
    assert main(["serve", "--port", "0"]) == 2
    assert capsys.readouterr().err == 'neurocyte serve needs uvicorn: pip install "neurocyte[web]".\n'
