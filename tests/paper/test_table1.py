from typing import Any, cast

import pytest

from neurocyte.paper.context import Context
from neurocyte.paper.settings import quick_settings
from neurocyte.paper.table1 import measure, render


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return measure(Context(cast(Any, None), tmp_path_factory.mktemp("out"), quick_settings()))


def test_counts_are_those_of_the_networks(result: dict[str, Any]) -> None:
    counts = {
        row["key"]: (row["trainable"], row["with_statistics"], row["encoder"]) for row in result["rows"]
    }
    assert counts == {
        "efficientnet-b0": (5_288_548, 5_330_564, 4_007_548),
        "resnet-152": (60_192_808, 60_344_232, 58_143_808),
        "densenet-264": (33_337_704, 33_736_232, 30_648_704),
        "inception-v3": (23_834_568, 23_869_000, 21_785_568),
        "xception": (22_855_952, 22_910_480, 20_806_952),
        "inception-resnet-v2": (55_843_464, 55_904_008, 54_306_464),
    }
    assert result["smallest"] == "efficientnet-b0"


def test_a_figure_holds_where_a_count_rounds_to_it(result: dict[str, Any]) -> None:
    only_with_statistics = [row["key"] for row in result["rows"] if not row["rounds_to_paper"]["trainable"]]
    assert only_with_statistics == ["densenet-264"]
    assert all(row["rounds_to_paper"]["with_statistics"] for row in result["rows"])
    assert result["rows"][0]["ratio"] == pytest.approx(5_288_548 / 5_300_000)


def test_section_prints_what_was_measured(result: dict[str, Any]) -> None:
    text = render(result)
    assert text.startswith("## Table 1: ")
    assert "| DenseNet-264 | 34 | 33.34 | 33.74 | 30.65 | 0.981 | with statistics |" in text
    assert "| EfficientNet-B0 | 5.3 | 5.29 | 5.33 | 4.01 | 0.998 | yes |" in text
    assert "6 of 6 figures hold. The fewest parameters: EfficientNet-B0, as the paper says." in text


def test_section_says_what_does_not_hold(result: dict[str, Any]) -> None:
    first, *others = result["rows"]
    changed = {
        **first,
        "trainable": 7_000_000,
        "rounds_to_paper": {"trainable": False, "with_statistics": False},
    }
    text = render({"rows": [changed, *others], "smallest": "xception"})
    assert "| EfficientNet-B0 | 5.3 | 7.00 | 5.33 | 4.01 | 0.998 | no |" in text
    assert "5 of 6 figures hold. The fewest parameters: Xception, unlike the paper." in text
