"""Groups by table and by pattern, and the sentences for wrong ones."""

from pathlib import Path

import pytest

from neurocyte.errors import UsageError
from neurocyte.jobs.groups import read_groups

WELL = r"(?P<well>[A-H]\d+)_(?P<time>\d+)?"


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "groups.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_pattern_is_searched_for_in_the_stem_and_an_empty_group_is_none() -> None:
    groups = read_groups(WELL, ())
    assert groups.columns == ("well", "time")
    assert groups.of("plate_B2_07", "x.png") == {"well": "B2", "time": "07"}
    assert groups.of("B2_", "x.png") == {"well": "B2", "time": "none"}
    assert groups.of("other", "B2_07.png") is None


@pytest.mark.parametrize("key", ["image", "stem"])
def test_a_table_names_stems_or_files(tmp_path: Path, key: str) -> None:
    source = table(tmp_path, f"\ufeffplate,{key},dose\n1,a,low\n2,b (1).png,\n3,gone,high\n")
    groups = read_groups(source, ())
    assert groups.columns == ("plate", "dose")
    found = groups.assign([("a", "in/a.png"), ("b (1)", "in/b (1).png"), ("c", "in/c.png")])
    assert found.of("a") == {"plate": "1", "dose": "low"}
    assert found.of("b (1)") == {"plate": "2", "dose": "none"}
    assert found.of("c") == {"plate": "none", "dose": "none"}
    assert found.notes() == [
        '1 image matches no group and counts as "none".',
        f"1 row of {source} names no image of this folder.",
    ]


def test_a_table_names_the_ends_of_paths_with_the_separators_of_any_system(tmp_path: Path) -> None:
    source = table(
        tmp_path, "image,dose\nplate1\\a.png,low\nplate2/a.png,high\na.png,other\ne\u0301.png,accent\n"
    )
    groups = read_groups(source, ())
    files = {"plate1_a_png": "in/plate1/a.png", "p2_a": r"C:\in\plate2\a.png", "p3_a": "in/plate3/a.png"}
    found = groups.assign([*files.items(), ("\u00e9", "in/\u00e9.png")])
    assert [found.of(stem)["dose"] for stem in files] == ["low", "high", "other"]
    assert found.of("\u00e9") == {"dose": "accent"}
    assert found.notes() == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("image\na\n", "must have one column 'image'"),
        ("name,well\na,1\n", "its first row has: name, well"),
        ("image,stem,well\na,a,1\n", "must have one column 'image'"),
        ("image,well,well\na,1,2\n", "each with a name of its own"),
        ("", "its first row has: nothing"),
        ("image,well\na,1\na,2\n", "has two rows for 'a': remove one"),
        ("image,well\na\n", "row 2 has not 2 fields"),
        ("image,well\na,1,2\n", "row 2 has not 2 fields"),
        ("image,count\na,1\n", "the tables have a column 'count': rename the group"),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as caught:
        read_groups(table(tmp_path, text), {"count"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("(?P<well>[A-", "neither a file nor a regular expression"),
        (r"([A-H]\d+)", "a pattern with named groups"),
        ("nothing.csv", "cannot be read"),
        ("(?P<image>.)", "the tables have a column 'image'"),
    ],
)
def test_a_wrong_pattern_or_missing_file_is_one_sentence(source: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        read_groups(source, {"image"})


def test_bytes_that_are_no_text_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(b"image,well\na,\xff\n")
    with pytest.raises(UsageError, match="give a CSV file in UTF-8"):
        read_groups(str(path), ())
