"""Who is let in, and how much: hosts, origins, sizes, paths, names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from neurocyte.errors import UsageError
from neurocyte.segmentation import Segmenter
from neurocyte.web.app import create_app
from neurocyte.web.limits import Limits
from neurocyte.web.store import JobStore
from serving import done, png, submit, wait


def test_the_machines_own_names(client: Any) -> None:
    for host in ("127.0.0.1:8000", "127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:8000", "[::1]"):
        assert client.get("/api/info", headers={"Host": host}).status_code == 200, host


def test_other_hosts_are_refused_everywhere(client: Any) -> None:
    for host in (
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8000",
        "192.168.0.7:8000",
        "0.0.0.0:8000",
        "user@localhost:8000",
        "localhost:8000/x",
        "localhost:99999999",
        "[::1",
        "",
        "2130706433",
    ):
        for path in ("/", "/api/jobs", "/static/app.js", "/nowhere"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 421, host
            assert "does not go by that host name" in answer.json()["error"]


def test_a_server_for_others_takes_addresses_and_its_names(segmenter: Segmenter, tmp_path: Path) -> None:
    app = create_app(tmp_path / "s", segmenter, names={"lab-pc"}, any_address=True)
    with TestClient(app, base_url="http://192.168.0.7:8000") as client:
        assert client.get("/api/info").status_code == 200
        assert client.get("/api/info", headers={"Host": "lab-pc:8000"}).status_code == 200
        assert client.get("/api/info", headers={"Host": "evil.example:8000"}).status_code == 421


def test_requests_that_other_sites_cause_are_refused(client: Any) -> None:
    job = done(client)
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000"},  # the same machine by another name is another origin
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ):
        for path in ("/edits", "/undo", "/save-training", "/decode"):
            answer = client.post(f"/api/jobs/{job['id']}{path}", json={}, headers=headers)
            assert (answer.status_code, list(answer.json())) == (403, ["error"]), headers
        assert client.delete(f"/api/jobs/{job['id']}", headers=headers).status_code == 403
        assert client.post("/api/jobs", files={"image": ("a.png", png())}, headers=headers).status_code == 403
    assert client.get("/api/jobs").json() == {"jobs": [job]}


def test_requests_of_the_page_itself_and_links_to_it_pass(client: Any) -> None:
    own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/jobs", files={"image": ("a.png", png())}, headers=own).status_code == 201
    linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=linked).status_code == 200
    # An image tag on another site is not a link.
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/api/jobs", headers=embedded).status_code == 403


def test_nothing_allows_other_origins_to_read(client: Any) -> None:
    answer = client.get("/api/jobs")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.options("/api/jobs", headers={"Origin": "http://127.0.0.1:8000"}).status_code == 405


def test_ids_reach_nothing_else(client: Any) -> None:
    for job_id in (
        "%2e%2e%2f%2e%2e%2fjobs",
        "..%5c..",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "a" * 32,
        "0" * 32 + "%00",
        "incoming",
        ".lock",
    ):
        for rest in ("", "/labels.tif", "/image.png", "/job.json", "/upload"):
            answer = client.get(f"/api/jobs/{job_id}{rest}")
            assert (answer.status_code, list(answer.json())) == (404, ["error"]), (job_id, rest)


def test_static_files_are_those_of_the_page(client: Any) -> None:
    for path in (
        "%2e%2e/app.py",
        "..%2fapp.py",
        "....//app.py",
        "/etc/passwd",
        "%2fetc/passwd",
        "..%5capp.py",
        "",
    ):
        assert client.get(f"/static/{path}").status_code == 404, path


def test_a_link_in_the_folder_is_not_followed(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start()
    job = done(client)
    client.__exit__(None, None, None)
    jobs = tmp_path / "server" / "jobs"
    outside = tmp_path / "outside"
    (jobs / job["id"]).rename(outside)
    (jobs / job["id"]).symlink_to(outside)
    store = JobStore(tmp_path / "server", Limits())
    assert store.jobs() == []
    store.close()
    assert (outside / "job.json").exists()


def test_a_name_is_shown_as_text_and_sent_as_one_header(client: Any) -> None:
    job = done(client, name='x"\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>.png')
    assert "<" not in job["name"]
    answer = client.get(f"/api/jobs/{job['id']}/cells.csv")
    assert "set-cookie" not in answer.headers
    assert "\n" not in answer.headers["content-disposition"]


def test_an_image_over_the_limit_is_refused(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start(upload_bytes=1000)
    answer = submit(client, png() + b"x" * 1000)
    assert (answer.status_code, answer.json()["error"]) == (
        413,
        "The image is larger than this server takes (1,000 bytes).",
    )
    # Far beyond it, the form is not even parsed to its end.
    answer = submit(client, b"x" * 1_000_000)
    assert answer.status_code == 413
    assert done(client)["cells"] == 3
    assert list((tmp_path / "server" / "incoming").iterdir()) == []


def test_a_body_without_a_length_is_counted_as_it_comes(start: Callable[..., Any]) -> None:
    client = start(upload_bytes=1000, json_bytes=1000)
    sent = 0

    def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 10_000
            yield b" " * 10_000

    headers = {"Content-Type": "application/json"}
    job = done(client)
    answer = client.post(f"/api/jobs/{job['id']}/edits", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "The request is larger than 1,000 bytes.")


def test_what_is_no_image_is_refused_at_once(client: Any) -> None:
    for content, status, said in (
        (b"", 422, "a.png is empty"),
        (b"no picture", 415, "a.png is not a PNG, JPEG, BMP or TIFF image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 415, "a.png is not"),
        (png()[:40], 415, "a.png"),
        (b"II*\0" + b"\xff" * 60, 415, "a.png"),
    ):
        answer = submit(client, content)
        assert answer.status_code == status, content
        assert said in answer.json()["error"]
        assert "incoming" not in answer.json()["error"]
    assert client.get("/api/jobs").json() == {"jobs": []}


def test_too_many_pixels(start: Callable[..., Any]) -> None:
    client = start(pixels=1199)
    answer = submit(client)
    assert (answer.status_code, answer.json()["error"]) == (
        413,
        "a.png has 1,200 pixels, more than this server takes (1,199): crop it.",
    )


IMAGE = b'Content-Disposition: form-data; name="image"; filename="a.png"'
OTHER = b'Content-Disposition: form-data; name="x"'


def test_damaged_forms(client: Any) -> None:
    form = "multipart/form-data; boundary=b"
    for body, kind, status in (
        (b"x", "text/plain", 415),
        (b"x", "multipart/form-data", 415),
        (b"x", form, 400),
        (b"--b\r\n", form, 400),
        (b"--b\r\n" + IMAGE + b"\r\n\r\nabc", form, 400),
        (b"--b\r\n" + OTHER + b'; filename="a.png"\r\n\r\nabc\r\n--b--\r\n', form, 422),
        (b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\nabc\r\n--b--\r\n', form, 422),
        (b"--b\r\n\r\nabc\r\n--b--\r\n", form, 422),
        (b"--b--\r\n", form, 422),
        (b"--b\r\n" + OTHER + b"\r\n\r\n" + b"y" * 200 + b"\r\n--b--\r\n", form, 422),
        ((b"--b\r\n" + IMAGE + b"\r\n\r\na\r\n") * 2 + b"--b--\r\n", form, 422),
    ):
        answer = client.post("/api/jobs", content=body, headers={"Content-Type": kind})
        assert (answer.status_code, list(answer.json())) == (status, ["error"]), body
    assert client.get("/api/jobs").json() == {"jobs": []}


def test_pixel_sizes(client: Any) -> None:
    for size in ("0", "-1", "nan", "inf", "x"):
        answer = submit(client, pixel_size_um=size)
        assert (answer.status_code, answer.json()["error"][:14]) == (422, "The pixel size"), size


def test_a_full_server_refuses_until_something_is_deleted(start: Callable[..., Any]) -> None:
    client = start(jobs=2)
    first, second = (submit(client).json()["id"] for _ in range(2))
    refused = submit(client)
    assert (refused.status_code, refused.json()["error"]) == (
        429,
        "The server holds 2 images, its limit: delete some, then try again.",
    )
    wait(client, first)
    assert client.delete(f"/api/jobs/{first}").status_code == 204
    assert wait(client, submit(client).json()["id"])["state"] == "done"
    assert wait(client, second)["state"] == "done"


def test_one_server_a_folder(client: Any, segmenter: Segmenter, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="in use by another server"):
        create_app(tmp_path / "server", segmenter)


def test_unknown_addresses_and_methods(client: Any) -> None:
    assert client.get("/nowhere").json() == {"error": "There is nothing at this address."}
    answer = client.put("/api/jobs")
    assert (answer.status_code, list(answer.json())) == (405, ["error"])
