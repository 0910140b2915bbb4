"""run.yaml: what a run was asked for, beside its results, in the form that `--config` reads."""

import argparse
from pathlib import Path
from typing import Any

from neurocyte.cli.config_file import COMMAND, argument_names
from neurocyte.cli.values import Kind, absolute, kind_of

NAME = "run.yaml"
# How a call goes, not what it makes; and a file must not replace results by itself.
_OF_THE_CALL = ("quiet", "debug", "overwrite", "resume")
# No date: the same call leaves the same bytes. run.json has dates, and every file has its own.
_HEAD = """\
# neurocyte {version}. The same again: neurocyte {command} --config {name}
# Options that are typed win, --no-SWITCH undoes a switch; null: the default that --help tells.
# Say --overwrite or --resume anew: they are not kept here.
"""


class RunFile:
    """The arguments of one call, as they stood when it began.

    Args:
        parser: the command's parser.
        args: what it gave.
        command: the command.
    """

    def __init__(self, parser: argparse.ArgumentParser, args: argparse.Namespace, command: str) -> None:
        self._command = command
        self._out = Path(args.out)
        self._options: dict[str, Any] = {}
        seen: set[str] = set()
        for name, action in argument_names(parser).items():
            # The first of an option's names.
            if action.dest not in (*_OF_THE_CALL, *seen):
                seen.add(action.dest)
                self._options[name] = _plain(action, getattr(args, action.dest))

    def write(self, replace: bool = True) -> None:
        """Write it to OUT/run.yaml, or beside an OUT that is a file, as its STEM.run.yaml.

        Args:
            replace: whether to replace that of an earlier run.

        Raises:
            UsageError: it cannot be written.
        """
        if not self._out.exists():
            return
        is_folder = self._out.is_dir()
        path = self._out / NAME if is_folder else self._out.with_name(f"{self._out.stem}.{NAME}")
        if path.exists() and not replace:
            return
        import yaml

        from neurocyte import __version__
        from neurocyte.io.atomic import write_text

        head = _HEAD.format(version=__version__, command=self._command, name=path.name)
        data = {COMMAND: self._command, **self._options}
        write_text(path, head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10**6))


def _plain(action: argparse.Action, value: Any) -> Any:
    """A parsed value as YAML holds it and `--config` reads it; paths in full."""
    if isinstance(value, list):
        return [_plain_one(kind_of(action), one) for one in value]
    if action.nargs == "?" and action.option_strings and value == action.const:
        return True if value is not None else None
    return _plain_one(kind_of(action), value)


def _plain_one(kind: Kind, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple):
        # A size, as it is typed.
        return "x".join(map(str, value))
    return absolute(kind, str(value))
