"""What a report shows of the cells, kept while their tables pass by one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

# Imported late: see neurocyte.measurement.
if TYPE_CHECKING:
    import pandas as pd

# Those that `neurocyte.report` reads.
_COLUMNS = ("area_px", "area_um2", "major_axis_px", "minor_axis_px", "confidence")


class ShownCells:
    """Five columns of all cells: a small part of their tables."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._values: list[NDArray[np.float64]] = []

    def passing(self, tables: Iterable[tuple[str, pd.DataFrame]]) -> Iterator[tuple[str, pd.DataFrame]]:
        """Hand on each image's name and table, and keep what is shown of it."""
        for name, table in tables:
            self._names.append(name)
            self._values.append(table.reindex(columns=_COLUMNS).to_numpy(dtype=np.float64, copy=True))
            yield name, table

    def table(self) -> pd.DataFrame | None:
        """Give what was kept as `neurocyte.report.html.write_report` takes it; None without cells."""
        import pandas as pd

        if not self._values:
            return None
        shown = pd.DataFrame(np.concatenate(self._values), columns=_COLUMNS)
        sizes = [len(values) for values in self._values]
        shown["image"] = np.repeat(np.array(self._names, dtype=object), sizes)
        return shown.drop(columns="area_um2") if shown["area_um2"].isna().all() else shown
