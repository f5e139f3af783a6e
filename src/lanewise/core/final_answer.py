r"""The final answer of a text, as people and models mark it. Nothing is computed and nothing is made up: it stands in the text.

Looked for in this order, the last of each kind first come: the `answer` of a JSON object, `\boxed{}`, GSM8K's `####`, a line that
says "answer", a letter of a multiple choice, the last number.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, get_args

import msgspec

Mark = Literal["json", "boxed", "hashes", "said", "choice", "number"]
MARKS: tuple[Mark, ...] = get_args(Mark)

MAX_CHARS = 1 << 18
"""Of a text that is looked at for a box, from its end."""

END_CHARS = 1 << 13
"""Of a text that is looked at for what is said in words: looking takes a tenth of a millisecond per 1,000."""

MAX_ANSWER_CHARS = 2_000
_MOST_BOXES = 16  # looked into from the end, where one is never closed

_JSON_ANSWER = re.compile(
    r'"(?:final[_ ]?)?answer"\s{0,20}:\s{0,20}(?:"((?:[^"\\\n]|\\.){0,2000})"|(-?[0-9][0-9.eE+-]{0,60}|true|false))',
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s{0,4}(?:\{|([0-9A-Za-z]))")
_HASHES = re.compile(r"^[ \t]{0,8}####[ \t]{0,8}(\S[^\n]{0,2000})", re.MULTILINE)
_SAID = re.compile(
    r"(?:^[ \t>*_#-]{0,8}A(?=:)|\bfinal\s{1,4}answer\b|\banswer\b|\bresult\b)[*_]{0,3}"
    r"(?:\s{0,4}(?:is|are|=|:)){1,2}[*_]{0,3}[ \t]{0,8}\n?[ \t]{0,8}(\S[^\n]{0,2000})",
    re.IGNORECASE | re.MULTILINE,
)
_CHOICE_ALONE = re.compile(r"^[ \t*_]{0,8}[(\[]?([A-Za-j])[)\].:]?[*_]{0,3}[ \t]{0,4}$", re.MULTILINE)
_CHOICE_FIRST = re.compile(
    r"^[*_]{0,3}(?:option|choice)?\s{0,2}[(\[]?([A-J])(?:[)\].:]|[*_]{1,3}|\s*$|\s[-\u2013])", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?<![\w.])[-+−]?\$?(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,60})(?:\.\d{1,60})?(?:[eE][-+]?\d{1,4})?(?:/\d{1,20})?|(?<![\w.])[-−]?\.\d{1,60}"  # noqa: RUF001 - the sign models write
)
_WRAPPED = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**"), ("`", "`"), ('"', '"'))
_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mathbf)\s{0,2}\{([^{}]*)\}")
_PUNCTUATION = ".,;:! \t"


class Final(msgspec.Struct, frozen=True):
    """A final answer, and how it was marked."""

    text: str
    mark: Mark


def final_answer(text: str, marks: tuple[Mark, ...] = MARKS) -> Final | None:
    """The answer by the first of these marks that the text has. `choice` gives one capital letter, `number` digits as written."""
    whole, end = text[-MAX_CHARS:], text[-END_CHARS:]
    for mark in marks:
        found = _FINDERS[mark](whole if mark in _MARKED_PLAINLY else end)
        if found:
            return Final(found[:MAX_ANSWER_CHARS], mark)
    return None


def same_for_votes(answer: str) -> str:
    r"""What answers are counted by: numbers by value, words without case, marks or the words `\text`. Not a proof that they are equal."""
    plain = _unwrapped(_TEXT.sub(r"\1", answer))
    if (number := as_number(plain)) is not None:
        return str(number)
    folded = (
        plain.replace("\\left", "").replace("\\right", "").replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    )
    return "".join(folded.replace("\\,", "").replace("\\ ", "").casefold().split())


def as_number(text: str) -> Fraction | None:
    """A number as people write it: `1,234.5`, `$12`, `-3/4`, `50%` as 50. None for anything else."""
    plain = text.strip().replace("−", "-").replace("$", "").replace("\\", "").strip(" %")  # noqa: RUF001 - the sign models write
    if not _NUMBER.fullmatch(plain) or "e" in plain.lower():
        return None
    try:
        return Fraction(plain.replace(",", ""))
    except (ValueError, ZeroDivisionError):
        return None


def last_boxed(text: str) -> str | None:
    r"""What the last `\boxed{}` of a text holds, braces within braces included; None where it is never closed."""
    for opened in reversed(list(_BOXED.finditer(text))[-_MOST_BOXES:]):
        if opened[1]:
            return opened[1]
        inside = _inside_braces(text, opened.end())
        if inside is not None:
            return inside.strip()
    return None


def _inside_braces(text: str, begin: int) -> str | None:
    depth = 1
    for place in range(begin, min(len(text), begin + MAX_ANSWER_CHARS)):
        char = text[place]
        if char in "{}" and text[place - 1] != "\\":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return text[begin:place]
    return None


def _json(text: str) -> str | None:
    found = list(_JSON_ANSWER.finditer(text))
    if not found:
        return None
    last = found[-1]
    return last[1].replace("\\\\", "\\").replace('\\"', '"').strip() if last[1] is not None else last[2]


def _hashes(text: str) -> str | None:
    found = _HASHES.findall(text)
    return str(found[-1]).strip() if found else None


def _said(text: str) -> str | None:
    found = _SAID.findall(text)
    if not found:
        return None
    again = _SAID.findall(found[-1])  # "so the answer is", and then a line that says it whole
    return _unwrapped(str((again or found)[-1]))


def _choice(text: str) -> str | None:
    for said in (last_boxed(text), _json(text), _said(text)):
        first = _CHOICE_FIRST.match(_TEXT.sub(r"\1", said)) if said else None
        if first:
            return first[1].upper()
    alone = _CHOICE_ALONE.findall(text)
    return str(alone[-1]).upper() if alone else None


def _number(text: str) -> str | None:
    for said in (_hashes(text), last_boxed(text), _json(text), _said(text)):
        found = _NUMBER.findall(said) if said else []
        if len(found) == 1:
            return _plain_number(found[0])
    found = _NUMBER.findall(text)
    return _plain_number(found[-1]) if found else None


def _plain_number(found: str) -> str:
    return found.replace("$", "").replace("−", "-")  # noqa: RUF001 - the sign models write


def _unwrapped(text: str) -> str:
    text = text.strip().strip(_PUNCTUATION)
    for _ in range(len(_WRAPPED)):
        for opening, closing in _WRAPPED:
            if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
                text = text[len(opening) : -len(closing)].strip().strip(_PUNCTUATION)
    return text


_MARKED_PLAINLY: tuple[Mark, ...] = ("boxed", "hashes")
_FINDERS = {"json": _json, "boxed": last_boxed, "hashes": _hashes, "said": _said, "choice": _choice, "number": _number}
