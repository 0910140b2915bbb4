import json
import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")

from neurocyte.cli import main
from neurocyte.cli.reproduce import PARTS as KNOWN_PARTS
from neurocyte.cli.values import ARCHITECTURES
from neurocyte.networks import ARCHITECTURES as NETWORKS
from neurocyte.paper.parts import PARTS
from neurocyte.paper.settings import ROWS
from neurocyte.simulate import write_dataset


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_dataset(folder, 6, seed=3, shape=(64, 80), cells=5)
    return folder


@pytest.fixture(scope="module")
def out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it, with tiny settings."""
    folder = tmp_path_factory.mktemp("out")
    assert main(["reproduce", str(data), "-o", str(folder), "--quick", "--quiet"]) == 0
    return folder


def test_every_part_is_made_and_stands_in_the_document(out: Path) -> None:
    text = (out / "REPRODUCTION.md").read_text()
    assert "A quick run with tiny settings" in text
    assert "**no number here is the paper's number.**" in text
    assert "Not made yet" not in text
    assert "not measured yet" not in re.sub(r"\d+ are not measured yet", "", text)
    for part in PARTS:
        content = json.loads((out / f"{part.name}.json").read_text())
        assert content["settings"]["quick"] is True
        assert len(content["settings"]["data"]) == 64
    table4 = json.loads((out / "table4.json").read_text())["result"]
    assert [(row["key"], len(row["runs"])) for row in table4["rows"]] == [(row.key, 2) for row in ROWS]
    assert table4["violations"] == 0
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (out / link).exists(), link


def test_the_page_needs_no_other_file(out: Path) -> None:
    page = (out / "reproduction.html").read_text()
    assert "<script" not in page
    assert all(source.startswith("data:image/") for source in re.findall(r'src="([^"]{12})', page))
    assert page.count('src="data:image/') >= 6 + 1 + len(ROWS)
    assert "<table>" in page


def test_a_second_call_trains_nothing_and_keeps_what_is_done(
    data: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (out / "table3.json").stat().st_mtime_ns
    scores = {p: p.read_bytes() for p in out.glob("runs/*/*/*/scores.json")}
    assert len(scores) == 22
    assert main(["reproduce", str(data), "-o", str(out), "--quick"]) == 0
    assert "22 of 22 networks are trained and scored." in capsys.readouterr().out
    assert (out / "table3.json").stat().st_mtime_ns == before
    assert {p: p.read_bytes() for p in scores} == scores


def test_a_run_killed_after_training_is_scored_without_training_again(
    data: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = out / "runs" / "linknet" / "seed-0" / "fold-1"
    scores = json.loads((folder / "scores.json").read_text())
    (folder / "scores.json").unlink()
    # One that was killed within its first epoch leaves no checkpoint.
    begun = out / "runs" / "linknet" / "seed-0" / "fold-0"
    (begun / "scores.json").unlink()
    shutil.rmtree(begun / "checkpoints")
    call = ["reproduce", str(data), "-o", str(out), "--quick", "--networks", "linknet", "--only", "table4"]
    assert main(call) == 0
    said = capsys.readouterr().out
    assert "0 of 2 networks are trained and scored." in said
    assert "Encoder weights from the last checkpoint." in said
    again = json.loads((folder / "scores.json").read_text())
    assert again["chosen"] == scores["chosen"]
    assert again["epochs"] == scores["epochs"]


def test_parts_that_need_no_network_train_none(data: Path, tmp_path: Path) -> None:
    call = ["reproduce", str(data), "-o", str(tmp_path), "--quick", "--quiet", "--only", "algorithm1"]
    assert main(call) == 0
    assert not (tmp_path / "runs").exists()
    text = (tmp_path / "REPRODUCTION.md").read_text()
    assert "## table4\n\nNot made yet." in text
    assert "not measured yet" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "table9"], "invalid choice: 'table9' (did you mean 'table4'?), choose from table1,"),
        (["--networks", "resnet"], "No network of Table 4 is named 'resnet'; choose from linknet-ag,"),
    ],
)
def test_a_wrong_call_says_what_there_is(
    data: Path, tmp_path: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", str(data), "-o", str(tmp_path), *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_names_that_the_commands_know_without_torch_are_all_there_are() -> None:
    assert tuple(part.name for part in PARTS) == KNOWN_PARTS
    assert (*NETWORKS, "ancis") == ARCHITECTURES
