"""Names of uploads."""

import pytest

from neurocyte.web.names import LONGEST, clean_name, stem_of


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Img (31).jpg", "Img (31).jpg"),
        ("plate 1_[A3]+x-y.tif", "plate 1_[A3]+x-y.tif"),
        ("Zellkörper µ.png", "Zellkörper µ.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "image"),
        ("..", "image"),
        ("", "image"),
        (".hidden.png", "hidden.png"),
        ("a\x00b\r\nSet-Cookie: x.png", "a_b__Set-Cookie_ x.png"),
        ("<script>alert(1)<script>.png", "_script_alert(1)_script_.png"),
        ('"><img src=x onerror=alert(1)>.png', "___img src_x onerror_alert(1)_.png"),
        ("=HYPERLINK(1).png", "_HYPERLINK(1).png"),
        ("+1.png", "1.png"),
        ("-rf.png", "rf.png"),
        ("@cmd.png", "_cmd.png"),
        ("CON.png", "_CON.png"),
        ("lpt1", "_lpt1"),
        ("‮gnp.exe", "_gnp.exe"),
        ("a.png. .", "a.png"),
    ],
)
def test_a_name_means_nothing_but_itself(name: str, clean: str) -> None:
    assert clean_name(name) == clean
    assert clean_name(clean) == clean


@pytest.mark.parametrize("name", ["a" * 5000 + ".png", "a." + "b" * 5000, "." * 5000, "é" * 300])
def test_long_names(name: str) -> None:
    assert 1 <= len(clean_name(name)) <= LONGEST


def test_stems() -> None:
    assert stem_of("Img (31).jpg") == "Img (31)"
    assert stem_of("a.b.png") == "a.b"
    assert stem_of("image") == "image"
