"""Every broken or strange annotation, and every strange name, gives what is right or one clear sentence."""

from importlib.util import find_spec

import pytest

from corpus.annotations import annotations
from corpus.names import names
from corpus.running import Found, faults, run_worker


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return run_worker("annotations", tmp_path_factory.mktemp("annotations"))


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return run_worker("names", tmp_path_factory.mktemp("names"))


def test_every_case_is_read(found: Found, named: Found) -> None:
    assert len(found) == sum(1 for _ in annotations()) > 300
    assert len(named) == sum(1 for _ in names())


def test_no_traceback_no_hang_little_memory(found: Found, named: Found) -> None:
    assert faults(found) == {}
    assert faults(named) == {}


@pytest.mark.parametrize("kind", ["kaggle", "coco", "geojson", "rois", "labels", "zarr"])
def test_annotations_are_read_as_they_are_or_refused(found: Found, kind: str) -> None:
    library = {"rois": "roifile", "zarr": "zarr"}.get(kind)
    if library and find_spec(library) is None:
        assert all(library in line["error"] for name, line in found.items() if name.startswith(kind))
        pytest.skip(f"{library} is not installed: it is said, and no more")
    for name, _, expected in annotations():
        line = found[name]
        if not name.startswith(kind) or expected is None:
            continue
        assert line.get("cells", "error") == expected, (name, line)


def test_names_become_names_of_results_or_are_refused(named: Found) -> None:
    for name, _, expected in names():
        line = named[name]
        stems = line.get("stems", "error")
        assert (len(stems) if isinstance(expected, int) else stems) == expected, (name, line)


def test_an_error_says_a_strange_name_in_one_line(named: Found) -> None:
    assert "a\\nb" in named["a broken picture with a line break in its name"]["error"]
