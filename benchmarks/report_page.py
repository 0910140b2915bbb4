"""How large the report of many images is, and how soon a browser shows it.

    python benchmarks/report_page.py RUN [--images 1000]

RUN is what `neurocyte segment` wrote; its images are repeated to the number. Needs Playwright and Chromium.
"""

import argparse
import shutil
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import pandas as pd

from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.records import load_records
from neurocyte.report.html import write_report

_VISIBLE = """() => new Promise((resolve) => {
  const check = () => {
    const bottom = window.innerHeight;
    const frames = [...document.querySelectorAll(".item .frame")].slice(0, 12);
    const seen = frames.filter((one) => one.getBoundingClientRect().top < bottom);
    const ready = (one) => one.querySelector("img")?.complete;
    if (seen.length && seen.every(ready)) resolve(); else setTimeout(check, 10);
  };
  check();
})"""


def main() -> None:
    """Write the page, open it five times, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--images", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        begun = time.perf_counter()
        write_page(OutFolder(args.run), args.images, page)
        print(f"{args.images} images: written in {time.perf_counter() - begun:.1f} s")
        print(f"{page.stat().st_size / 1e6:.1f} MB")
        for _ in range(5):
            print(", ".join(f"{name} {seconds:.2f} s" for name, seconds in open_times(page).items()))


def write_page(run: OutFolder, number: int, page: Path) -> None:
    """Write the report of a run whose images are repeated under other names."""
    previews = page.parent / "previews"
    previews.mkdir()
    rows, cells, groups = [], [], {}
    for i, record in enumerate(islice(cycle(load_records(run).values()), number)):
        name = f"{'ABCDEFGH'[i % 8]}{i // 8 % 12 + 1}_{i // 96}_{record.stem}"
        shutil.copyfile(run.preview_of(record.stem), previews / f"{name}.json")
        rows.append({"image": name, **record.row})
        cells.append(record.read_cells(run).assign(image=name))
        groups[name] = {"well": name.split("_")[0], "time": name.split("_")[1]}
    write_report(
        page,
        {"model": {"name": "many"}},
        rows,
        pd.concat(cells, ignore_index=True),
        page.parent / "overlays",
        preview_dir=previews,
        groups=groups,
        statements={"empty": "No cell was found."},
    )


def open_times(page: Path) -> dict[str, float]:
    """Open a page in a new browser: seconds by the clock, and of the page's own thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        begun = time.perf_counter()
        tab.goto(page.as_uri() + "#images", wait_until="commit")
        tab.wait_for_selector(".totals")
        top = time.perf_counter() - begun
        tab.wait_for_load_state("load")
        loaded = time.perf_counter() - begun
        tab.evaluate("document.getElementById('images').scrollIntoView({ behavior: 'instant' })")
        tab.evaluate(_VISIBLE)
        seen = time.perf_counter() - begun
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        browser.close()
    busy = metrics["TaskDuration"]
    return {"first content": top, "all read": loaded, "gallery seen": seen, "processor": busy}


if __name__ == "__main__":
    main()
