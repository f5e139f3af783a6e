"""docs/reference/dialects.md: what was seen of every pair of dialects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from end_to_end.dialect_features import FEATURES, LIMITS
from end_to_end.four_vendors import SPOKEN
from end_to_end.speakers import SPEAKERS
from lanewise.core.request import Dialect

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "dialects.md"
COMMAND = "python -m scripts.dialects"
PASS = "yes"
UNSAID = "not said"
SHAPES = ("whole", "stream")
NAMES = {
    Dialect.OPENAI_CHAT: "OpenAI chat completions",
    Dialect.OPENAI_RESPONSES: "OpenAI responses",
    Dialect.ANTHROPIC_MESSAGES: "Anthropic messages",
    Dialect.GEMINI: "Gemini generateContent",
}


class Cell(NamedTuple):
    """One thing asked by a caller of one dialect of a vendor of another, in one shape."""

    feature: str
    caller: Dialect
    vendor: Dialect
    shape: str


Seen = Mapping[Cell, str]
"""`yes`, the name of a limit, or what went wrong."""


def cells() -> Iterator[Cell]:
    for feature in FEATURES:
        for caller in SPEAKERS.keys() - feature.unsaid:
            for vendor in SPOKEN:
                for shape in SHAPES:
                    yield Cell(feature.name, caller, vendor, shape)


def page(seen: Seen) -> str:
    return "\n".join(_lines(seen)) + "\n"


def _lines(seen: Seen) -> Iterator[str]:
    yield "# Dialects"
    yield ""
    yield "What a caller of each dialect gets from a vendor of each dialect."
    yield ""
    yield "Every cell was seen: a gateway, simulated vendors that refuse what the real ones refuse, and clients that hand back what they"
    yield "were told."
    yield f"`{COMMAND}` makes this page, and a test fails when what is seen is something else."
    yield "A cell has two words: for a whole answer, and for a stream."
    yield f"`{UNSAID}`: the caller's dialect has no word for it."
    yield ""
    passed = sum(word == PASS for word in seen.values())
    yield f"{passed} of {len(seen)} cells pass; {len(seen) - passed} are limits of vendors."
    for feature in FEATURES:
        yield ""
        yield f"## {feature.name[0].upper()}{feature.name[1:]}"
        yield ""
        yield "| caller speaks | " + " | ".join(NAMES[vendor] for vendor in SPOKEN) + " |"
        yield "|---" * (len(SPOKEN) + 1) + "|"
        for caller in SPEAKERS:
            row = [UNSAID] * len(SPOKEN)
            if caller not in feature.unsaid:
                each = {
                    vendor: [seen[Cell(feature.name, caller, vendor, shape)] for shape in SHAPES] for vendor in SPOKEN
                }
                row = [", ".join(words) for words in each.values()]
            yield f"| {NAMES[caller]} | " + " | ".join(row) + " |"
    yield from _limits()


def _limits() -> Iterator[str]:
    if LIMITS:
        yield ""
        yield "## Limits of vendors"
        yield ""
        yield "What cannot be said to the vendor is left out, the answer is given without it, and `lanewise.dropped` tells so."
        yield ""
        for name, limit in LIMITS.items():
            yield f"* **{name}**: {limit.words}"
