"""Figure 2: a whole network, encoder down the left, gates between, decoder up the right."""

from typing import Any

from neurocyte.paper.drawings.canvas import Canvas, shape_text

# Columns: left edge and width.
_ENCODER, _GATES, _DECODER = (20.0, 270.0), (440.0, 170.0), (665.0, 375.0)
_ROW, _TOP, _HEIGHT, _WIDTH = 98.0, 110.0, 58.0, 1060.0
_NAMES = {"LinkNetBlock": "LinkNet block", "UNetBlock": "U-Net block"}


def draw_network(facts: dict[str, Any], name: str, title: str, encoder: str) -> str:
    """Draw Figure 2.

    Args:
        facts: of `network_facts`.
        name: of the drawing, unique in a page.
        title: of the network.
        encoder: name of the encoder.

    Returns:
        The SVG.
    """
    rows = len(facts["stages"]) + 1
    canvas = Canvas(
        name,
        _WIDTH,
        _TOP + rows * _ROW + 20,
        f"Figure 2: {title}",
        f"{encoder} in {len(facts['stages'])} stages down the left, {len(facts['gates'])} attention gates, "
        f"{len(facts['blocks'])} decoder blocks up the right; {facts['parameters']['total']:,} parameters.",
    )
    _headings(canvas, facts, title, encoder)
    _encoder(canvas, facts)
    places = _decoder_rows(facts)
    _decoder_arrows(canvas, facts, places)
    for index, gate in enumerate(facts["gates"]):
        _gate(canvas, gate, index)
    for block, row in zip(facts["blocks"], places, strict=True):
        _block(canvas, block, row)
    _head(canvas, facts)
    return canvas.render()


def _headings(canvas: Canvas, facts: dict[str, Any], title: str, encoder: str) -> None:
    canvas.text(_WIDTH / 2, 32, f"{title}, {facts['parameters']['total']:,} parameters", size=20, bold=True)
    columns = ((_ENCODER, f"Encoder: {encoder}", "encoder"), (_GATES, "Attention gates", "gates"))
    for (x, width), heading, part in (*columns, (_DECODER, "Decoder", "decoder")):
        canvas.text(x + width / 2, 66, heading, size=16, bold=True)
        count = f"{facts['parameters'][part]:,} parameters"
        if part == "decoder":
            count += f"; up: {' and '.join(facts['upsampling'])} to the skip's grid"
        canvas.text(x + width / 2, 86, count, quiet=True)


def _encoder(canvas: Canvas, facts: dict[str, Any]) -> None:
    x, width = _ENCODER
    for row in range(len(facts["stages"])):
        canvas.arrow([(x + width / 2, _y(row) + _HEIGHT), (x + width / 2, _y(row + 1))])
    canvas.box(x, _y(0), width, _HEIGHT, "data", "Image", [shape_text(facts["input"])])
    for number, stage in enumerate(facts["stages"], start=1):
        title = f"Stage {number}: {stage['name']}"
        if stage["repeats"] > 1:
            title += f", {stage['repeats']} blocks"
        line = f"{shape_text(stage['input'])} → {shape_text(stage['shape'])}"
        canvas.box(x, _y(number), width, _HEIGHT, "encoder", title, [line])


def _gate(canvas: Canvas, gate: dict[str, Any], index: int) -> None:
    (x, width), (left, encoder), (right, _) = _GATES, _ENCODER, _DECODER
    row = gate["stage"] + 1
    middle = _y(row) + _HEIGHT / 2
    canvas.arrow([(left + encoder, middle), (x, middle)])
    canvas.text((left + encoder + x) / 2 - 4, middle - 8, shape_text(gate["x"]), quiet=True, size=13)
    if gate["expanded"]:
        canvas.text((left + encoder + x) / 2 - 4, middle + 18, "expanded features", quiet=True, size=13)
    canvas.arrow([(x + width, middle), (right, middle)])
    lines = [f"{gate['parameters']:,} parameters"]
    canvas.box(x, _y(row), width, _HEIGHT, "gate", f"Gate {index + 1}, inner {gate['inner']}", lines)


def _decoder_rows(facts: dict[str, Any]) -> list[int]:
    """A block stands beside its gate; those without one in the rows above."""
    rows: list[int] = []
    for block in facts["blocks"]:
        gated = block["gate"] is not None
        rows.append(facts["gates"][block["gate"]]["stage"] + 1 if gated else rows[-1] - 1)
    return rows


def _decoder_arrows(canvas: Canvas, facts: dict[str, Any], rows: list[int]) -> None:
    x = _DECODER[0] + _DECODER[1] / 2
    below = len(facts["stages"])
    canvas.arrow(
        [
            (_ENCODER[0] + _ENCODER[1], _y(below) + _HEIGHT / 2),
            (x, _y(below) + _HEIGHT / 2),
            (x, _y(rows[0]) + _HEIGHT),
        ]
    )
    for lower, upper in zip(rows, [*rows[1:], rows[-1] - 1], strict=True):
        canvas.arrow([(x, _y(lower)), (x, _y(upper) + _HEIGHT)])
    for block, row in zip(facts["blocks"], rows, strict=True):
        if block["gate"] is not None:
            across, bottom = _GATES[0] + _GATES[1] / 2, _y(row) + _HEIGHT
            canvas.arrow([(x, bottom + 24), (across, bottom + 24), (across, bottom)])
            canvas.text(
                across + 10, bottom + 18, f"g: {shape_text(block['input'])}", anchor="start", quiet=True
            )


def _block(canvas: Canvas, block: dict[str, Any], row: int) -> None:
    title = f"{_NAMES.get(block['name'], block['name'])}: {shape_text(block['shape'])}"
    x, width = _DECODER
    canvas.box(x, _y(row), width, _HEIGHT, "decoder", title, [" → ".join(block["layers"])])


def _head(canvas: Canvas, facts: dict[str, Any]) -> None:
    head = facts["head"]
    rows = _decoder_rows(facts)
    x, width = _DECODER
    title = f"Head: logits {shape_text(head['shape'])}"
    line = f"{head['kernel']} × {head['kernel']} convolution, {head['channels']} → {head['shape'][0]} channel"  # noqa: RUF001
    canvas.box(x, _y(rows[-1] - 1), width, _HEIGHT, "head", title, [line])


def _y(row: int) -> float:
    return _TOP + row * _ROW
