"""Finds the formulas in a text: runs of numbers, single letters and operators between the words."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)|(?P<word>[^\W\d_]+)|(?P<op>\*\*|//|[-+*/^%()=])"
    r"|(?P<space>[ \t]+)|(?P<other>.)",
    re.DOTALL,
)
_TYPOGRAPHY = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "²": "^2", "³": "^3", "’": "'"})  # noqa: RUF001 (the signs people type)
_SPOKEN = (
    (re.compile(r"\bmultiplied by\b|\btimes\b", re.IGNORECASE), "*"),
    (re.compile(r"\bdivided by\b", re.IGNORECASE), "/"),
    (re.compile(r"(?<=\d)\s+squared\b", re.IGNORECASE), "^2"),
    (re.compile(r"(?<=\d)\s+cubed\b", re.IGNORECASE), "^3"),
    (re.compile(r"(?<=[\d)])\s*\bplus\b", re.IGNORECASE), " +"),
    (re.compile(r"(?<=[\d)])\s*\bminus\b", re.IGNORECASE), " -"),
    (re.compile(r"\b(?:mod|modulo)\b", re.IGNORECASE), "%"),
    (re.compile(r"\bto the power of\b", re.IGNORECASE), "^"),
    (re.compile(r"(?<=\d)\s*(?:%|percent)\s+of\b", re.IGNORECASE), " /100 *"),
)
_VARIABLES = frozenset("xyzabnmtk")


def formulas(text: str, *, letters: bool) -> list[str]:
    """The runs of the text that read as formulas, longest first; `letters` admits single-letter variables."""
    text = text.translate(_TYPOGRAPHY)
    for spoken, sign in _SPOKEN:
        text = spoken.sub(sign, text)
    runs: list[list[str]] = [[]]
    for match in _TOKEN.finditer(text):
        kind, lexeme = match.lastgroup, match.group()
        if kind == "number":
            runs[-1].append(lexeme.replace(",", ""))
        elif kind == "op":
            runs[-1].append("**" if lexeme == "^" else lexeme)
        elif kind == "word" and letters and lexeme in _VARIABLES:
            runs[-1].append(lexeme)
        elif kind == "word" and lexeme.lower() == "x" and not letters:
            runs[-1].append("*")
        elif kind != "space":
            runs.append([])
    found = (_tidy(run) for run in runs)
    return sorted((run for run in found if run), key=len, reverse=True)


def _tidy(run: list[str]) -> str:
    while run and (run[-1] in {"=", "+", "-", "*", "/", "//", "**", "%", "("}):
        run = run[:-1]
    while run and run[0] in {"=", "+", "*", "/", "//", "**", "%", ")"}:
        run = run[1:]
    if not any(lexeme[0].isdigit() or lexeme[0] == "." for lexeme in run):
        return ""
    out: list[str] = []
    for lexeme in run:
        if out and (_is_value_end(out[-1]) and _is_value_start(lexeme)):
            out.append("*")
        out.append(lexeme)
    return "".join(out)


def _is_value_end(lexeme: str) -> bool:
    return lexeme == ")" or lexeme[0].isalnum()


def _is_value_start(lexeme: str) -> bool:
    return lexeme == "(" or lexeme[0].isalpha()


def places_asked(text: str) -> int | None:
    """How many decimals the text wants the answer rounded to, if it says so."""
    match = re.search(r"(\d+)\s*(?:decimal|dp\b|d\.p\.)", text, re.IGNORECASE)
    if match:
        return min(int(match.group(1)), 12)
    words = {"one": 1, "two": 2, "three": 3, "four": 4}
    match = re.search(r"\b(one|two|three|four) decimal", text, re.IGNORECASE)
    if match:
        return words[match.group(1).lower()]
    return 0 if re.search(r"nearest (?:whole|integer)", text, re.IGNORECASE) else None
