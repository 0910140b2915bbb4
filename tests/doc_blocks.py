"""Code blocks of Markdown pages, and a folder in which those of a page run one after another.

A block is run by its language, `bash` or `python`; `text` after a block is what that one printed. A comment
on the line before a block says otherwise:

    <!-- not run: REASON -->       the block is left alone; tests/docs/test_pages.py counts these
    <!-- file: NAME -->            the block is written into the folder under that name
    <!-- run first: COMMAND -->    a shell command that makes what the reader is taken to have
"""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

_MARK = re.compile(r"<!--\s*(not run|file|run first):\s*(.+?)\s*-->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A code block: where it is, what it is in, and what its mark says."""

    page: Path
    line: int
    language: str
    content: str
    mark: str | None
    value: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """All code blocks of a page, fenced and indented ones."""
    blocks, mark, value = [], None, ""
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type in ("fence", "code_block"):
            assert token.map
            language = token.info.split()[0] if token.info else ""
            blocks.append(Block(page, token.map[0] + 1, language, token.content, mark, value))
        found = _MARK.search(token.content) if token.type == "html_block" else None
        mark, value = found.groups() if found else (None, "")
    return blocks


@dataclass
class Session:
    """A folder, the names that Python blocks defined, and what is still running."""

    folder: Path
    simulated: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})
    groups: list[int] = field(default_factory=list)
    printed: str | None = None

    def run(self, block: Block) -> None:
        """Do with a block what its mark and language say."""
        if block.mark == "not run":
            self.printed = None
        elif block.mark == "file":
            (self.folder / block.value).write_text(block.content, encoding="utf-8")
            self.printed = None
        else:
            if block.mark == "run first":
                self.bash(block.value, str(block))
            self._run(block)

    def _run(self, block: Block) -> None:
        if block.language == "bash":
            self.printed = self.bash(block.content, str(block))
        elif block.language == "python":
            self.printed = self.python(block)
        elif block.language == "text" and self.printed is not None:
            assert self.printed.strip() == block.content.strip(), (
                f"{block}: printed something else:\n{self.printed}"
            )
            self.printed = None
        else:
            raise AssertionError(f"{block}: a block of {block.language or 'no language'}: run it or mark it")

    def bash(self, commands: str, name: str) -> str:
        """Run commands; returns what they printed."""
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        settings = {"PATH": programs, "SIMULATED": str(self.simulated), "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.folder,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.groups.append(process.pid)
        printed, errors = process.communicate(timeout=300)
        assert process.returncode == 0, f"{name}: exit status {process.returncode}\n{printed}{errors}"
        return printed

    def python(self, block: Block) -> str:
        """Run statements in this process; returns what they printed."""
        # Empty lines in front, so that a traceback has the page's line.
        code = compile("\n" * block.line + block.content, str(block.page), "exec")
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, self.names)  # noqa: S102
        return printed.getvalue()

    def close(self) -> None:
        """End what blocks left running."""
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
