"""The API, end to end on hand-made images."""

import csv
import json
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from fastapi.testclient import TestClient
from numpy.testing import assert_array_equal
from PIL import Image as PillowImage

from neurocyte.io.annotations import open_dataset
from neurocyte.measurement import measure
from neurocyte.models.config import ConfidenceConfig
from neurocyte.segmentation import Segmenter
from neurocyte.web import results
from neurocyte.web.app import create_app
from neurocyte.web.limits import Limits
from serving import done, png, submit, wait


def labels_of(client: Any, job: dict[str, Any]) -> np.ndarray:
    answer = client.get(f"/api/jobs/{job['id']}/labels.bin")
    return np.frombuffer(answer.content, "<u4").reshape(job["height"], job["width"])


def test_submit_status_results(client: Any, segmenter: Segmenter) -> None:
    answer = submit(client, name="Img (1).png")
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["state"]) == ("Img (1).png", "queued")
    job = wait(client, answer.json()["id"])
    assert (job["cells"], job["threshold"], job["min_area"]) == (3, 0.5, 4)
    assert (job["height"], job["width"], job["model"], job["progress"]) == (20, 60, "tiny", None)
    assert client.get("/api/jobs").json() == {"jobs": [job]}
    pixels = np.asarray(PillowImage.open(BytesIO(png())))
    expected = segmenter.segment(pixels).labels
    assert_array_equal(labels_of(client, job), expected)
    answer = client.get(f"/api/jobs/{job['id']}/labels.tif")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Img%20%281%29_labels.tif"
    assert_array_equal(tifffile.imread(BytesIO(answer.content)), expected)
    picture = client.get(f"/api/jobs/{job['id']}/image.png")
    assert picture.headers["content-type"] == "image/png"
    assert_array_equal(np.asarray(PillowImage.open(BytesIO(picture.content))), pixels)
    overlay = client.get(f"/api/jobs/{job['id']}/labels.png")
    assert PillowImage.open(BytesIO(overlay.content)).size == (60, 20)


def test_the_table_is_that_of_segment(client: Any, segmenter: Segmenter) -> None:
    job = done(client, name="a b.png", pixel_size_um="0.5")
    rows = list(csv.DictReader(StringIO(client.get(f"/api/jobs/{job['id']}/cells.csv").text)))
    assert [row["image"] for row in rows] == ["a b"] * 3
    assert [(row["label"], row["area_px"], row["area_um2"]) for row in rows] == [
        ("1", "16", "4"),
        ("2", "16", "4"),
        ("3", "16", "4"),
    ]
    confidences = segmenter.segment(np.asarray(PillowImage.open(BytesIO(png())))).confidences
    assert [float(row["confidence"]) for row in rows] == pytest.approx(confidences.tolist(), abs=1e-6)
    answer = client.get(f"/api/jobs/{job['id']}/cells").json()
    assert answer["revision"] == job["revision"]
    assert answer["cells"][1]["label"] == 2
    assert answer["cells"][1]["centroid_x"] == 9.5
    assert answer["cells"][1]["touches_border"] is False


