"""Names that vendors answered with, against those that were asked for: what would be flagged as another model, and repriced."""

from __future__ import annotations

import json

import pytest

from lanewise.pipeline.bill import same_model
from recordings import Exchange, exchanges

pytestmark = pytest.mark.data

#: Another model was served indeed.
DIFFERENT = {("google/gemini-2.0-flash-exp:free", "x-ai/grok-4")}
#: One model under names that no rule of spelling brings together. They are flagged, and billed by the served name's own price.
ALIASES = {
    ("claude-sonnet-4-0", "claude-sonnet-4-20250514"),
    ("gpt-4-vision-preview", "gpt-4-1106-vision-preview"),
}


def served_name(exchange: Exchange) -> str | None:
    lines = exchange.body.decode().splitlines() if exchange.stream else ["data:" + exchange.body.decode()]
    for line in lines:
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data.startswith("{"):
            told = json.loads(data)
            name = told.get("model") or (told.get("message") or {}).get("model")
            if isinstance(name, str) and name:
                return name
    return None


def recorded_names() -> set[tuple[str, str]]:
    names: set[tuple[str, str]] = set()
    for exchange in (*exchanges("chat"), *exchanges("messages")):
        served = served_name(exchange) if exchange.status == 200 and exchange.request else None
        if served is not None and exchange.request is not None:
            names.add((exchange.request["model"], served))
    return names


def test_only_another_model_is_taken_for_one() -> None:
    names = recorded_names()
    assert len(names) >= 30
    told_apart = {(asked, served) for asked, served in names if not same_model(asked, served)}
    assert told_apart >= DIFFERENT
    assert told_apart <= DIFFERENT | ALIASES
