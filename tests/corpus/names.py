"""Folders of sound pictures with strange names, and how a call may name them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from corpus.annotations import picture

Case = tuple[str, Callable[[Path], list[str]], Any]
"""Name, what makes it in an empty folder and gives the arguments of the call, and the stems that must come
out, or "error"."""


def names() -> Iterator[Case]:
    """Give every case."""
    for name, made, expected in (
        ("line break", "a\nb.png", ["a_b"]),
        ("escape sequence", "a\x1b[31mb.png", ["a_[31mb"]),
        ("blanks", "  a  .png", ["  a  "]),
        ("quotes", "a'\"b.png", ["a'_b"]),
        ("markup", "<img src=x onerror=alert(1)>.png", ["_img src=x onerror=alert(1)_"]),
        ("brackets", "Img [1].png", ["Img [1]"]),
        ("decomposed", "e\u0301.png", ["\u00e9"]),
        ("emoji", "\U0001f9e0.png", ["\U0001f9e0"]),
        ("right to left", "\u202egnp.png", ["\u202egnp"]),
        ("a formula", "=1+1.png", ["=1+1"]),
        ("a device", "CON.png", ["_CON"]),
        ("the longest", "a" * 251 + ".png", ["a" * 240]),
        ("a dash", "-rf.png", ["-rf"]),
    ):
        yield name, _folder_of(made), expected
    yield "two that differ in the sign for an accent", _folder_of("\u00e9.png", "e\u0301.png"), 2
    yield "two that differ in case", _folder_of("a.png", "A.png"), 2
    yield "two of one stem", _folder_of("a.png", "a.bmp"), ["a_bmp", "a_png"]
    yield "two cut to one", _folder_of("a" * 245 + "b.png", "a" * 245 + "c.png"), 2
    yield "not utf-8", _folder_of(b"a\xff.png"), 1
    yield "300 characters", lambda folder: [str(folder / ("a" * 300 + ".png"))], "error"
    yield "300 characters in the middle", lambda folder: [str(folder / ("a" * 300) / "a.png")], "error"
    yield "5,000 characters", lambda folder: [str(folder / ("a/" * 2500) / "a.png")], "error"
    yield "a zero", lambda folder: [f"{folder}/a\0.png"], "error"
    yield "nothing", lambda _: [""], "error"
    yield "a link to itself", _link("a.png", "a.png"), "error"
    yield "two links to each other", _links, "error"
    yield "a link to nothing", _link("a.png", "b.png"), "error"
    yield "links to a folder around them", _around(""), ["a"]
    yield "links to a folder around them, at any depth", _around("/**/*.png"), ["a"]
    yield "a broken picture with a line break in its name", _broken, "error"
    yield "a folder called like a picture", _folder_like_a_picture, "error"
    yield "a pattern without end", lambda folder: [f"{folder}/{'*' * 200}a{'*' * 200}.png"], "error"
    yield "an open bracket", lambda folder: [f"{folder}/[a.png"], "error"


def _folder_of(*files: str | bytes) -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        for name in files:
            plain = folder / "plain.png"
            picture(plain)
            plain.rename(folder / os.fsdecode(name))
        return [str(folder)]

    return make


def _link(name: str, target: str) -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        (folder / name).symlink_to(target)
        return [str(folder / name)]

    return make


def _links(folder: Path) -> list[str]:
    (folder / "a.png").symlink_to("b.png")
    (folder / "b.png").symlink_to("a.png")
    return [str(folder)]


def _around(pattern: str) -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        picture(folder / "a.png")
        for name in ("one", "two", "three"):
            (folder / name).symlink_to(".", target_is_directory=True)
        return [f"{folder}{pattern}"]

    return make


def _broken(folder: Path) -> list[str]:
    (folder / "a\nb.png").write_bytes(b"no picture")
    return [str(folder)]


def _folder_like_a_picture(folder: Path) -> list[str]:
    (folder / "a.png").mkdir()
    return [str(folder / "a.png")]
