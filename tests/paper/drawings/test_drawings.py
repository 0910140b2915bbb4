import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from neurocyte.paper.drawings import render
from neurocyte.paper.drawings.canvas import Canvas, text_width
from neurocyte.paper.drawings.pipeline_drawing import draw_pipeline

SVG = "{http://www.w3.org/2000/svg}"
FILES = (
    "figure1-pipeline.svg",
    "figure2-linknet-ag.svg",
    "figure2-unet-ag.svg",
    "figure3-skip.svg",
    "figure4-mbconv.svg",
    "figure5-gate.svg",
)
Drawn = tuple[dict[str, Any], Path]


def _root(drawn: Drawn, name: str) -> ElementTree.Element:
    return ElementTree.fromstring((drawn[1] / name).read_text(encoding="utf-8"))  # noqa: S314


def _texts(drawn: Drawn, name: str) -> list[str]:
    return [t.text or "" for t in _root(drawn, name).iter(f"{SVG}text")]


def _extent(text: ElementTree.Element) -> tuple[float, float]:
    """Left and right end of a line, estimated."""
    size, x = float(text.get("font-size", 0)), float(text.get("x", 0))
    width = text_width(text.text or "", size, bold=text.get("font-weight") is not None)
    left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")]
    return left, left + width


@pytest.mark.parametrize("name", FILES)
def test_a_drawing_stands_alone_on_white_and_speaks(drawn: Drawn, name: str) -> None:
    root = _root(drawn, name)
    children = [child.tag for child in root]

    assert children[:3] == [f"{SVG}title", f"{SVG}desc", f"{SVG}rect"]
    assert root[0].text
    assert root[1].text
    assert root[2].get("fill") == "#ffffff"
    assert root[2].get("width") == root.get("width")
    assert not re.search(r"href|<script|url\(|<image", (drawn[1] / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_text_stays_in_its_box_and_in_the_drawing(drawn: Drawn, name: str) -> None:
    root = _root(drawn, name)
    boxes = [g for g in root.iter(f"{SVG}g") if g.get("class") == "box"]
    assert boxes

    for box in boxes:
        rect = box[0]
        left, top = float(rect.get("x", 0)), float(rect.get("y", 0))
        right, bottom = left + float(rect.get("width", 0)), top + float(rect.get("height", 0))
        for text in box.iter(f"{SVG}text"):
            start, end = _extent(text)
            size, y = float(text.get("font-size", 0)), float(text.get("y", 0))
            assert left < start < end < right, text.text
            assert top < y - size * 0.8 < y + size * 0.2 < bottom, text.text
            assert size >= 12, text.text
    for text in root.iter(f"{SVG}text"):
        start, end = _extent(text)
        assert 0 <= start < end <= float(root.get("width", 0)), text.text
        assert float(text.get("y", 0)) < float(root.get("height", 0)), text.text


@pytest.mark.parametrize("name", FILES)
def test_boxes_do_not_overlap(drawn: Drawn, name: str) -> None:
    rects = [g[0] for g in _root(drawn, name).iter(f"{SVG}g")]
    spans = [[float(r.get(k, 0)) for k in ("x", "y", "width", "height")] for r in rects]

    for i, (x, y, w, h) in enumerate(spans):
        for u, v, s, t in spans[i + 1 :]:
            assert x + w <= u or u + s <= x or y + h <= v or v + t <= y


@pytest.mark.parametrize("name", FILES)
def test_labels_beside_the_arrows_touch_no_box(drawn: Drawn, name: str) -> None:
    root = _root(drawn, name)
    rects = [g[0] for g in root.iter(f"{SVG}g")]
    spans = [[float(r.get(k, 0)) for k in ("x", "y", "width", "height")] for r in rects]

    for text in root.findall(f"{SVG}text"):
        start, end = _extent(text)
        size, bottom = float(text.get("font-size", 0)), float(text.get("y", 0))
        for x, y, w, h in spans:
            assert end <= x or x + w <= start or bottom <= y or y + h <= bottom - 0.8 * size, text.text


@pytest.mark.parametrize("arch", ["linknet-ag", "unet-ag"])
def test_figure_2_prints_its_facts(drawn: Drawn, arch: str) -> None:
    facts = drawn[0]["figure2"]["networks"][arch]
    texts = " | ".join(_texts(drawn, f"figure2-{arch}.svg"))

    for count in facts["parameters"].values():
        assert f"{count:,} parameters" in texts or count == facts["parameters"]["head"]
    for gate in facts["gates"]:
        assert " × ".join(f"{n:,}" for n in gate["x"]) in texts  # noqa: RUF001
        assert f"g: {' × '.join(f'{n:,}' for n in gate['g'])}" in texts  # noqa: RUF001
    for block in facts["blocks"]:
        assert " → ".join(block["layers"]) in texts


def test_the_printed_sizes_of_the_paper_are_met(drawn: Drawn) -> None:
    networks = drawn[0]["figure2"]["networks"]

    assert [g["x"] for g in networks["linknet-ag"]["gates"]] == [
        [672, 16, 16],
        [240, 32, 32],
        [144, 64, 64],
        [96, 128, 128],
    ]
    assert networks["linknet-ag"]["bottom"] == [1280, 8, 8]
    assert networks["linknet-ag"]["parameters"]["total"] == 6_077_521
    assert networks["unet-ag"]["parameters"]["total"] == 10_094_609


def test_figure_1_is_the_run_of_the_paper_s_recipe(drawn: Drawn) -> None:
    facts = drawn[0]["figure1"]

    assert facts["training"] == [
        "read",
        "intensity",
        "labels",
        "resize",
        "augment",
        "normalise",
        "foreground",
        "network",
        "loss",
    ]
    assert facts["network"] == ["encoder", "gates", "decoder", "head"]
    assert facts["prediction"] == ["network", "restore", "decode"]
    assert (facts["native"], facts["resized"]) == ([40, 60], [256, 256])
    assert (facts["image"], facts["target"]) == ([3, 256, 256], [1, 256, 256])
    assert facts["optimisation"] == {
        "alpha": 0.5,
        "beta": 0.5,
        "optimizer": "Adam",
        "learning_rate": 0.001,
        "schedule": "ReduceLROnPlateau",
        "patience": 2,
        "factor": 0.5,
        "early_stopping": 3,
        "batch_size": 8,
        "epochs": 100,
    }
    texts = _texts(drawn, "figure1-pipeline.svg")
    assert "Adam, learning rate 0.001" in texts
    assert "probability at least 0.5" in texts


def test_figure_1_follows_the_recorded_order(drawn: Drawn) -> None:
    facts = drawn[0]["figure1"]
    network = drawn[0]["figure2"]["networks"]["linknet-ag"]
    swapped = {**facts, "training": ["read", "resize", "intensity", *facts["training"][4:]]}

    def height(svg: str, title: str) -> float:
        texts = ElementTree.fromstring(svg).iter(f"{SVG}text")  # noqa: S314
        return next(float(t.get("y", 0)) for t in texts if t.text == title)

    ours, other = (draw_pipeline(f, network, "B0") for f in (facts, swapped))
    assert height(ours, "Grey values") < height(ours, "Resize")
    assert height(other, "Grey values") > height(other, "Resize")


def test_text_is_escaped() -> None:
    canvas = Canvas("n", 100, 100, "a < b", 'say "&"')
    canvas.box(0, 0, 90, 40, "data", "<script>", ["a & b"])

    root = ElementTree.fromstring(canvas.render())  # noqa: S314

    assert [t.text for t in root.iter() if t.text and t.text.strip()] == [
        "a < b",
        'say "&"',
        "<script>",
        "a & b",
    ]


def test_the_facts_are_json_and_the_section_shows_every_drawing(drawn: Drawn) -> None:
    result, figures = drawn
    section = render(json.loads(json.dumps(result, allow_nan=False)))

    assert section == render(result)
    assert section.startswith("## Figures 1-5\n")
    assert re.findall(r"!\[[^]]+\]\(figures/([^)]+)\)", section) == list(FILES)
    assert sorted(path.name for path in figures.iterdir()) == sorted(FILES)
    section = " ".join(section.split())
    assert "LinkNet-AG has 6,077,521 parameters, U-Net-AG 10,094,609" in section
    assert "alpha is near 0.88" in section
    assert "brings x to g's grid before theta" in section


def test_the_bytes_are_the_same_again(drawn: Drawn, sample: Any, tmp_path: Path) -> None:
    from neurocyte.io.annotations.sample import Dataset
    from neurocyte.paper.context import Context
    from neurocyte.paper.drawings import measure
    from neurocyte.paper.settings import Settings

    context = Context(Dataset(tmp_path, "labels", (sample,)), tmp_path, Settings())

    assert measure(context) == drawn[0]
    for name in FILES:
        assert (context.figures / name).read_bytes() == (drawn[1] / name).read_bytes()
