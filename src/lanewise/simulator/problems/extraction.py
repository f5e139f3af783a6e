"""Reads fields out of a text: labelled lines first, then by what the field's name says it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lanewise.simulator.problems.solution import Json, Solution

_ASKS = re.compile(r"\b(?:extract|pull out|as json|json object|return json|in json)\b", re.IGNORECASE)
_KEYS = re.compile(
    r"\b(?:keys?|fields?)\b[:\s]+([A-Za-z_`'\", ]+?(?:\s+and\s+[A-Za-z_`'\"]+)?)\s*(?:[.:;\n]|from\b|$)", re.IGNORECASE
)
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(_MONTHS)
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+({_MONTH})\s+(\d{{4}})", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})", re.IGNORECASE)
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+?\d[\d ()-]{7,}\d")
_MONEY = re.compile(
    r"(?:[$€£]|USD|EUR|GBP)\s?(\d[\d,]*(?:\.\d{1,2})?)|(\d[\d,]*(?:\.\d{1,2})?)\s?(?:dollars|euros|USD|EUR)"
)
_REFERENCE = re.compile(
    r"(?:#|\b(?:no\.?|number|order|invoice|ticket|booking|reference|ref)[ :]*#?)([A-Z]{0,4}-?\d{3,}[\w-]*)|\b([A-Z]{2,4}-\d{3,})\b"
)
_PERSON = re.compile(
    r"(?:\b(?:my name is|name is|I am|I'm|[Rr]egards,|Best,|Thanks,|Cheers,|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|from|for|guest|customer|signed)\s+)"
    r"([A-Z][a-z]+(?: [A-Z][a-z'-]+)+)"
)
_TWO_NAMES = re.compile(r"\b([A-Z][a-z]+ [A-Z][a-z'-]+)\b")
_CITY = re.compile(r"\b(?:in|to|at|from|near)\s+([A-Z][a-z]+(?: [A-Z][a-z]+)?)")
_COMPANY = re.compile(r"\b([A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)* (?:Ltd|Inc|GmbH|LLC|Corp|Co))\b")
_QUANTITY = re.compile(
    r"\b(\d{1,4})\s*(?:x\b|\u00d7|units?|pieces?|items?|copies|boxes|nights?|guests?|people|tickets?|seats?)"
    r"|\b(?:quantity|qty)\D{0,5}(\d+)",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    r"\b\d{1,4}\s*(?:x\b|\u00d7|units of|pieces of|boxes of|copies of)\s*(?:the\s+)?"
    r"([A-Za-z][\w-]*(?: [a-z][\w-]*){0,2}?)(?=\s+(?:at|for|to|on|from|and|by|with)\b|[,.\n])"
)
_TIME = re.compile(r"\b(\d{1,2}:\d{2}(?:\s?[ap]m)?)\b", re.IGNORECASE)


def asked_keys(question: str) -> list[str]:
    """The keys an extraction request names, in its order."""
    match = _KEYS.search(question)
    if not match:
        return []
    listed = re.split(r",|\band\b", match.group(1))
    keys = (key.strip(" `'\"\n") for key in listed)
    return [key for key in dict.fromkeys(keys) if key and " " not in key]


def solve_extraction(question: str) -> Solution | None:
    """The object an extraction request asks for, or None where the text asks for none."""
    if not _ASKS.search(question):
        return None
    keys = asked_keys(question)
    if not keys:
        return None
    body = _source_text(question)
    fields = {key: extract_field(key, body) for key in keys}
    unlabelled = sum(not _labelled(key, body) for key in keys)
    return Solution(
        kind="extract",
        difficulty=max(1, min(4, 1 + (len(keys) > 8) + (unlabelled > 2) + (len(body) > 1_200))),
        answer="",
        fields=fields,
    )


def extract_field(name: str, text: str) -> Json:
    """The value of one named field in the text, or None."""
    labelled = _labelled(name, text)
    spec = name.lower()
    for parts, reader in _READERS:
        if any(part in spec for part in parts):
            return reader(labelled or text) if labelled is None or reader is not _person else labelled
    if labelled is None:
        return None
    return _plain_number(labelled)


def spoil(fields: dict[str, Any], position: int) -> dict[str, Any]:
    """The same object with one field wrong, as a careless reader leaves it."""
    keys = [key for key, value in fields.items() if value is not None] or list(fields)
    if not keys:
        return fields
    key = keys[position % len(keys)]
    value = fields[key]
    if isinstance(value, bool) or value is None:
        wrong: Any = "unknown"
    elif isinstance(value, int | float):
        wrong = value + 10 if position % 2 else round(value / 10, 2)
    elif _ISO_DATE.fullmatch(value):
        wrong = value[:5] + value[8:] + "-" + value[5:7]
    else:
        wrong = value.split()[0] if " " in value else value[:-1]
    return {**fields, key: wrong}


def _source_text(question: str) -> str:
    for fence in ('"""', "```", "---\n"):
        if question.count(fence) >= 2:
            return question.split(fence)[1]
    head, blank, rest = question.partition("\n\n")
    if not blank:
        head, blank, rest = question.partition("\n")
    return rest if blank and _KEYS.search(head) else question