def test_a_calibrated_model_gives_its_chances_and_drops_the_unsure(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    pixels = np.zeros((20, 60), np.uint8)
    pixels[2:6, 2:6] = pixels[10:14, 40:44] = 255
    pixels[2:6, 20:30] = 140  # probability 0.727, hence a chance of 0.48
    buffer = BytesIO()
    PillowImage.fromarray(pixels).save(buffer, format="PNG")
    sure = ConfidenceConfig((4.0, 0.0, 0.0, 0.0, 0.0), -3.0, cells=10, matched=5, least=0.6)
    model = replace(segmenter.model, config=replace(segmenter.model.config, confidence=sure))
    app = create_app(tmp_path / "server", Segmenter(model, "fp32", 1), Limits())
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        job = done(client, buffer.getvalue())
        path = f"/api/jobs/{job['id']}"

        def confidences() -> list[float]:
            table = StringIO(client.get(f"{path}/cells.csv").text)
            return [float(row["confidence"]) for row in csv.DictReader(table)]

        assert job["cells"] == 2
        assert confidences() == pytest.approx([0.731, 0.731], abs=1e-3)
        again = client.post(f"{path}/decode", json={"threshold": 0.4, "min_area": 4}).json()
        assert again["cells"] == 2
        client.post(f"{path}/edits", json={"op": "delete", "labels": [1], "revision": again["revision"]})
        assert confidences() == pytest.approx([0.731], abs=1e-3)


def test_outlines(client: Any) -> None:
    job = done(client)
    rois = client.get(f"/api/jobs/{job['id']}/rois.zip")
    assert rois.headers["content-type"] == "application/zip"
    assert zipfile.ZipFile(BytesIO(rois.content)).namelist() == ["0001.roi", "0002.roi", "0003.roi"]
    features = client.get(f"/api/jobs/{job['id']}/cells.geojson").json()["features"]
    assert sorted(map(tuple, features[0]["geometry"]["coordinates"][0][:-1])) == [
        (2, 2),
        (2, 6),
        (6, 2),
        (6, 6),
    ]


def test_other_settings_decode_the_kept_probabilities(client: Any) -> None:
    pixels = np.zeros((20, 60), np.uint8)
    pixels[2:6, 2:6] = 255
    pixels[2:6, 20:30] = 140  # logit 20 (140/255 - 0.5) = 0.98: probability 0.727
    pixels[10:12, 40:42] = 255
    buffer = BytesIO()
    PillowImage.fromarray(pixels).save(buffer, format="PNG")
    job = done(client, buffer.getvalue())
    assert job["cells"] == 3
    path = f"/api/jobs/{job['id']}/decode"
    strict = client.post(path, json={"threshold": 0.75, "min_area": 4}).json()
    assert (strict["cells"], strict["threshold"], strict["corrections"]) == (2, 0.75, 0)
    large = client.post(path, json={"threshold": 0.5, "min_area": 5}).json()
    assert (large["cells"], large["min_area"]) == (2, 5)
    # The changes of a slider are one step.
    back = client.post(f"/api/jobs/{job['id']}/undo").json()
    assert (back["cells"], back["can_undo"], back["revision"]) == (3, False, job["revision"])
    assert client.post(f"/api/jobs/{job['id']}/undo").json() == {"error": "There is nothing to undo."}


def test_corrections_and_undo(client: Any) -> None:
    job = done(client)
    first = labels_of(client, job)

    def edit(**change: Any) -> dict[str, Any]:
        answer = client.post(f"/api/jobs/{job['id']}/edits", json=change)
        assert answer.status_code == 200, answer.json()
        return answer.json()

    merged = edit(op="merge", labels=[2, 1])
    assert (merged["cells"], merged["corrections"], merged["can_undo"]) == (2, 1, True)
    assert edit(op="delete", labels=[3])["cells"] == 1
    drawn = edit(op="draw", outline=[[30, 10], [40, 10], [40, 15], [30, 15]])
    assert drawn["cells"] == 2
    assert edit(op="split", label=2, line=[[35.5, 8], [35.5, 18]])["cells"] == 3
    labels = labels_of(client, job)
    assert np.unique(labels).tolist() == [0, 1, 2, 3]
    rows = list(csv.DictReader(StringIO(client.get(f"/api/jobs/{job['id']}/cells.csv").text)))
    assert [int(row["area_px"]) for row in rows] == [32, *np.bincount(labels.ravel())[2:]]
    assert sum(int(row["area_px"]) for row in rows[1:]) == 50
    refused = client.post(f"/api/jobs/{job['id']}/decode", json={"threshold": 0.4, "min_area": 4})
    assert (refused.status_code, "discard the corrections" in refused.json()["error"]) == (409, True)
    for _ in range(4):
        assert client.post(f"/api/jobs/{job['id']}/undo").status_code == 200
    assert_array_equal(labels_of(client, job), first)
    # Corrections that were discarded come back, too.
    edit(op="delete", labels=[1])
    settings = {"threshold": 0.4, "min_area": 4, "discard_corrections": True}
    assert client.post(f"/api/jobs/{job['id']}/decode", json=settings).json()["cells"] == 3
    assert client.post(f"/api/jobs/{job['id']}/undo").json()["cells"] == 2


def test_a_correction_of_what_was_changed_elsewhere_is_refused(client: Any) -> None:
    job = done(client)
    path = f"/api/jobs/{job['id']}/edits"
    change = {"op": "delete", "labels": [1], "revision": job["revision"]}
    assert client.post(path, json=change).status_code == 200
    refused = client.post(path, json={**change, "labels": [2]})
    assert (refused.status_code, refused.json()["error"]) == (
        409,
        "The cells were changed elsewhere meanwhile: look again.",
    )


def test_corrections_that_are_refused_change_nothing(client: Any) -> None:
    job = done(client)
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"op": "delete", "labels": [9]}, "There is no cell 9"),
        ({"op": "delete", "labels": []}, "at least 1 item"),
        ({"op": "paint", "labels": [1]}, "op"),
        ({"op": "split", "label": 1, "line": [[0, 0], [1, "x"]]}, "valid number"),
        ({"op": "draw", "outline": [[0, 0]] * 2001}, "at most 2000 items"),
        ({"op": "draw", "outline": [[0, 0], [1, 0], [1e300, 1]]}, "far outside"),
        ({"op": "merge", "labels": [1, 2], "extra": 1}, "Extra inputs"),
    )
    for change, said in changes:
        answer = client.post(f"/api/jobs/{job['id']}/edits", json=change)
        assert (answer.status_code, list(answer.json())) == (422, ["error"]), change
        assert said in answer.json()["error"]
        assert client.get(f"/api/jobs/{job['id']}").json() == job


