"""Pictures of cells where annotations have them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurocyte.cli import main
from neurocyte.errors import UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.labels import read_labels
from neurocyte.simulate import simulate_annotated, write_dataset
from neurocyte.simulate.layouts import read_layouts

HEIGHT, WIDTH = 60, 80


def runs(top: int, left: int, height: int, width: int) -> str:
    """A rectangle in Kaggle's run lengths, which count from 1."""
    return " ".join(f"{(top + row) * WIDTH + left + 1} {width}" for row in range(height))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        ("b", runs(5, 6, 10, 12), "astro"),
        ("a", runs(10, 50, 20, 9), "cort"),
        ("a", runs(40, 3, 7, 30), "cort"),
        ("a", runs(0, 0, 5, 5), "cort"),
    ]
    frame = pd.DataFrame(rows, columns=["id", "annotation", "cell_type"]).assign(width=WIDTH, height=HEIGHT)
    frame.to_csv(tmp_path / "shapes.csv", index=False)
    return tmp_path / "shapes.csv"


def test_the_truth_is_the_annotation_without_what_is_too_small(table: Path) -> None:
    first, second = read_layouts(table)
    assert [(one.stem, one.kind) for one in (first, second)] == [("a", "cort"), ("b", "astro")]
    expected = np.zeros((HEIGHT, WIDTH), dtype=int)
    expected[10:30, 50:59] = 1
    expected[40:47, 3:33] = 2
    found = simulate_annotated(first.load().labels, "cort", seed=3)
    np.testing.assert_array_equal(found.labels, expected)
    # The cells can be seen: the picture changes where they are, not in its empty part alone.
    inside, outside = found.image[expected > 0].astype(float), found.image[expected == 0].astype(float)
    assert inside.std() > 1.5 * np.median(np.abs(outside - np.median(outside)))
    again = simulate_annotated(first.load().labels, "cort", seed=3)
    np.testing.assert_array_equal(again.image, found.image)


def test_annotations_take_turns_and_are_mirrored_in_the_next_rounds(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_dataset(out, 8, layouts=read_layouts(table))
    names = [f"{'astro' if n % 2 else 'cort'}_{n:04d}" for n in range(8)]
    assert sorted(path.stem for path in (out / "images").iterdir()) == sorted(names)
    masks = [read_labels(out / "labels" / f"{name}.tif") > 0 for name in names[::2]]
    np.testing.assert_array_equal(masks[1], masks[0][:, ::-1])
    np.testing.assert_array_equal(masks[2], masks[0][::-1])
    np.testing.assert_array_equal(masks[3], masks[0][::-1, ::-1])


def test_a_folder_of_annotated_images_will_do_too(tmp_path: Path) -> None:
    write_dataset(tmp_path / "data", 1, kind="cort", shape=(64, 80), cells=4)
    (sample,) = open_dataset(tmp_path / "data").samples
    with pytest.raises(
        UsageError, match=r"cort_0000 in .* does not say its kind: say how its cells look by --k"
    ):
        read_layouts(tmp_path / "data")
    (layout,) = read_layouts(tmp_path / "data", "shsy5y")
    np.testing.assert_array_equal(layout.load().labels, sample.read_labels().labels)
    assert layout.kind == "shsy5y"


def test_an_unknown_kind_is_named(table: Path) -> None:
    table.write_text(table.read_text().replace("astro", "glia"))
    with pytest.raises(
        UsageError, match=r"b in .* is of the kind 'glia': say how its cells look by --kind cort"
    ):
        read_layouts(table)
    assert [layout.kind for layout in read_layouts(table, "astro")] == ["astro", "astro"]


def test_the_command_takes_them_and_refuses_what_they_decide(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call = ["simulate", "-o", str(out), "-n", "2", "--annotations", str(table)]
    assert main(call) == 0
    assert read_labels(out / "labels" / "cort_0000.tif").shape == (HEIGHT, WIDTH)
    capsys.readouterr()
    for told, option in ((["--size", "64x64"], "--size"), (["--cells", "3"], "--cells")):
        assert main([*call, *told]) == 2
        assert f"{option} does not go with --annotations, which decide that" in capsys.readouterr().err
    assert main([*call, "--kind", "mixed"]) == 2
    assert "--kind mixed does not go with --annotations" in capsys.readouterr().err
    assert main([*call[:-1], str(tmp_path / "none.csv")]) == 2
    assert "none.csv does not exist" in capsys.readouterr().err
