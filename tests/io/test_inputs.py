from pathlib import Path

import pytest

from neurocyte.errors import UsageError
from neurocyte.io.inputs import collect_inputs, images_by_stem, unique_stems


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def stems(*args: str | Path) -> list[str]:
    return [file.stem for file in collect_inputs(args)]


def test_folder_gives_its_images_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.PNG", "Img (31).jpg", "a.ome.tif", "notes.txt", ".hidden.png", "sub/c.png")
    assert stems(tmp_path) == ["Img (31)", "a.ome", "b"]


def test_named_file_is_kept_whatever_its_suffix_in_the_order_given(tmp_path: Path) -> None:
    touch(tmp_path, "z.dat", "a.png")
    files = collect_inputs([tmp_path / "z.dat", str(tmp_path / "a.png")])
    assert [file.path for file in files] == [tmp_path / "z.dat", tmp_path / "a.png"]


def test_glob(tmp_path: Path) -> None:
    touch(tmp_path, "b1.png", "b2.tif", "b3.txt", "well/c.png", "x.lsm")
    assert stems(f"{tmp_path}/b*") == ["b1", "b2"]
    assert stems(f"{tmp_path}/*") == ["b1", "b2", "c"]
    assert stems(f"{tmp_path}/*.lsm") == ["x"]
    assert stems(f"{tmp_path}/**/*.png") == ["b1", "c"]


def test_name_with_brackets_is_a_file_first(tmp_path: Path) -> None:
    touch(tmp_path, "Img [1].png", "Img 1.png")
    assert stems(tmp_path / "Img [1].png") == ["Img [1]"]


def test_same_file_twice_counts_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "sub/b.png")
    assert stems(tmp_path, tmp_path / "a.png", f"{tmp_path}/sub/../a.p*") == ["a"]


def test_nothing_found(tmp_path: Path) -> None:
    touch(tmp_path, "notes.txt")
    for arg, text in {
        tmp_path: "matches no image",
        tmp_path / "a.png": "does not exist",
        f"{tmp_path}/*.png": "matches no image",
    }.items():
        with pytest.raises(UsageError, match=text):
            collect_inputs([arg])
    with pytest.raises(UsageError, match="No input"):
        collect_inputs([])


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/d/a.png", "/d/b.png"], ["a", "b"]),
        (["/d/a.png", "/d/a.jpg", "/d/b.png"], ["a_png", "a_jpg", "b"]),
        (["/d/a.png", "/d/A.png"], ["d_a_png", "d_A_png_2"]),
        (["/x/a.png", "/y/a.png", "/y/a.tif"], ["x_a_png", "y_a_png", "a_tif"]),
        (["/x/1/a.png", "/y/1/a.png"], ["x_1_a_png", "y_1_a_png"]),
        (["/d/a.png", "/d/a.jpg", "/d/a_png.tif"], ["d_a_png", "a_jpg", "a_png_tif"]),
        (["/x_y/a.png", "/x/y/a.png"], ["x_y_a_png", "y_a_png"]),
        (["/x/a", "/y/a"], ["x_a", "y_a"]),
    ],
)
def test_unique_stems(paths: list[str], expected: list[str]) -> None:
    assert unique_stems([Path(path) for path in paths]) == expected


def test_images_by_stem_refuses_two_of_a_name(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.png")
    assert images_by_stem(tmp_path) == {"a": tmp_path / "a.png", "b": tmp_path / "b.png"}
    touch(tmp_path, "a.jpg")
    with pytest.raises(UsageError, match="two images called a"):
        images_by_stem(tmp_path)
    with pytest.raises(UsageError, match="cannot be listed"):
        images_by_stem(tmp_path / "absent")


def test_names_differ_by_more_than_case_and_the_way_accents_are_written(tmp_path: Path) -> None:
    for name in ("e\u0301.png", "b.png"):
        (tmp_path / name).touch()
    assert list(images_by_stem(tmp_path)) == ["b", "\u00e9"]
    (tmp_path / "B.tif").touch()
    with pytest.raises(UsageError, match=r"holds two images called b \(B\.tif, b\.png\): keep one"):
        images_by_stem(tmp_path)


def test_stems_can_be_written_on_windows(tmp_path: Path) -> None:
    touch(tmp_path / "in", "10:30.png", "10?31.png", "10?30.png", "con.png")
    named = {file.path.name: file.stem for file in collect_inputs([tmp_path / "in"])}
    assert (named["10?31.png"], named["con.png"]) == ("10_31", "_con")
    # No two fall into one.
    assert named["10:30.png"].endswith("in_10_30_png")
    assert named["10?30.png"] == f"{named['10:30.png']}_2"