def test_infinite_points_are_refused(client: Any) -> None:
    job = done(client)
    text = '{"op": "draw", "outline": [[0, 0], [1, 0], [Infinity, NaN]]}'
    headers = {"Content-Type": "application/json"}
    assert client.post(f"/api/jobs/{job['id']}/edits", content=text, headers=headers).status_code == 422


def test_undo_forgets_what_is_too_old(start: Callable[..., Any], tmp_path: Path) -> None:
    client = start(undo_steps=2)
    job = done(client, png(6))
    for label in (1, 2, 3, 4):
        client.post(f"/api/jobs/{job['id']}/edits", json={"op": "delete", "labels": [label]})
    files = {path.name for path in (tmp_path / "server" / "jobs" / job["id"]).glob("labels-*")}
    assert files == {"labels-3.tif", "labels-4.tif", "labels-5.tif"}
    assert [client.post(f"/api/jobs/{job['id']}/undo").status_code for _ in range(3)] == [200, 200, 409]
    assert client.get(f"/api/jobs/{job['id']}").json()["cells"] == 4


def test_training_data_that_train_opens(client: Any, tmp_path: Path) -> None:
    job = done(client, name="my image.png")
    client.post(f"/api/jobs/{job['id']}/edits", json={"op": "delete", "labels": [2]})
    answer = client.post(f"/api/jobs/{job['id']}/save-training").json()
    stem = f"my image-{job['id'][:8]}"
    assert answer == {"image": f"training/images/{stem}.png", "labels": f"training/labels/{stem}.tif"}
    assert client.get(f"/api/jobs/{job['id']}").json()["saved"] is True
    assert (tmp_path / "server" / answer["image"]).read_bytes() == png()
    dataset = open_dataset(tmp_path / "server" / "training")
    (sample,) = dataset.samples
    assert sample.load().instances == 2
    # Corrected again, it is no longer what was saved; saved again, it replaces the first.
    client.post(f"/api/jobs/{job['id']}/edits", json={"op": "delete", "labels": [1]})
    assert client.get(f"/api/jobs/{job['id']}").json()["saved"] is False
    client.post(f"/api/jobs/{job['id']}/save-training")
    (sample,) = open_dataset(tmp_path / "server" / "training").samples
    assert sample.load().instances == 1


@pytest.mark.parametrize("kind", ["JPEG", "BMP", "TIFF"])
def test_training_images_get_the_suffix_of_their_content(client: Any, tmp_path: Path, kind: str) -> None:
    buffer = BytesIO()
    PillowImage.open(BytesIO(png())).save(buffer, format=kind)
    job = done(client, buffer.getvalue(), name="wrong.png")
    answer = client.post(f"/api/jobs/{job['id']}/save-training").json()
    assert Path(answer["image"]).suffix == {"JPEG": ".jpg", "BMP": ".bmp", "TIFF": ".tif"}[kind]
    assert len(open_dataset(tmp_path / "server" / "training").samples) == 1


