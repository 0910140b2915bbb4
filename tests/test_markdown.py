import pytest

from neurocyte.markdown import number, table


def test_table_is_github_markdown() -> None:
    assert table(["Network", "M"], [["a|b", "1"], ["two\nlines", "2"]]) == (
        "| Network | M |\n| :-- | --: |\n| a\\|b | 1 |\n| two lines | 2 |\n"
    )


def test_alignment_is_one_letter_a_column() -> None:
    assert table(["a", "b"], [], "cl").splitlines()[1] == "| :-: | :-- |"
    with pytest.raises(ValueError, match="2 letters"):
        table(["a", "b"], [], "l")
    with pytest.raises(ValueError, match="2 letters"):
        table(["a", "b"], [], "lx")


def test_a_short_row_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells where the header has 2"):
        table(["a", "b"], [["1"]])


def test_number_has_fixed_decimals_and_a_dash_for_none() -> None:
    assert [number(1234.567, 1), number(2, 0), number(None, 3), number(0.0209, 4)] == [
        "1,234.6",
        "2",
        "-",
        "0.0209",
    ]
