"""What the paper claims, what was measured, and whether it holds; then a paragraph for a biologist."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from neurocyte.markdown import table
from neurocyte.paper.claims import cost
from neurocyte.paper.claims import results as scored
from neurocyte.paper.claims.verdict import FAILS, HOLDS, OPEN, PARTLY, Results


def judge(results: Results) -> list[dict[str, str]]:
    """Judge every claim by the kept results.

    Args:
        results: what the parts' `measure` gave, by name; a claim whose part is missing stays open.

    Returns:
        The verdicts as plain JSON values.
    """
    return [asdict(verdict) for part in (cost, scored) for verdict in part.judge(results)]


def render(verdicts: Sequence[Mapping[str, str]]) -> str:
    """Return the table and the paragraph that open the document."""
    counts = {name: sum(v["holds"] == name for v in verdicts) for name in (HOLDS, PARTLY, FAILS, OPEN)}
    rows = [(v["claim"], v["measured"], v["holds"], v["part"]) for v in verdicts]
    return "\n\n".join(
        [
            "## Claimed, measured, holds?",
            table(("the paper claims", "measured here", "holds?", "from"), rows, "llll"),
            f"Of {len(verdicts)} claims {counts[HOLDS]} hold, {counts[PARTLY]} hold in part, "
            f"{counts[FAILS]} do not, {counts[OPEN]} are not measured yet.",
            _plain_words(verdicts),
        ]
    )


def _plain_words(verdicts: Sequence[Mapping[str, str]]) -> str:
    """Say what the verdicts come to; nothing is said of what is still open."""
    lead = "**In plain words.** "
    if any(verdict["holds"] == OPEN for verdict in verdicts):
        return (
            f"{lead}This reproduction is not complete: whether the networks outline cells as well as the "
            "paper says is not judged here until they are trained and timed."
        )
    scores = [v["holds"] for v in verdicts if v["part"] == "table4" and "Dice 9" in v["claim"]]
    if FAILS in scores:
        return (
            f"{lead}The networks can be built as the paper counts them, and they run on an ordinary "
            "computer. The printed overlap scores were not reached on cells that the networks have never "
            "seen; the table says how far off they are. "
            f"{_attention(verdicts)}Check the outlines on your own images before you trust a count."
        )
    return (
        f"{lead}The networks can be built as the paper counts them, they run on an ordinary computer, and "
        "the printed scores were reached on cells that they had never seen."
    )


def _attention(verdicts: Sequence[Mapping[str, str]]) -> str:
    found = {verdict["holds"] for verdict in verdicts if verdict["part"] == "attention"}
    if HOLDS in found:
        return ""
    return "That attention gates make the outlines better, which the paper is about, was not seen. "
