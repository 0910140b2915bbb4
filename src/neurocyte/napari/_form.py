"""A column of widgets with their labels in line."""

from collections.abc import Iterable
from typing import Any

from magicgui.widgets import CheckBox, Container, Label, PushButton

# magicgui's own labels are measured in the font of the application, which is not that of napari's theme.
_LABEL_WIDTH = 125
_WIDE = (PushButton, CheckBox, Container)
_NO_MARGINS = (0, 0, 0, 0)


class Form(Container):  # type: ignore[misc]
    """Widgets below each other; buttons and containers take the whole width.

    Args:
        title: in bold above them.
        fields: the widgets.
    """

    def __init__(self, title: str, fields: Iterable[Any]) -> None:
        rows = [field if isinstance(field, _WIDE) else _row(field) for field in fields]
        super().__init__(widgets=[Label(value=f"<b>{title}</b>"), *rows], labels=False)
        self.margins = _NO_MARGINS


def _row(field: Any) -> Container:
    label = Label(value=field.label)
    label.min_width = _LABEL_WIDTH
    row = Container(widgets=[label, field], layout="horizontal", labels=False)
    row.margins = _NO_MARGINS
    return row
