"""A hook of MkDocs: links to files that the manual does not hold become plain text. On GitHub they work."""

import re
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./src/[^)]*|reproduction/)\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Keep the text of such links only; MkDocs calls this for each page."""
    return _LINK.sub(r"\1", markdown)
