"""The section of the document that shows Figures 1 to 5."""

import textwrap
from typing import Any

_WIDTH = 100

_PARTS = """\
## Figures 1-5

Drawn from the code: the networks are built, one image passes them, and every layer, channel and size in the
drawings is what that pass met.

![Figure 1: the pipeline](figures/{pipeline})

**Figure 1, the steps of the method.** The paper shows an image and its mask entering training. The code
resizes every image to {size} before it augments (the paper gives neither order nor ranges), learns from the
filled cells, and applies the threshold of {threshold:g} at the image's own size, after resizing back.

![Figure 2: LinkNet-AG]({linknet})

![Figure 2: U-Net-AG]({unet})

**Figure 2, the network.** The paper has one drawing for both decoders. Ours differ after the encoder:
LinkNet-AG has {linknet_parameters:,} parameters, U-Net-AG {unet_parameters:,}. {skips} Of {blocks_in_all}
decoder blocks {gates} take a gated skip; the last enlarges to the image's size without one.

![Figure 3: the skip connection](figures/{skip})

**Figure 3, layers without and with a skip connection.** The paper contrasts the two in general. Both occur in
the encoder: {shortcuts}. Between encoder and decoder the gated skip is {joins}.

![Figure 4: the MBConv block](figures/{mbconv})

**Figure 4, MBConv.** The paper shows one block for all. Whether the input is added depends on the
block: {blocks}. {tap}

![Figure 5: the attention gate](figures/{gate})

**Figure 5, the attention gate.** The paper puts both inputs through a 1 x 1 convolution and resamples
after the sigmoid. {order} Before any training alpha is near {alpha:.2f} (the bias of psi starts at {bias:g}),
so that the skips begin nearly open. The inner width of {inner} channels is ours; the paper
prints none.
"""


def render(result: dict[str, Any]) -> str:
    """Return the section.

    Args:
        result: of `measure`.

    Returns:
        Markdown with the drawings as pictures.
    """
    networks = result["figure2"]["networks"]
    gate = result["figure5"]["gates"][-1]
    linknet, unet = (f"figures/{name}" for name in result["figure2"]["files"])
    text = _PARTS.format(
        pipeline=result["figure1"]["files"][0],
        size=" x ".join(map(str, result["figure1"]["resized"])),
        threshold=result["figure1"]["threshold"],
        linknet=linknet,
        unet=unet,
        linknet_parameters=networks["linknet-ag"]["parameters"]["total"],
        unet_parameters=networks["unet-ag"]["parameters"]["total"],
        skips=_skips(networks["linknet-ag"]),
        gates=len(networks["linknet-ag"]["gates"]),
        blocks_in_all=len(networks["linknet-ag"]["blocks"]),
        skip=result["figure3"]["files"][0],
        shortcuts=_shortcuts(result["figure3"]["panels"]),
        joins=_joins(result["figure3"]["panels"]),
        mbconv=result["figure4"]["files"][0],
        blocks="; ".join(_block(b) for b in result["figure4"]["blocks"]),
        tap=_tap(result["figure4"]["blocks"]),
        gate=result["figure5"]["files"][0],
        order=_order(gate),
        alpha=gate["start_alpha"],
        bias=gate["psi_bias"],
        inner=gate["inner"],
    )
    return "\n\n".join(_reflow(paragraph) for paragraph in text.split("\n\n")).rstrip() + "\n"


def _reflow(paragraph: str) -> str:
    """Break lines anew where sentences were put in; headings and pictures are one line each."""
    if paragraph.startswith(("#", "!")):
        return paragraph
    return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _skips(network: dict[str, Any]) -> str:
    maps = ", ".join(f"{gate['x'][0]} at {gate['x'][1]} px" for gate in reversed(network["gates"]))
    if all(gate["expanded"] for gate in network["gates"]):
        return f"The skips are expanded features inside MBConv blocks ({maps}); the paper does not say so."
    return f"The skips have these channels: {maps}."


def _shortcuts(panels: list[dict[str, Any]]) -> str:
    short = [panel for panel in panels if panel["kind"] == "encoder"]
    return ", ".join(
        f"({'abcd'[panels.index(p)]}) {'adds' if p['join'] else 'does not add'} its input" for p in short
    )


def _joins(panels: list[dict[str, Any]]) -> str:
    words = {"add": "added", "cat": "concatenated", None: "left out"}
    long = [panel for panel in panels if panel["kind"] == "decoder"]
    return ", ".join(f"{words[p['join']]} in ({'abcd'[panels.index(p)]})" for p in long)


def _block(block: dict[str, Any]) -> str:
    added = "is added" if block["shortcut"] else "is not"
    return f"with stride {block['stride']} (stage {block['stage']}, block {block['block']}) it {added}"


def _tap(blocks: list[dict[str, Any]]) -> str:
    if any(block["tap"] for block in blocks):
        return (
            "The skip to the decoder leaves the block after its expansion, before the depthwise convolution."
        )
    return ""


def _order(gate: dict[str, Any]) -> str:
    ops = [part["key"] if part["key"] == "theta" else part["op"] for part in gate["parts"]]
    if "interpolate" in ops[: ops.index("theta")]:
        return (
            "The code brings x to g's grid before theta (the same sum as resampling after it, at less work) "
            "and resamples alpha back to x's grid."
        )
    return "The code does the same."
