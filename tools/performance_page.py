"""Put a run of `neurocyte benchmark speed` into docs/PERFORMANCE.md: `python tools/performance_page.py DIR`.

DIR is the folder that the command wrote. Its speed.json and plots are copied into docs/, and the part of the
page between the two marks is written anew from them; the rest of the page stays.
"""

import argparse
import json
import shutil
from pathlib import Path

from neurocyte.benchmark.speed.document import document
from neurocyte.benchmark.speed.plots import write_plots
from neurocyte.io.atomic import write_text

BEGIN, END = "<!-- speed.json begins -->", "<!-- speed.json ends -->"
PAGE, EVIDENCE, PICTURES = "PERFORMANCE.md", "performance/speed.json", "images/performance"


def publish(source: Path, docs: Path) -> Path:
    """Copy the evidence and write the page.

    Args:
        source: the folder that holds speed.json.
        docs: the project's docs folder.

    Returns:
        The path of the page.

    Raises:
        ValueError: the page lacks a mark.
    """
    result = json.loads((source / "speed.json").read_text(encoding="utf-8"))
    plots = [(f"{PICTURES}/{name}", caption) for name, caption in write_plots(docs / PICTURES, result)]
    (docs / EVIDENCE).parent.mkdir(parents=True, exist_ok=True)
    if (source / "speed.json").resolve() != (docs / EVIDENCE).resolve():
        shutil.copyfile(source / "speed.json", docs / EVIDENCE)
    page = docs / PAGE
    write_text(page, replaced(page.read_text(encoding="utf-8"), document(result, plots, level=2)))
    return page


def replaced(page: str, part: str) -> str:
    """Return a page with what stands between the marks replaced.

    Args:
        page: Markdown with both marks.
        part: Markdown.

    Raises:
        ValueError: a mark is missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page needs the lines {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{part.strip()}\n\n{END}{after}"


def main() -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", metavar="DIR", type=Path, help="of `neurocyte benchmark speed`")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    args = parser.parse_args()
    print(publish(args.folder, args.docs))


if __name__ == "__main__":
    main()
