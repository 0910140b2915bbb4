"""Ink and optics, against numbers worked out by hand."""

import numpy as np
import pytest

from neurocyte.simulate.ink import Ink
from neurocyte.simulate.optics import Microscope, photograph

QUIET = Microscope(0.08, 0.43, 0.2, 100.0, shading=(0.0, 0.0), noise=1e-6, gradient=0.0)


def test_a_dot_has_its_height_in_the_middle() -> None:
    ink = Ink((41, 41))
    ink.dots(np.array([[20.0, 20.0]]), np.array([2.0]), 2.0)
    plane = ink.thickness()

    assert plane[20, 20] == pytest.approx(2.0, rel=0.01)
    assert plane[20, 22] == pytest.approx(2.0 * np.exp(-0.5), rel=0.01)


def test_a_dot_between_pixels_is_shared_evenly() -> None:
    ink = Ink((20, 20))
    ink.dots(np.array([[9.5, 9.5]]), np.array([1.0]), 1.0)
    plane = ink.thickness()

    assert plane[9, 9] == pytest.approx(plane[10, 10], rel=1e-6)
    assert plane[9, 10] == pytest.approx(plane[10, 9], rel=1e-6)


def test_a_line_has_its_height_along_the_ridge() -> None:
    ink = Ink((21, 61))
    points = np.stack([np.full(61, 10.0), np.arange(61.0)], axis=1)
    ink.line(points, np.full(61, 3.0), 1.5)

    assert ink.thickness()[10, 30] == pytest.approx(3.0, rel=0.01)


def test_what_lies_outside_is_left_out() -> None:
    ink = Ink((8, 8))
    ink.dots(np.array([[-5.0, 3.0], [3.0, 20.0]]), np.ones(2), 0.5)

    assert ink.thickness().max() == 0


def test_nothing_drawn_is_no_thickness() -> None:
    assert Ink((4, 6)).thickness().tolist() == np.zeros((4, 6)).tolist()


def test_uniform_thickness_is_invisible() -> None:
    picture = photograph(np.full((64, 64), 5.0, np.float32), QUIET, np.random.default_rng(0))

    np.testing.assert_allclose(picture, 128.0, atol=1e-3)


def test_a_thick_dot_is_dark_with_a_bright_ring_and_keeps_the_mean() -> None:
    ink = Ink((64, 64))
    ink.dots(np.array([[32.0, 32.0]]), np.array([0.5]), 1.0)
    picture = photograph(ink.thickness(), QUIET, np.random.default_rng(0))

    assert picture[32, 32] < 120
    assert picture[32, 34:38].max() > 129
    assert picture.mean() == pytest.approx(128.0, abs=0.05)


def test_the_gradient_spans_its_grey_levels_at_most() -> None:
    microscope = Microscope(0.08, 0.43, 0.2, 100.0, shading=(0.0, 0.0), noise=1e-6, gradient=10.0)
    picture = photograph(np.zeros((50, 50), np.float32), microscope, np.random.default_rng(1))

    assert 10.0 - 1e-3 <= picture.max() - picture.min() <= 10.0 * np.sqrt(2)


def test_noise_has_its_standard_deviation() -> None:
    microscope = Microscope(0.08, 0.43, 0.2, 100.0, shading=(0.0, 0.0), noise=2.0, gradient=0.0)
    picture = photograph(np.zeros((80, 80), np.float32), microscope, np.random.default_rng(1))

    assert picture.std() == pytest.approx(2.0, rel=1e-4)
