"""Ways of writing that are turned into the usual one before a text is cut into tokens: numbers of other places, recurring decimals, fences.

Nothing here reads mathematics; each rule has one meaning wherever it fits. What has two (`0,5`, `12,34,567`) is an `other_reading`, which
is tried only where the first one is not the expected answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

# ruff: noqa: RUF001 - the signs that models write
_SCALES = {
    "hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12, "lakh": 10**5,
    "crore": 10**7,
}  # fmt: skip
_SCALE = re.compile(
    rf"(?<![\w.,/^])(\d[\d,]*(?:\.\d+)?)(?:\s|~|\\ )*(?:(\\text\s*\{{)\s*)?\b({'|'.join(_SCALES)})(?![a-z])(?:\s*(\}}))?",
    re.IGNORECASE,
)
_BOX = re.compile(r"\s*\$*\s*\\f?boxed\s*\{(.*)\}\s*\$*\s*\.?\s*", re.DOTALL)
_FENCED_MATRIX = re.compile(
    r"(?:\\left\s*)?[\[(]\s*(\\begin\s*\{(array|matrix|smallmatrix)\}.*?\\end\s*\{\2\})\s*(?:\\right\s*)?[\])]",
    re.DOTALL,
)
_TURNED_FENCES = re.compile(r"\s*\$?\s*([\[\]])([^\[\](){}]+[,;][^\[\](){}]+)([\[\]])\s*\$?\s*")
_SET_OF_ALL = re.compile(
    r"\s*\$*\s*\\?\{\s*([A-Za-z])\s*(?:(?:\\in|∈)\s*(?:\\mathbb\s*\{?\s*R\s*\}?|ℝ)\s*)?(?:\\mid(?![a-z])|\\vert|\||:)\s*"
    r"([^{}|]*[<>=≤≥≠][^{}|]*|[^{}|]*\\(?:leqslant|geqslant|leq?|geq?|neq?|lt|gt)(?![a-z])[^{}|]*)\\?\}\s*\$*\s*\.?\s*"
)
_OWN_TEXT = re.compile(r"\s*\$?\s*(-?)(\d*\.\d*)\((\d+)\)\s*\$?\s*")
_DOTTED = re.compile(r"(\d*\.\d*)\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?")
_BARRED = re.compile(r"(\d*\.\d*)((?:\d\u0305)+)")
_GOES_ON = re.compile(r"\s*\$?\s*(-?\d*\.)(\d{3,60})(?:\.{3,}|…|\s*\\(?:l|c)?dots[cbmio]?)\s*\$?\s*")
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\\left\s*\|"), r"\\lvert "),
    (re.compile(r"\\right\s*\|"), r"\\rvert "),
    (re.compile(r"\\mid(?![a-z])"), "|"),
    (re.compile(r"\^\s*\{?\s*(?:\\prime\s*){2}\}?"), "''"),
    (re.compile(r"\^\s*\{?\s*\\prime\s*\}?"), "'"),
    (
        re.compile(
            r"(?:\\left\s*)?(?:\\langle(?![a-z])|⟨)([^⟨⟩]{1,100}?,[^⟨⟩]{1,100}?)(?:\\right\s*)?(?:\\rangle(?![a-z])|⟩)"
        ),
        r"(\1)",
    ),
    (re.compile(r"\\mathbb\s*\{\s*R\s*\}|\\mathbb\s+R(?![a-z])|ℝ|\\Reals(?![a-z])"), r"(-\\infty,\\infty)"),
    (_FENCED_MATRIX, r"\1"),
    (re.compile(r"(?<=\d)\s*[xX]\s*(?=10\s*(?:\^|\*\*))"), r"\\times "),
    (_DOTTED, lambda found: f"{found[1]}\\overline{{{found[2]}{found[3] or ''}{found[4] or ''}}}"),
    (_BARRED, lambda found: f"{found[1]}\\overline{{{re.sub(r'[^0-9]', '', found[2])}}}"),
    (re.compile(r"(?<![\w.,])\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?![\w.,]*\d)"), lambda found: _with_point(found[0], ".")),
    (re.compile(r"(?<![\w.,])\d{1,3}(?:\.\d{3})+,\d{1,2}(?![\d.,])"), lambda found: _with_point(found[0], ".")),
    (
        re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+,\d{1,2}(?![\d.,])"),
        lambda found: _with_point(found[0], " \u00a0\u202f"),
    ),
    (re.compile(r"(?<![\w.,])\d{1,3}(?:['’]\d{3})+(?=\.\d|\D|$)"), lambda found: re.sub(r"['’]", "", found[0])),
    (re.compile(r"(?<=\d)\s*\\(?:mathrm|text)\s*\{\s*~?\s*in\s*\}"), r" \\text{ inch}"),
    (re.compile(r"^(\s*-?\d[\d.,/]*)\s+in\.?\s*$"), r"\1 inch"),
    (re.compile(r"(?<=\()\s*(alpha|beta|gamma|delta|epsilon|theta|lambda|phi|rho|sigma|tau|omega)\s*(?=\))"), r"\\\1 "),
    (re.compile(r"^\s*(\$?)\s*(?:\\(?:approx|simeq)(?![a-z])|≈|≃)"), r"\1"),
)
_DECIMAL_COMMA = re.compile(
    r"(?<![\w.,])(-?\d{1,3}),(\d?[1-9]|\d{3,11}[1-9])(?![\d.,])|(?<![\w.,])(-?\d{4,12}),(\d{1,12})(?![\d.,])"
)
_BY_HUNDREDS = re.compile(r"(?<![\w.,])\d{1,2}(?:,\d{2})+,\d{3}(?![\d,])")


MAX_CHARS = 2_000  # of one answer; a longer one is no answer but a text


def rewritten(text: str) -> str:
    """The text in the usual way of writing; a longer one than any answer stays as it is."""
    if len(text) > MAX_CHARS:
        return text
    for _ in range(4):
        box = _BOX.fullmatch(text)
        if box is None or not is_balanced(box[1]):
            break
        text = box[1]
    if r"\\begin" in text:
        text = text.replace("\\\\", "\\")  # escaped twice, rows and all
    if alone := _OWN_TEXT.fullmatch(text):
        text = f"{alone[1]}{alone[2]}\\overline{{{alone[3]}}}"
    elif goes_on := _GOES_ON.fullmatch(text):
        text = _recurring(goes_on[1], goes_on[2]) or text
    elif members := _SET_OF_ALL.fullmatch(text):
        text = members[2].rstrip("\\ ")
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    text = _SCALE.sub(_scaled, text)
    return r"\cup ".join(_fenced(part) for part in re.split(r"\\cup(?![a-z])|∪", text))


def other_readings(text: str) -> Iterator[str]:
    """The text with a comma read in another way, where there is one: as a decimal point, or as parting hundreds as in India."""
    if len(_DECIMAL_COMMA.findall(text)) == 1 and text.count(",") == 1:
        yield _DECIMAL_COMMA.sub(lambda found: found[0].replace(",", "."), text)
    if _BY_HUNDREDS.search(text):
        yield _BY_HUNDREDS.sub(lambda found: found[0].replace(",", ""), text)


def is_balanced(text: str) -> bool:
    """Whether each brace has its partner."""
    deep = 0
    for letter in text:
        deep += (letter == "{") - (letter == "}")
        if deep < 0:
            return False
    return deep == 0


def _fenced(text: str) -> str:
    """`]1, 2]` as `(1, 2]`; what opens and closes in the usual way stays."""
    found = _TURNED_FENCES.fullmatch(text)
    if found is None or (found[1] == "[" and found[3] == "]"):
        return text
    first, inside, last = found.groups()
    return f"{'(' if first == ']' else '['}{inside}{')' if last == '[' else ']'}"


def _with_point(number: str, parted_by: str) -> str:
    return "".join(letter for letter in number if letter not in parted_by).replace(",", ".")


def _scaled(found: re.Match[str]) -> str:
    """`1.5 million` written out."""
    opened, closed = found[2] or "", found[4] or ""
    if bool(opened) < bool(closed):  # the brace is another one's
        return found[0]
    number = format((Decimal(found[1].replace(",", "")) * _SCALES[found[3].lower()]).normalize(), "f")
    return number + (" " + opened if opened and not closed else "")


def _recurring(whole: str, digits: str) -> str:
    """The period of digits that go on; empty where they have none to be seen: three times a digit, or twice several."""
    for period in range(1, len(digits) // 2 + 1):
        for start in range(min(len(digits) - max(3, 2 * period), 12) + 1):
            tail = digits[start:]
            if all(tail[place] == tail[place % period] for place in range(len(tail))):
                return f"{whole}{digits[:start]}\\overline{{{tail[:period]}}}"
    return ""
