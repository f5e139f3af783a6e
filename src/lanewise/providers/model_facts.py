"""What models can take: rows of `model_facts.json`, each with its source. An operator's own `facts` go before them.

A row is found by its exact name, else by the pattern with the most letters of its own. A model that is not listed gets its vendor's
default: what is safe to send to a model newer than the table. At a vendor that is not listed either, everything is passed on but wishes for
thinking: there a level may be a 400, while a caller's other parameters are the caller's to answer for.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from lanewise.core.policy import ModelFacts, ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.providers.catalog import VENDORS, lookup

_SAME_MODELS = {"azure": "openai", "azure-v1": "openai"}  # who serves another vendor's models under their own names
_BY_DIALECT = {
    Dialect.OPENAI_CHAT: "openai",
    Dialect.OPENAI_RESPONSES: "openai",
    Dialect.ANTHROPIC_MESSAGES: "anthropic",
    Dialect.GEMINI: "gemini-native",
}
#: "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16": this API's rule, whatever the model.
#: Quoted in https://github.com/earendil-works/pi/issues/6265 (OpenAI), https://github.com/vectorize-io/hindsight/issues/58 (Azure).
_LEAST_OUTPUT_OF_RESPONSES = 16
_WILD = re.compile(r"\[[^]]*\]|[*?]")
#: Names of models that give vectors, whoever serves them.
_EMBEDDING = ("*embed*", "*bge-*", "*gte-*", "e5-*", "*/e5-*", "*minilm*")
_UNKNOWN = {
    Dialect.OPENAI_CHAT: ModelFacts(),
    Dialect.OPENAI_RESPONSES: ModelFacts(),
    Dialect.ANTHROPIC_MESSAGES: ModelFacts(logprobs=False, cache_markers=True),
    Dialect.GEMINI: ModelFacts(),
}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Models that share their facts. Where a row names no source, its vendor's holds."""

    match: tuple[str, ...]
    facts: dict[str, Any]
    source: str = ""
    note: str = ""
    newer: bool = False  # a guess at models newer than the table, good at their own vendor only


class Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor's models, and what holds for those that are not listed."""

    vendor: str
    source: str
    as_of: dt.date
    facts: dict[str, Any]
    models: tuple[Row, ...] = ()
    note: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a model, and who says so."""

    facts: ModelFacts
    matched: str = ""  # the pattern; empty for a default
    source: str = ""  # empty where nobody said anything
    as_of: dt.date | None = None
    note: str = ""


def load(rows: bytes) -> dict[str, Family]:
    """Families by vendor. Raises msgspec.ValidationError or ValueError on a row that does not fit."""
    families = msgspec.json.decode(rows, type=list[Family])
    names = {field.name for field in dataclasses.fields(ModelFacts)}
    for family in families:
        patterns = [pattern for row in family.models for pattern in row.match]
        if len(set(patterns)) < len(patterns):
            raise ValueError(f"a pattern of {family.vendor!r} stands twice in the model facts")
        for facts in (family.facts, *(row.facts for row in family.models)):
            if unknown := facts.keys() - names:
                raise ValueError(f"{family.vendor!r}: {sorted(unknown)} are no model facts")
    return {family.vendor: family for family in families}


FAMILIES = load(Path(__file__).with_name("model_facts.json").read_bytes())


def facts_of(provider: ProviderPolicy, model: str) -> ModelFacts:
    """What a model can take at a provider. The provider is known by its name, else by its address."""
    return known(provider, model).facts


def known(provider: ProviderPolicy, model: str) -> Known:
    """The same with its source."""
    found = _known(vendor_of(provider), provider.dialect, model)
    if provider.dialect is Dialect.OPENAI_RESPONSES:
        least = max(_LEAST_OUTPUT_OF_RESPONSES, found.facts.min_output_tokens)
        found = msgspec.structs.replace(found, facts=dataclasses.replace(found.facts, min_output_tokens=least))
    if not any(fnmatchcase(model.lower(), pattern) for pattern in _EMBEDDING):
        return found
    return msgspec.structs.replace(found, facts=dataclasses.replace(found.facts, embeddings=True))


def vendor_of(provider: ProviderPolicy) -> str | None:
    """The catalog's name for a provider."""
    if lookup(provider.name) is not None:
        return provider.name
    address = provider.base_url.rstrip("/")
    return next((vendor.name for vendor in VENDORS.values() if vendor.base_url == address), None)


@lru_cache(maxsize=4096)
def _known(vendor: str | None, dialect: Dialect, model: str) -> Known:
    family = FAMILIES.get(_SAME_MODELS.get(vendor or "", vendor or ""))
    if family is None:
        return _elsewhere(dialect, model)
    row, matched = _row(family, model)
    facts = family.facts if row is None else family.facts | row.facts
    if vendor != family.vendor:
        facts = facts | {"shutdown": None}  # another vendor's calendar
    reasoning_field = VENDORS[vendor].reasoning_field if vendor is not None else None
    return Known(
        facts=msgspec.convert({"reasoning_field": reasoning_field} | facts, ModelFacts),
        matched=matched,
        source=(row.source if row is not None else "") or family.source,
        as_of=family.as_of,
        note=family.note if row is None else row.note,
    )


def _elsewhere(dialect: Dialect, model: str) -> Known:
    """A model at a vendor nobody listed, a company's own gateway perhaps: known by its name alone."""
    family = FAMILIES[_BY_DIALECT[dialect]]
    row, matched = _row(family, model)
    if row is None or row.newer:
        return Known(facts=_UNKNOWN[dialect])
    facts = family.facts | row.facts | {"shutdown": None}
    return Known(
        facts=msgspec.convert(facts, ModelFacts),
        matched=matched,
        source=row.source or family.source,
        as_of=family.as_of,
        note=row.note,
    )


def _row(family: Family, model: str) -> tuple[Row | None, str]:
    best: tuple[Row | None, str] = (None, "")
    for row in family.models:
        for pattern in row.match:
            if pattern == model:
                return row, pattern
            if _literal_chars(pattern) > _literal_chars(best[1]) and fnmatchcase(model, pattern):
                best = (row, pattern)
    return best


def _literal_chars(pattern: str) -> int:
    return len(_WILD.sub("", pattern))
