"""Entrants on the same images, scored by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.benchmark.classical import otsu_watershed
from neurocyte.benchmark.document import document
from neurocyte.benchmark.entrants import Entrant, classical, cross_validated, label_maps, names_are_unique
from neurocyte.benchmark.instances import compare, to_dict
from neurocyte.benchmark.pictures import chosen, write_pictures
from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Dataset
from neurocyte.io.labels import write_labels

SQUARES = np.zeros((40, 60), np.uint16)
SQUARES[5:15, 5:15] = 1
SQUARES[5:15, 30:40] = 2


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    """Two images of two squares each."""
    (tmp_path / "data" / "images").mkdir(parents=True)
    for stem in ("a", "b"):
        PillowImage.fromarray((SQUARES > 0).astype(np.uint8) * 200).save(tmp_path / f"data/images/{stem}.png")
        write_labels(tmp_path / f"data/labels/{stem}.tif", SQUARES)
    return open_dataset(tmp_path / "data")


def entrant(name: str, labels: dict[str, np.ndarray]) -> Entrant:
    return Entrant(name, "By hand.", lambda sample, _: labels.get(sample.stem), timed=False)


def test_the_scores_and_the_pairs_are_those_of_the_images(data: Dataset) -> None:
    one_missing = np.where(SQUARES == 1, SQUARES, 0)
    outcomes = compare(
        data.samples,
        [entrant("right", {"a": SQUARES, "b": SQUARES}), entrant("half", {"a": SQUARES, "b": one_missing})],
    )
    result = to_dict(outcomes)
    assert [one["figures"]["map"] for one in result["entrants"]] == [1.0, 0.75]
    (pair,) = result["pairs"]
    assert (pair["n"], pair["map"]["mean"]) == (2, 0.25)
    # Resamples of two images draw the worse one never, once or twice.
    assert pair["map"]["interval"] == [0.0, 0.5]


def test_broken_true_cells_are_left_out_in_a_table_of_their_own(tmp_path: Path) -> None:
    """A cell of a level line: found otherwise it costs half the score, but not where it is left out."""
    truth = SQUARES.copy()
    truth[20:30, 5:45] = 3
    truth[31:, 5:45] = 4
    found = truth.copy()
    found[20:25, 5:45] = 0
    (tmp_path / "data" / "images").mkdir(parents=True)
    PillowImage.fromarray((truth > 0).astype(np.uint8)).save(tmp_path / "data/images/a.png")
    write_labels(tmp_path / "data/labels/a.tif", truth)
    outcomes = compare(open_dataset(tmp_path / "data").samples, [entrant("x", {"a": found})])
    result = to_dict(outcomes)
    (one,) = result["entrants"]
    assert one["figures"]["ap50"] == pytest.approx(3 / 5)
    assert (one["sound"]["broken"], one["sound"]["figures"]["ap50"]) == (2, 1.0)
    text = document({**result, "data": DATA, "command": "c", "version": "0"})
    assert "2 true cells end at one row over 30 pixels" in text
    assert "| x | 1.000 / 1.000 / 0.0 |" in text


def test_without_broken_true_cells_there_is_no_such_table(data: Dataset) -> None:
    result = to_dict(compare(data.samples, [entrant("x", {"a": SQUARES})]))
    assert result["entrants"][0]["sound"] is None
    assert "broken" not in document({**result, "data": DATA, "command": "c", "version": "0"})


def test_pairs_use_the_images_that_both_have(data: Dataset) -> None:
    nothing = np.zeros_like(SQUARES)
    outcomes = compare(
        data.samples, [entrant("all", {"a": SQUARES, "b": nothing}), entrant("one", {"a": SQUARES})]
    )
    result = to_dict(outcomes)
    assert [one["figures"]["n"] for one in result["entrants"]] == [2, 1]
    assert result["pairs"] == [{"first": "all", "other": "one", "n": 1}]
    assert "| one | 1 | - | - |" in document({**result, "data": DATA, "command": "c", "version": "0"})


DATA = {"name": "data", "hash": "0" * 64, "images": 2, "cells": 4}


def test_a_method_without_any_image_or_of_another_size_is_refused(data: Dataset) -> None:
    with pytest.raises(UsageError, match="none has no label image for any of the 2 images"):
        compare(data.samples, [entrant("none", {})])
    with pytest.raises(InputError, match="native size"):
        compare(data.samples, [entrant("small", {"a": SQUARES[:20]})])


def test_best_median_and_worst_are_chosen_by_map_and_drawn(data: Dataset, tmp_path: Path) -> None:
    (outcome,) = compare(
        data.samples, [entrant("x", {"a": np.where(SQUARES == 1, SQUARES, 0), "b": SQUARES})]
    )
    assert chosen(outcome) == {"best": "b", "median": "a", "worst": "a"}
    write_pictures(tmp_path / "out", outcome, data.samples)
    with PillowImage.open(tmp_path / "out" / "worst.png") as picture:
        assert picture.size == (60 + 8 + 60, 40)
        shown = np.asarray(picture)
    true_side, found_side = shown[:, :60], shown[:, 68:]
    # The second square is outlined on the left only.
    assert (np.ptp(true_side[5, 30:40].astype(int), axis=-1) > 0).all()
    assert (np.ptp(found_side[5, 30:40].astype(int), axis=-1) == 0).all()


def test_label_maps_come_from_a_folder(data: Dataset, tmp_path: Path) -> None:
    write_labels(tmp_path / "maps" / "a.tif", SQUARES)
    maps = label_maps("peer", tmp_path / "maps", "Theirs.")
    (outcome,) = compare(data.samples, [maps])
    assert list(outcome.scores) == ["a"]
    assert to_dict([outcome])["entrants"][0]["seconds"] is None


def test_each_image_is_judged_by_the_network_of_its_fold(data: Dataset, make_model, tmp_path: Path) -> None:
    """The second fold's network finds nothing: its image scores 0, the other 1."""
    run = tmp_path / "cv"
    run.mkdir()
    for fold, (bias, stem) in enumerate(((-10.0, "a"), (-1000.0, "b"))):
        folder = make_model(f"model-{fold}", bias=(bias,))
        (folder / "split.json").write_text(json.dumps({"train": [], "val": [], "test": [stem]}))
        folder.rename(run / f"fold-{fold}")
    (outcome,) = compare(data.samples, [cross_validated(run, 1)])
    assert {stem: score.map for stem, score in outcome.scores.items()} == {"a": 1.0, "b": 0.0}
    assert to_dict([outcome])["entrants"][0]["seconds"] > 0


def test_a_folder_without_folds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="train --folds"):
        cross_validated(tmp_path, 1)


def test_two_methods_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="Two entrants are named Otsu"):
        names_are_unique([classical(), classical()])


def test_otsu_finds_textured_cells_and_nothing_in_a_constant_image() -> None:
    rng = np.random.default_rng(0)
    pixels = np.full((120, 160), 100.0)
    for row, column in ((30, 30), (30, 120), (90, 80)):
        pixels[row - 10 : row + 10, column - 10 : column + 10] += rng.normal(0, 40, (20, 20))
    assert otsu_watershed(pixels.astype(np.uint8)).max() >= 3
    assert otsu_watershed(np.full((30, 30, 3), 7, np.uint8)).max() == 0
