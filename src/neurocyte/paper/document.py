"""The document: what every part found, as one Markdown file and one self-contained page."""

import base64
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

import neurocyte
from neurocyte.io.atomic import write_text
from neurocyte.paper import claims
from neurocyte.paper.context import Context
from neurocyte.paper.parts import PARTS, read
from neurocyte.paper.settings import Settings

MARKDOWN_NAME = "REPRODUCTION.md"
PAGE_NAME = "reproduction.html"
_MIME = {".png": "image/png", ".svg": "image/svg+xml"}
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.55 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1,h2,h3{line-height:1.2;margin-top:2.2em}h1{margin-top:0}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem;margin:1rem 0}
th,td{border-bottom:1px solid #8886;padding:.35rem .7rem;vertical-align:top}
th{border-bottom-width:2px}img{max-width:100%;height:auto;background:#fff;border-radius:4px}
code{font-size:.875em}@media print{body{max-width:none;margin:0}h2{break-after:avoid}img{break-inside:avoid}}
"""


def write_document(context: Context) -> tuple[Path, Path]:
    """Write both files from the kept results; nothing is measured here.

    Args:
        context: the reproduction.

    Returns:
        The paths of the Markdown file and of the page.
    """
    results = {part.name: found for part in PARTS if (found := read(part, context)) is not None}
    source = os.path.relpath(Path(neurocyte.__file__).parent.parent, context.out)
    text = markdown(context, results).replace("](src:", f"]({Path(source).as_posix()}/")
    write_text(context.out / MARKDOWN_NAME, text)
    write_text(context.out / PAGE_NAME, page(text, context.out))
    return context.out / MARKDOWN_NAME, context.out / PAGE_NAME


def markdown(context: Context, results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the document; links to source files begin with ``src:``.

    Args:
        context: the reproduction.
        results: what the parts' `measure` gave, by name.

    Returns:
        Markdown.
    """
    sections = [
        part.load().render(results[part.name]) if part.name in results else f"## {part.name}\n\nNot made yet."
        for part in PARTS
    ]
    return (
        "\n\n".join(
            text.strip() for text in (_head(context), claims.render(claims.judge(results)), *sections)
        )
        + "\n"
    )


def page(text: str, folder: Path) -> str:
    """Turn the document into a page that needs no other file.

    Args:
        text: Markdown.
        folder: that its pictures' paths start from; one that is missing is an error of the caller.

    Returns:
        HTML.
    """
    html = MarkdownIt("commonmark").enable("table").render(text)
    html = html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    html = re.sub(r'src="([^":]+)"', lambda match: f'src="{_data_uri(folder / match[1])}"', html)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>The paper, reproduced</title><style>{_STYLE}</style></head><body>\n{html}</body></html>\n"
    )


def _head(context: Context) -> str:
    settings = context.settings
    kinds: dict[str, int] = {}
    for sample in context.samples:
        kinds[sample.cell_type or "unknown"] = kinds.get(sample.cell_type or "unknown", 0) + 1
    mix = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    recipe = settings.recipe
    height, width = recipe.size
    lines = [
        "# The paper, reproduced",
        "Abbas & Abdulmunim 2023, *Residual Network with Attention to Neural Cells Segmentation*, Iraqi "
        "Journal of Science 64(4), 10.24996/ijs.2023.64.4.37: every table and figure, rebuilt by "
        "`neurocyte reproduce`.",
        f"**Data**: {len(context.samples)} annotated images ({mix}; data hash "
        f"`{context.data_hash[:16]}`). The paper used the 606 images of the Kaggle competition "
        '"Sartorius - Cell Instance Segmentation"'
        + (
            "."
            if len(context.samples) >= 606
            else f"; this run has {len(context.samples)}: **no number here is the paper's number.**"
        ),
        f"**Protocol**: {settings.folds}-fold nested cross-validation, {_seeds(settings)}; {height} x "
        f"{width}, Adam {recipe.learning_rate:g}, rate halved on a plateau (patience 2), early stopping "
        f"(patience {recipe.early_stopping}), at most {recipe.epochs} epochs, batches of "
        f"{recipe.batch_size}, each image {recipe.repeats} times an epoch, combo loss alpha "
        f"{recipe.alpha:g} beta {recipe.beta:g}. Table 4 says what each encoder starts from.",
    ]
    if settings.quick:
        lines.insert(1, "**A quick run with tiny settings: its numbers mean nothing.**")
    return "\n\n".join(lines)


def _seeds(settings: Settings) -> str:
    first, *more = settings.seeds
    if not more:
        return f"seed {first}"
    listed = ", ".join(map(str, settings.seeds))
    return f"seed {first} (networks that are compared with and without gates: seeds {listed})"


def _data_uri(path: Path) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    return f"data:{_MIME[path.suffix.lower()]};base64,{content}"