def _labelled(name: str, text: str) -> str | None:
    label = re.escape(name).replace("_", "[ _-]?")
    match = re.search(rf"^[ \t>*-]*{label}[ \t]*[:=][ \t]*(.+?)[ \t]*$", text, re.IGNORECASE | re.MULTILINE)
    return match.group(1) if match else None


def _plain_number(text: str) -> Json:
    return (float(text) if "." in text else int(text)) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else text


def _first(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        match = pattern.search(text)
        return next((group for group in match.groups() if group), match.group()) if match else None

    return read


def _date(text: str) -> str | None:
    iso = _ISO_DATE.search(text)
    if iso:
        return iso.group()
    match = _DAY_MONTH.search(text)
    if match:
        day, month, year = match.groups()
    else:
        match = _MONTH_DAY.search(text)
        if not match:
            return None
        month, day, year = match.groups()
    return f"{year}-{_MONTHS.index(month.lower()) + 1:02d}-{int(day):02d}"


def _money(text: str) -> float | int | None:
    totals = re.findall(r"(?:total|amount due|amount|pay|price)[^\n]{0,30}", text, re.IGNORECASE)
    for part in (*totals, text):
        match = _MONEY.search(part)
        if match:
            number = float((match.group(1) or match.group(2)).replace(",", ""))
            return int(number) if number.is_integer() else number
    plain = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text)
    return float(plain.group(1)) if plain else None


def _quantity(text: str) -> int | None:
    match = _QUANTITY.search(text) or re.fullmatch(r"\s*(\d+)\s*", text)
    return int(next(group for group in match.groups() if group)) if match else None


def _currency(text: str) -> str | None:
    signs = {
        "$": "USD",
        "USD": "USD",
        "dollars": "USD",
        "€": "EUR",
        "EUR": "EUR",
        "euros": "EUR",
        "£": "GBP",
        "GBP": "GBP",
    }
    return next((code for sign, code in signs.items() if sign in text), None)


def _person(text: str) -> str | None:
    match = _PERSON.search(text) or _TWO_NAMES.search(text)
    return match.group(1) if match else None


_READERS: tuple[tuple[tuple[str, ...], Callable[[str], Any]], ...] = (
    (("email", "mail"), _first(_EMAIL)),
    (("phone", "tel"), _first(_PHONE)),
    (("currency",), _currency),
    (("date", "deadline", "day"), _date),
    (("time",), _first(_TIME)),
    (("total", "amount", "price", "cost"), _money),
    (("quantity", "qty", "count", "guests", "nights"), _quantity),
    (("order", "invoice", "ticket", "reference", "booking", "number"), _first(_REFERENCE)),
    (("product", "item"), _first(_PRODUCT)),
    (("company", "vendor", "supplier"), _first(_COMPANY)),
    (("city", "location", "destination", "place"), _first(_CITY)),
    (("name", "customer", "person", "guest", "author"), _person),
)
