from neurocyte.networks.encoder import ALIASES
from neurocyte.paper.printed import MBCONV_BLOCKS, TABLE_1, TABLE_2, TABLE_3, TABLE_4


def test_table_1_is_the_papers() -> None:
    assert [row.millions for row in TABLE_1] == [5.3, 60, 34, 24, 23, 56]
    assert all(row.key in ALIASES for row in TABLE_1)


def test_table_2_is_the_papers() -> None:
    assert [row.layers for row in TABLE_2] == [1, 2, 4, 4, 6, 6, 8, 2, 1]
    assert [row.size for row in TABLE_2] == [256, 128, 128, 64, 32, 16, 16, 8, 8]
    assert sum(row.layers for row in TABLE_2[1:-1]) == MBCONV_BLOCKS == 32


def test_table_2_names_each_operator_twice_alike() -> None:
    for row in TABLE_2:
        kernel = row.label.rpartition("x")[2]
        assert f"{kernel}x{kernel}" in row.operator or row.operator.endswith(f"k{kernel}")
        assert ("Mobile bottleneck conv6" in row.label) == row.operator.startswith("MBConv6")


def test_table_3_is_the_papers() -> None:
    rows = [(r.millions, r.flops_millions, r.milliseconds, r.megabytes) for r in TABLE_3.values()]
    assert rows == [(32, 64.08, 205, 370.8), (10.15, 24.3, 57, 127.3), (6.09, 13.7, 38, 77.6)]
    assert list(TABLE_3) == ["unet-without-attention", "unet-ag", "linknet-ag"]


def test_table_4_is_the_papers() -> None:
    assert {key: (row.iou, row.dice, row.loss) for key, row in TABLE_4.items()} == {
        "unet-without-attention": (88.2, 97.2, 0.054),
        "ancis": (78.8, 85.7, 0.067),
        "unet-ag": (89.24, 95.02, 0.08),
        "linknet-ag": (95.47, 98.34, 0.0209),
    }
