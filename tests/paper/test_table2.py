import copy
from typing import Any, cast

import pytest

from neurocyte.paper.context import Context
from neurocyte.paper.settings import quick_settings
from neurocyte.paper.table2 import measure, render


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return measure(Context(cast(Any, None), tmp_path_factory.mktemp("out"), quick_settings()))


def test_stages_are_those_of_b0(result: dict[str, Any]) -> None:
    stages = [(row["operator"], row["size"], row["channels"], row["repeats"]) for row in result["stages"]]
    assert stages == [
        ("Conv3x3", 256, 32, 1),
        ("MBConv1 k3", 128, 16, 1),
        ("MBConv6 k3", 128, 24, 2),
        ("MBConv6 k5", 64, 40, 2),
        ("MBConv6 k3", 32, 80, 3),
        ("MBConv6 k5", 16, 112, 3),
        ("MBConv6 k5", 16, 192, 4),
        ("MBConv6 k3", 8, 320, 1),
        ("Conv1x1", 8, 1280, 1),
    ]
    assert all(row["holds"] for row in result["stages"])


def test_column_is_twice_the_repeats_and_b4s(result: dict[str, Any]) -> None:
    assert result["mbconv"] == {"b0": 16, "paper_column": 32, "paper_text": 32, "factors": [2.0]}
    assert [member["size"] for member in result["family"] if member["equals_column"]] == ["b4"]


def test_parameters_tell_that_b0_is_meant(result: dict[str, Any]) -> None:
    parameters = {member["size"]: member["network_parameters"] for member in result["family"]}
    assert (parameters["b0"], parameters["b4"]) == (6_077_521, 21_625_661)


def test_section_prints_what_was_measured(result: dict[str, Any]) -> None:
    text = render(result)
    assert text.startswith("## Table 2: ")
    row = "| 7 | MBConv6 k5 | 16 | 192 | 4 | Mobile bottleneck conv6, kernel 5x5 | 16 | 8 | yes |"
    assert row in text
    assert "Operator and size hold in 9 of 9 stages." in text
    assert "adds up to 32 MBConv, the text says 32, and B0 has 16: the column is 2 times B0's repeats" in text
    assert "All nine numbers are those of EfficientNet-B4. But the 6.09 M" in text
    assert "nearest to EfficientNet-B0's 6.08 M" in text


def test_section_follows_the_result(result: dict[str, Any]) -> None:
    changed = copy.deepcopy(result)
    changed["stages"][0]["holds"] = False
    changed["mbconv"]["factors"] = [1.5, 2.0]
    changed["paper_millions"] = 21.6
    for member in changed["family"]:
        member["equals_column"] = False
    text = render(changed)
    assert "hold in 8 of 9 stages" in text
    assert "1.5 to 2 times B0's repeats" in text
    assert "All nine numbers" not in text
    assert "nearest to EfficientNet-B4's 21.63 M: the text names B0." in text
