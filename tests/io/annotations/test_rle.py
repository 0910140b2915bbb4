import numpy as np
import pytest

from neurocyte.io.annotations.rle import decode_rle, encode_pixels


def test_pixels_are_counted_from_one_along_the_rows() -> None:
    # 2 x 3 pixels are 1 2 3 / 4 5 6; the run 3 2 is the end of row one and the start of row two.
    assert decode_rle("3 2 6 1", (2, 3)).tolist() == [2, 3, 5]
    assert encode_pixels(np.array([2, 3, 5])) == "3 2 6 1"


def test_empty() -> None:
    assert decode_rle("  ", (2, 3)).tolist() == []
    assert encode_pixels(np.array([], dtype=np.int64)) == ""


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (520, 704)])
def test_round_trip(shape: tuple[int, int]) -> None:
    mask = np.random.default_rng(0).random(shape) < 0.4
    back = np.zeros(mask.size, dtype=bool)
    back[decode_rle(encode_pixels(np.flatnonzero(mask)), shape)] = True
    assert (back.reshape(shape) == mask).all()
    assert encode_pixels(np.arange(mask.size)) == f"1 {mask.size}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 2 3", "not pairs"),
        ("1 x", "not whole numbers"),
        ("1.5 2", "not whole numbers"),
        ("1 99999999999999999999", "not whole numbers"),
        ("0 1", "leaves the image"),
        ("6 2", "leaves the image"),
        ("1 9223372036854775807", "leaves the image"),
        ("9223372036854775807 1", "leaves the image"),
        ("9223372036854775807 2", "leaves the image"),
        ("2 9223372036854775807", "leaves the image"),
        ("2 0", "empty"),
        ("2 -1", "empty"),
    ],
)
def test_malformed(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode_rle(text, (2, 3))
