"""The arithmetic of the roofline on layers made by hand."""

from neurocyte.benchmark.speed.roofline import Ceilings, Layer, attainable, standing

# Two operations a nanosecond in fp32, eight in bf16; a byte a nanosecond.
CEILINGS = Ceilings({"fp32": 2e9, "bf16": 8e9}, 1e9)


def layer(stage: str, macs: int, size: int, seconds: float | None, precision: str = "fp32") -> Layer:
    return Layer("by hand", "Convolution", stage, precision, macs, size, seconds)


def test_the_longer_of_arithmetic_and_traffic_counts() -> None:
    assert attainable(layer("encoder", macs=3_000_000, size=1_000_000, seconds=1), CEILINGS) == 3e-3
    assert attainable(layer("encoder", macs=3_000_000, size=5_000_000, seconds=1), CEILINGS) == 5e-3
    assert attainable(layer("encoder", 3_000_000, 500_000, 1, precision="bf16"), CEILINGS) == 0.75e-3


def test_stages_are_summed_in_their_order() -> None:
    first, second = standing(
        [
            layer("encoder", 3_000_000, 1_000_000, 8e-3),
            layer("decoder", 0, 2_000_000, 4e-3),
            layer("encoder", 1_000_000, 5_000_000, 8e-3),
        ],
        CEILINGS,
    )
    assert first == {
        "stage": "encoder",
        "macs": 4_000_000,
        "bytes": 6_000_000,
        "attainable_ms": 8.0,
        "arithmetic_ms": 4.0,
        "measured_ms": 16.0,
        "share": 0.5,
    }
    assert (second["stage"], second["attainable_ms"], second["share"]) == ("decoder", 2.0, 0.5)


def test_a_stage_without_a_time_has_no_share() -> None:
    assert standing([layer("head", 1, 1, 0.0)], CEILINGS)[0]["share"] is None
    (half,) = standing([layer("head", 2_000_000, 1, 1.0), layer("head", 0, 1, None)], CEILINGS)
    assert (half["attainable_ms"] > 2, half["measured_ms"], half["share"]) == (True, None, None)
