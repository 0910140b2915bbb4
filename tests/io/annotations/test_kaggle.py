import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset

HEADER = "id,annotation,width,height,cell_type,plate_time,sample_date,sample_id,elapsed_timedelta"


def write(root: Path, rows: list[str], pictures: tuple[str, ...] = ("a",), header: str = HEADER) -> Path:
    (root / "train").mkdir()
    for stem in pictures:
        PillowImage.new("L", (3, 2)).save(root / "train" / f"{stem}.png")
    (root / "train.csv").write_text("\n".join([header, *rows]) + "\n")
    return root


def test_rows_become_cells_and_the_last_wins(tmp_path: Path) -> None:
    rows = ["b,1 1,3,2,cort,,,,", "a,1 3,3,2,astro,,,well 1,", "a,3 2,3,2,astro,,,well 1,"]
    dataset = open_dataset(write(tmp_path, rows, ("a", "b")))
    assert dataset.format == "kaggle"
    assert dataset.notes == ()
    assert [(s.stem, s.cell_type, s.group) for s in dataset.samples] == [
        ("a", "astro", "well 1"),
        ("b", "cort", None),
    ]
    annotation = dataset.samples[0].read_labels()
    assert annotation.labels.tolist() == [[1, 1, 2], [2, 0, 0]]
    assert (annotation.instances, annotation.lost_pixels) == (2, 1)
    assert dataset.samples[0].read_image().pixels.shape == (2, 3)


def test_row_without_annotation_is_an_image_without_cells(tmp_path: Path) -> None:
    sample = open_dataset(write(tmp_path, ["a,,3,2,cort,,,,"])).samples[0]
    assert sample.read_labels().instances == 0


def test_what_has_no_partner_is_counted(tmp_path: Path) -> None:
    rows = ["a,1 1,3,2,,,,,", "x,1 1,3,2,,,,,", "y,1 1,3,2,,,,,", "y,2 1,3,2,,,,,"]
    dataset = open_dataset(write(tmp_path, rows, ("a", "extra")))
    assert [s.stem for s in dataset.samples] == ["a"]
    assert dataset.samples[0].cell_type is None
    assert dataset.notes == (
        "2 annotated images without a picture in train/ left out.",
        "1 picture without a row in train.csv left out.",
    )


def test_only_the_four_columns_are_needed(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path, ["a,1 1,3,2"], header="id,annotation,width,height"))
    assert dataset.samples[0].read_labels().labels.tolist() == [[1, 0, 0], [0, 0, 0]]


def test_damaged_run_names_image_and_row(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path, ["a,1 1,3,2,,,,,", "a,6 2,3,2,,,,,"]))
    with pytest.raises(
        InputError, match=r"Image a, row 3 of .*train\.csv is damaged, a run is empty or leaves"
    ):
        dataset.samples[0].read_labels()


def test_annotation_of_another_size_than_the_picture(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path, ["a,1 1,4,5,,,,,"]))
    with pytest.raises(InputError, match=r"a\.png is 3 x 2 pixels but its annotation 4 x 5"):
        dataset.samples[0].read_labels()


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (["a,1 1,three,2,,,,,"], "Row 2 .* whole width"),
        (["a,1 1,3,0,,,,,"], "Row 2 .* empty size"),
        ([",1 1,3,2,,,,,"], "Row 2 .* no id"),
        (["a,1 1,3,2,,,,,", "a,1 1,2,3,,,,,"], "Row 3 .* another size"),
        (['a,"1 1,3,2,,,,,'], "cannot be read as a table"),
    ],
)
def test_damaged_table(tmp_path: Path, rows: list[str], text: str) -> None:
    write(tmp_path, rows)
    with pytest.raises(InputError, match=text):
        open_dataset(tmp_path)


def test_missing_column_and_missing_table(tmp_path: Path) -> None:
    write(tmp_path, ["a,3,2"], header="id,width,height")
    with pytest.raises(UsageError, match="no column annotation"):
        open_dataset(tmp_path)
    (tmp_path / "train.csv").unlink()
    with pytest.raises(UsageError, match=r"train\.csv does not exist"):
        open_dataset(tmp_path, format="kaggle")


def test_samples_can_be_sent_to_worker_processes(tmp_path: Path) -> None:
    sample = open_dataset(write(tmp_path, ["a,2 2,3,2,,,,,"])).samples[0]
    assert pickle.loads(pickle.dumps(sample)).read_labels().labels.tolist() == [[0, 1, 1], [0, 0, 0]]


def test_full_size_table_is_read(tmp_path: Path) -> None:
    # As large as the whole competition: 606 images, 73,585 cells, about 20 MB.
    runs = " ".join(f"{1 + 704 * i} 12" for i in range(30))
    rows = [
        f"{i % 606:012x},{runs},704,520,cort,08:00:00,2020-01-01,well_{i % 50},0 days" for i in range(73_585)
    ]
    write(tmp_path, rows, ("000000000000", "00000000025d"))
    assert (tmp_path / "train.csv").stat().st_size > 20_000_000
    dataset = open_dataset(tmp_path)
    assert dataset.notes == ("604 annotated images without a picture in train/ left out.",)
    assert [len(sample.load_cells.args[2]) for sample in dataset.samples] == [122, 121]


def test_real_data(data_root: Path) -> None:
    dataset = open_dataset(data_root / "data/sartorius")
    assert len(dataset.samples) == 36
    assert dataset.notes == ()
    images: dict[str | None, int] = {}
    cells: dict[str | None, int] = {}
    lost = 0
    for sample in dataset.samples:
        annotation = sample.read_labels()
        assert annotation.labels.shape == (520, 704)
        assert int(annotation.labels.max()) == annotation.instances - annotation.dropped
        images[sample.cell_type] = images.get(sample.cell_type, 0) + 1
        cells[sample.cell_type] = cells.get(sample.cell_type, 0) + annotation.instances
        lost += annotation.lost_pixels
    assert images == {"cort": 19, "astro": 9, "shsy5y": 8}
    assert cells == {"cort": 623, "astro": 583, "shsy5y": 2578}
    assert lost == 2349


def test_real_cells_agree_with_a_direct_count(data_root: Path) -> None:
    sample = open_dataset(data_root / "data/sartorius").samples[0]
    lines = (data_root / "data/sartorius/train.csv").read_text().splitlines()
    runs = [line.split(",")[1].split() for line in lines if line.startswith(f"{sample.stem},")]
    union: set[int] = set()
    for cell in runs:
        for start, length in zip(cell[::2], cell[1::2], strict=True):
            union.update(range(int(start) - 1, int(start) - 1 + int(length)))
    labels = sample.read_labels().labels
    assert np.flatnonzero(labels).tolist() == sorted(union)