def test_a_table_being_made_does_not_hold_up_corrections(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = done(client)
    measuring, go_on = threading.Event(), threading.Event()

    def slow(*args: Any) -> Any:
        measuring.set()
        assert go_on.wait(10)
        return measure(*args)

    monkeypatch.setattr(results, "measure", slow)
    with ThreadPoolExecutor() as pool:
        table = pool.submit(client.get, f"/api/jobs/{job['id']}/cells.csv")
        assert measuring.wait(10)
        edit = {"op": "delete", "labels": [1]}
        assert client.post(f"/api/jobs/{job['id']}/edits", json=edit).json()["cells"] == 2
        assert client.delete(f"/api/jobs/{job['id']}").status_code == 204
        go_on.set()
        # Of the step it was asked for, or not at all if that is gone.
        assert table.result().status_code in (200, 404)


def test_delete(client: Any, tmp_path: Path) -> None:
    job = done(client)
    assert client.delete(f"/api/jobs/{job['id']}").status_code == 204
    for path in ("", "/image.png", "/labels.tif", "/cells.csv", "/cells"):
        answer = client.get(f"/api/jobs/{job['id']}{path}")
        assert (answer.status_code, answer.json()["error"][:22]) == (404, "There is no such image")
    assert client.delete(f"/api/jobs/{job['id']}").status_code == 404
    assert client.get("/api/jobs").json() == {"jobs": []}
    assert [
        path for folder in ("jobs", "incoming") for path in (tmp_path / "server" / folder).iterdir()
    ] == []


def test_an_image_that_cannot_be_segmented_says_why(client: Any) -> None:
    pixels = np.full((20, 60), np.nan, np.float32)
    buffer = BytesIO()
    tifffile.imwrite(buffer, pixels)
    answer = submit(client, buffer.getvalue(), name="nan.tif")
    assert answer.status_code == 201
    job = wait(client, answer.json()["id"])
    assert (job["state"], job["error"]) == (
        "failed",
        "nan.tif holds NaN or infinite values: replace them with numbers.",
    )
    refused = client.get(f"/api/jobs/{job['id']}/cells.csv")
    assert (refused.status_code, refused.json()["error"]) == (409, job["error"])
    # The queue goes on.
    assert done(client)["cells"] == 3


def test_an_image_without_cells(client: Any) -> None:
    job = done(client, png(0))
    assert job["cells"] == 0
    assert client.get(f"/api/jobs/{job['id']}/cells").json()["cells"] == []
    assert len(client.get(f"/api/jobs/{job['id']}/cells.csv").text.splitlines()) == 1
    drawn = {"op": "draw", "outline": [[0, 0], [5, 0], [5, 5], [0, 5]]}
    assert client.post(f"/api/jobs/{job['id']}/edits", json=drawn).json()["cells"] == 1


def test_the_api_is_described(client: Any) -> None:
    schema = client.get("/api/openapi.json").json()
    assert set(schema["paths"]) >= {"/api/jobs", "/api/jobs/{job_id}", "/api/jobs/{job_id}/cells.csv"}
    upload = schema["paths"]["/api/jobs"]["post"]["requestBody"]["content"]
    assert list(upload) == ["multipart/form-data"]
    assert "429" in schema["paths"]["/api/jobs"]["post"]["responses"]
    assert client.get("/docs").status_code == 404
    info = client.get("/api/info").json()
    assert (info["model"], info["max_jobs"], info["max_upload_bytes"]) == ("tiny", 200, 64 * 1024**2)


def test_pages_load_nothing_from_elsewhere(client: Any) -> None:
    for path in ("/", "/api", "/static/app.js", "/static/style.css", "/static/docs.js"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = answer.text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text
        assert "https://" not in text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_job_json_holds_no_user_given_path(client: Any, tmp_path: Path) -> None:
    job = done(client, name="../../x/<b>.png")
    assert job["name"] == "_b_.png"
    names = {path.name for path in (tmp_path / "server" / "jobs" / job["id"]).iterdir()}
    assert names == {"job.json", "upload", "image.png", "maps.npy", "labels-1.tif"}
    assert json.loads((tmp_path / "server" / "jobs" / job["id"] / "job.json").read_text())["id"] == job["id"]
