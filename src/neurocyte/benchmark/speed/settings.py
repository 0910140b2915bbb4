"""What a run of the benchmark measures."""

from dataclasses import dataclass
from pathlib import Path

from neurocyte.benchmark.turns import WARM_UP


@dataclass(frozen=True)
class Settings:
    """How a run goes.

    Attributes:
        out: folder of the result; it keeps the exported networks, too.
        threads: of the processor, for every engine.
        rounds: timed runs of each network on a tile.
        image_rounds: timed runs of each network on a whole image, and on each size of it.
        clock: a key of `turns.CLOCKS`.
        networks: which of the table; None for all.
        models: further model folders.
        int8: whether networks with random weights are timed in int8, too.
        side: of the tile, pixels; a multiple of 32.
        image: height and width of the whole image, pixels.
        areas: heights and widths that time and memory are measured at, for model folders.
        product: side of the matrices whose product is the machine's ceiling.
        warm_up: rounds that are not timed.
    """

    out: Path
    threads: int
    rounds: int = 30
    image_rounds: int = 10
    clock: str = "wall"
    networks: tuple[str, ...] | None = None
    models: tuple[str, ...] = ()
    int8: bool = False
    side: int = 256
    image: tuple[int, int] = (520, 704)
    areas: tuple[tuple[int, int], ...] = ((256, 256), (520, 704), (1024, 1024))
    product: int = 2048
    warm_up: int = WARM_UP
