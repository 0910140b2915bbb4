"""Figures 6 and 7, on runs made by hand."""

from neurocyte.paper.context import Context
from neurocyte.paper.results import figure6
from neurocyte.paper.results.figure7 import choose
from neurocyte.paper.runs.scores import Record
from paper_runs import sums, write_run


def test_figure6_counts_epochs_to_convergence(context: Context) -> None:
    write_run(context.out, "unet", 0, [(1, 0, 0, 1)], [0.9, 0.52, 0.5, 0.6])
    result = figure6.measure(context)
    assert result["rows"][0]["converged"] == [2]
    assert result["rows"][0]["converged_updates"] == [20]
    assert (context.figures / "figure6-curves.png").stat().st_size > 5000
    assert "| U-Net with attention, gates removed | 1 | 4.0 | 2.0 | 20 |" in figure6.render(result)
    assert "No network is trained yet" in figure6.render({**result, "rows": []})


def test_figure7_takes_best_median_and_worst() -> None:
    def record(stem: str, tp: int) -> Record:
        counts = sums(tp, 10 - tp, 0, 5)
        return Record(stem, None, counts, counts)

    records = [record("d", 1), record("a", 9), record("c", 5), record("b", 7)]
    assert [(rank, r.stem) for rank, r in choose(records)] == [("best", "a"), ("median", "c"), ("worst", "d")]
    assert [r.stem for _, r in choose(records[:1])] == ["d", "d", "d"]
