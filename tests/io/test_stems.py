import ntpath
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from neurocyte.io.stems import portable, stem_of


def is_reserved(path: PureWindowsPath) -> bool:
    # Python 3.13 has another name for it.
    return ntpath.isreserved(path) if hasattr(ntpath, "isreserved") else path.is_reserved()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Img (31)", "Img (31)"),
        ("well A1, µm_é-日本", "well A1, µm_é-日本"),
        ("e\u0301", "\u00e9"),
        ("2026-01-02T10:30:00", "2026-01-02T10_30_00"),
        ('a<b>c"d|e?f*g\\h', "a_b_c_d_e_f_g_h"),
        ("two\nlines", "two_lines"),
        ("con", "_con"),
        ("NUL.crop", "_NUL.crop"),
        ("com1 ", "_com1 "),
        ("concert", "concert"),
        ("dots..", "dots.."),
        ("é" * 150, "é" * 120),
        ("x" + "é" * 150, "x" + "é" * 119),
    ],
)
def test_a_name_that_every_system_can_write(name: str, expected: str) -> None:
    assert portable(name) == expected
    assert portable(expected) == expected
    # On Windows, a file of that name in a folder is that and nothing else.
    written = PureWindowsPath("C:/out") / f"{portable(name)}.tif"
    assert written.name == f"{portable(name)}.tif"
    assert written.parent == PureWindowsPath("C:/out")
    assert not is_reserved(written)


def test_a_files_stem_on_both_systems() -> None:
    assert stem_of(PurePosixPath("in/Img: 1.ome.tif")) == "Img_ 1.ome"
    assert stem_of(PureWindowsPath(r"C:\in\Img 1.tif")) == "Img 1"
