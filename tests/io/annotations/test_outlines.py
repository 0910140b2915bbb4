import numpy as np
import pytest

from neurocyte.io.annotations.cells import pixels_by_label
from neurocyte.io.annotations.outlines import count_rounded, fill, trace


def traced(*rows: str) -> list[list[list[list[int]]]]:
    """The polygons of the one cell that is drawn with '#'."""
    mask = np.array([[letter == "#" for letter in row] for row in rows])
    polygons = trace([np.flatnonzero(mask)], mask.shape)[0]
    assert np.array_equal(fill([polygons], mask.shape)[0], np.flatnonzero(mask))
    return [[ring.tolist() for ring in rings] for rings in polygons]


def area(ring: list[list[int]]) -> int:
    """Twice the area; positive where the ring runs clockwise on the screen."""
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True))


def test_a_pixel_at_the_corner_of_the_image() -> None:
    assert traced("#..", "...") == [[[[0, 0], [1, 0], [1, 1], [0, 1]]]]
    assert traced("...", "..#") == [[[[2, 1], [3, 1], [3, 2], [2, 2]]]]


def test_only_corners_are_kept() -> None:
    assert traced("###", "#..") == [[[[0, 0], [3, 0], [3, 1], [1, 1], [1, 2], [0, 2]]]]


def test_a_hole_runs_the_other_way() -> None:
    ((outer, hole),) = traced("####", "#..#", "####")
    assert outer == [[0, 0], [4, 0], [4, 3], [0, 3]]
    assert sorted(hole) == [[1, 1], [1, 2], [3, 1], [3, 2]]
    assert (area(outer), area(hole)) == (24, -4)


def test_parts_that_touch_at_a_corner_are_polygons_of_their_own() -> None:
    assert traced("#.", ".#") == [
        [[[0, 0], [1, 0], [1, 1], [0, 1]]],
        [[[1, 1], [2, 1], [2, 2], [1, 2]]],
    ]


def test_a_ring_closed_by_a_corner_has_a_hole_and_does_not_touch_itself() -> None:
    ((outer, hole),) = traced(".##", "#.#", "###")
    assert area(outer) == 2 * 8
    assert area(hole) == -2
    assert all(len(ring) == len({tuple(corner) for corner in ring}) for ring in (outer, hole))


def test_holes_that_touch_at_a_corner_are_two() -> None:
    ((_, first, second),) = traced("####", "#.##", "##.#", "####")
    assert (area(first), area(second)) == (-2, -2)


def test_a_hole_belongs_to_the_part_around_it_and_an_island_in_it_is_a_part() -> None:
    polygons = traced(
        "#####..", "#...#..", "#.#.#.#", "#...#..", "#####..", ".......", "###....", "#.#....", "###...."
    )
    assert [len(rings) for rings in polygons] == [2, 1, 1, 2]
    assert [sum(area(ring) for ring in rings) for rings in polygons] == [32, 2, 2, 16]


def test_cells_that_touch_or_overlap_keep_their_own_outlines() -> None:
    shape = (2, 4)
    cells = [np.array([0, 1]), np.array([2, 3, 6, 7]), np.array([1, 2]), np.array([], dtype=np.int64)]
    polygons = trace(cells, shape)
    assert [len(one) for one in polygons] == [1, 1, 1, 0]
    assert [pixels.tolist() for pixels in fill(polygons, shape)] == [cell.tolist() for cell in cells]


def test_no_cell_at_all() -> None:
    assert trace([], (3, 3)) == []
    assert fill([], (3, 3)) == []


@pytest.mark.parametrize("kinds", [2, 3, 6])
def test_any_label_image_comes_back(kinds: int) -> None:
    rng = np.random.default_rng(kinds)
    for _ in range(300):
        shape = tuple(rng.integers(1, 12, 2).tolist())
        labels = rng.integers(0, kinds, shape) * (rng.random(shape) < rng.random())
        cells = list(pixels_by_label(labels).values())
        polygons = trace(cells, shape)
        back = fill(polygons, shape)
        assert count_rounded(polygons) == 0
        assert all(np.array_equal(one, other) for one, other in zip(cells, back, strict=True))
        for cell, rings in zip(cells, polygons, strict=True):
            assert sum(area(ring.tolist()) for one in rings for ring in one) == 2 * cell.size
            assert all(area(one[0].tolist()) > 0 for one in rings)
            assert all(area(hole.tolist()) < 0 for one in rings for hole in one[1:])
            assert all(len(np.unique(ring, axis=0)) == len(ring) for one in rings for ring in one)


def test_pixels_belong_to_the_polygon_that_holds_their_centre() -> None:
    triangle = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    # The centres of the diagonal lie on its side; the polygon is not to the right of them.
    assert fill([[[triangle]]], (4, 4))[0].tolist() == [0, 1, 2, 4, 5, 8]
    square = np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5]])
    assert fill([[[square]]], (4, 4))[0].tolist() == [0, 1, 4, 5]
    whole = 2 * square
    assert count_rounded([[[triangle]], [[whole]], [[whole], [square]], []]) == 2


def test_what_leaves_the_image_is_cut_off() -> None:
    far = np.array([[-1e12, -5.0], [1e12, -5.0], [1e12, 1.0], [-1e12, 1.0]])
    outside = np.array([[10, 0], [12, 0], [12, 2], [10, 2]])
    pixels = fill([[[far]], [[outside]]], (2, 3))
    assert [one.tolist() for one in pixels] == [[0, 1, 2], []]


def test_rings_of_a_polygon_alternate_and_polygons_of_a_cell_unite() -> None:
    outer = np.array([[0, 0], [3, 0], [3, 3], [0, 3]])
    inner = np.array([[1, 1], [2, 1], [2, 2], [1, 2]])
    pixels = fill([[[outer, inner]], [[outer], [inner]]], (3, 3))
    assert [one.size for one in pixels] == [8, 9]
