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
from neurocyte.paper import claims, opening
from neurocyte.paper.context import Context
from neurocyte.paper.parts import PARTS, read

MARKDOWN_NAME = "REPRODUCTION.md"
PAGE_NAME = "reproduction.html"
_MIME = {".png": "image/png", ".svg": "image/svg+xml"}
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.55 system-ui,sans-serif;max-width:74rem;margin:2rem auto;padding:0 1rem}
p,li{max-width:58rem}h1,h2,h3{line-height:1.2;margin-top:2.2em}h1{margin-top:0}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem;margin:1rem 0}
th,td{border-bottom:1px solid #8886;padding:.35rem .5rem;vertical-align:top}
td[style*=right]{white-space:nowrap}
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
            text.strip() for text in (opening.write(context), claims.render(claims.judge(results)), *sections)
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


def _data_uri(path: Path) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    return f"data:{_MIME[path.suffix.lower()]};base64,{content}"
