"""Write docs/REPRODUCTION.md and its evidence from the output folder of `neurocyte reproduce`.

    python tools/reproduction_page.py DIR [--docs docs] [--restore]

The document, the drawings, the plots, the pictures of simulated images and every result file are copied;
pictures of real images are left out (the terms of the data), as are weights and probability maps. `--restore`
copies result files and pictures back into DIR, so that a new machine goes on from them.
"""

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

from neurocyte.io.atomic import write_text
from neurocyte.paper.document import MARKDOWN_NAME
from neurocyte.paper.results.figure7 import PICTURES
from neurocyte.paper.runs.plan import SCORES_NAME

EVIDENCE = "reproduction"
_FIGURES = "images/reproduction"


def publish(source: Path, docs: Path) -> Path:
    """Copy what may be committed.

    Args:
        source: output folder of `neurocyte reproduce`.
        docs: the project's docs folder.

    Returns:
        The path of the document.
    """
    figures, evidence = docs / _FIGURES, docs / EVIDENCE
    for folder in (figures, evidence):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source / "figures", figures)
    for file in _results(source):
        target = evidence / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = json.loads(file.read_text(encoding="utf-8"))
        write_text(target, json.dumps(_without_pictures(content), indent=1, allow_nan=False) + "\n")
    text = (source / MARKDOWN_NAME).read_text(encoding="utf-8")
    write_text(docs / MARKDOWN_NAME, committed(text))
    return docs / MARKDOWN_NAME


def _results(folder: Path) -> list[Path]:
    """List the result files of the parts, of the runs and of the leakage experiment."""
    runs = folder.glob(f"runs/*/*/*/{SCORES_NAME}")
    return [*folder.glob("*.json"), *runs, *folder.glob(f"leakage/{SCORES_NAME}")]


def _without_pictures(value: Any) -> Any:
    """Replace the names of pictures that are not committed by null."""
    if isinstance(value, dict):
        return {key: _without_pictures(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_pictures(one) for one in value]
    return None if isinstance(value, str) and value.startswith(f"{PICTURES}/") else value


def committed(text: str) -> str:
    """Return the document as it is committed.

    Args:
        text: Markdown as `neurocyte reproduce` wrote it.

    Returns:
        Markdown whose pictures lie in docs/images/reproduction and whose source links start from docs/; lines
        that show a picture of real images are left out.
    """
    lines = [line for line in text.splitlines() if not re.match(rf"!\[[^]]*\]\({PICTURES}/", line)]
    text = re.sub(r"\]\(figures/", f"]({_FIGURES}/", "\n".join(lines))
    text = re.sub(r"\]\([^)]*?(neurocyte/[^)]*\.py#L\d+)\)", r"](../src/\1)", text)
    text = re.sub(r"\n{3,}", "\n\n", text)
    note = (
        f"Every number stands in a file of [{EVIDENCE}/]({EVIDENCE}/) (a JSON file a part, the runs' scores "
        "with their seeds and images below `runs/`). Pictures of real images are not committed; the command "
        "writes them beside its own document.\n"
    )
    return f"{text.rstrip()}\n\n## Where the numbers are\n\n{note}"


def restore(docs: Path, target: Path) -> int:
    """Copy committed results back, so that `neurocyte reproduce` counts them as done.

    Args:
        docs: the project's docs folder.
        target: output folder of `neurocyte reproduce`.

    Returns:
        How many files were copied; those that `target` has already stay as they are.
    """
    places = {file: target / file.relative_to(docs / EVIDENCE) for file in _results(docs / EVIDENCE)}
    places |= {file: target / "figures" / file.name for file in (docs / _FIGURES).iterdir()}
    missing = {file: place for file, place in places.items() if not place.exists()}
    for file, place in missing.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return len(missing)


def main() -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", metavar="DIR", type=Path, help="of `neurocyte reproduce`")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    parser.add_argument("--restore", action="store_true", help="copy committed results into DIR instead")
    args = parser.parse_args()
    if args.restore:
        print(f"{restore(args.docs, args.folder)} files restored.")
    else:
        print(publish(args.folder, args.docs))


if __name__ == "__main__":
    main()
