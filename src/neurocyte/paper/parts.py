"""The parts of the reproduction, in the order of the document, and how one is made and kept."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from neurocyte.errors import UsageError
from neurocyte.io.atomic import write_text
from neurocyte.paper.context import Context


@dataclass(frozen=True)
class Part:
    """One table or figure.

    Attributes:
        name: what `--only` takes and the name of its JSON file.
        module: of `neurocyte.paper`.
        networks: whether it needs the trained networks.
        form: of its result; one that an earlier version kept in another form counts as not made.
    """

    name: str
    module: str
    networks: bool = False
    form: int = 1

    def load(self) -> ModuleType:
        """Import the module."""
        return import_module(f"neurocyte.paper.{self.module}")


PARTS: tuple[Part, ...] = (
    Part("table1", "table1"),
    Part("table2", "table2"),
    Part("figures1-5", "drawings"),
    Part("algorithm1", "algorithm"),
    Part("table3", "cost.table3", form=2),
    Part("table4", "results.table4", networks=True, form=2),
    Part("figure6", "results.figure6", networks=True),
    Part("figure7", "results.figure7", networks=True),
    Part("attention", "results.attention", networks=True),
    Part("gates", "results.gate_maps", networks=True),
    Part("leakage", "results.leakage", networks=True),
)


def find_parts(names: list[str] | None) -> tuple[Part, ...]:
    """Return the named parts, all of them for None.

    Raises:
        UsageError: no part has that name.
    """
    if not names:
        return PARTS
    known = {part.name: part for part in PARTS}
    for name in names:
        if name not in known:
            raise UsageError(f"No part is named {name!r}; choose from {', '.join(known)}.")
    return tuple(known[name] for name in dict.fromkeys(names))


def make(part: Part, context: Context) -> dict[str, Any]:
    """Measure a part and keep its result as JSON beside the settings it was made with.

    Args:
        part: which.
        context: the reproduction.

    Returns:
        What its `measure` gave.
    """
    context.say(f"Making {part.name}.")
    result: dict[str, Any] = part.load().measure(context)
    content = {"part": part.name, "form": part.form, "settings": settings_summary(context), "result": result}
    write_text(context.out / f"{part.name}.json", json.dumps(content, indent=1, allow_nan=False) + "\n")
    return result


def read(part: Part, context: Context) -> dict[str, Any] | None:
    """Return the kept result of a part, None if there is none or it was made with other settings."""
    return _kept(part, context, () if part.networks else ("seeds", "folds"))


def kept_row(name: str, key: str, context: Context) -> dict[str, Any] | None:
    """Return a network's row as a part kept it: its weights may since be gone, or lie on another machine.

    Args:
        name: of a part that shows networks of the first seed only.
        key: of the network.
        context: the reproduction.

    Returns:
        The row; None where there is none.
    """
    result = _kept(find_parts([name])[0], context, ("seeds",))
    return next((row for row in result["rows"] if row["key"] == key), None) if result else None


def _kept(part: Part, context: Context, whatever: tuple[str, ...]) -> dict[str, Any] | None:
    """Return a result that was made with these settings, whatever some are; the first seed is never one."""
    path = context.out / f"{part.name}.json"
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("form", 1) != part.form:
        return None
    before, now = (_without(whatever, one) for one in (content["settings"], settings_summary(context)))
    result: dict[str, Any] | None = content["result"] if before == now else None
    return result


def _without(names: tuple[str, ...], settings: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in settings.items() if name not in names}
    return {**rest, "first seed": settings.get("seeds", [None])[0]}


def settings_summary(context: Context) -> dict[str, Any]:
    """Return the settings and the data's hash as plain JSON values."""
    values = json.loads(json.dumps(asdict(context.settings)))
    # Where the weights lie is not what they are.
    values["encoder_weights"] = str(context.settings.encoder_weights).replace("\\", "/").rpartition("/")[2]
    return {**values, "data": context.data_hash, "images_total": len(context.data.samples)}
