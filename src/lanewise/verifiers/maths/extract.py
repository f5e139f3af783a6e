"""Finds where a text states its final answer: in a box, after a cue, in its last formula, or as its last number.

Only finds; `shapes` reads. All patterns are linear, and of a long text only the end is looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lanewise.core.said_aloud import said_aloud
from lanewise.verifiers.maths.tokens import CHANGES, CHANGES_ABROAD, FUNCTIONS
from lanewise.verifiers.maths.units import is_unit
from lanewise.verifiers.reading.latex import doubled

MAX_LOOKED_AT_CHARS = 20_000
_MAX_BOXES = 30
Found = Literal["whole", "boxed", "cue", "formula", "number", "sentence"]

_CUE = re.compile(
    r"(?:^|[\s*_(\"'])(?:(?:the\s+|my\s+)?(?:final|correct|right)\s+answer(?!s?\s*:?\s*the)|(?:the\s+)?answer|ans|A|result)"
    r"[\s*_]*(?:is|are|:|=|should\s+be|was|would\s+be)[\s*_:]*"
    r"|(?:^|[\s*_(\"'¿¡])(?:(?:die\s+)?(?:endgültige\s+|richtige\s+)?(?:Antwort|Lösung)[\s*_]*(?:ist|lautet|:)"
    r"|(?:la\s+)?(?:réponse|reponse)(?:\s+(?:finale|correcte))?[\s*_]*(?:est|:)|(?:la\s+)?(?:respuesta|solución)(?:\s+(?:final|correcta))?[\s*_]*(?:es|:)"
    r"|(?:a\s+)?resposta(?:\s+(?:final|correta))?[\s*_]*(?:é|:)|(?:la\s+)?risposta(?:\s+(?:finale|corretta))?[\s*_]*(?:è|:)"
    r"|(?:правильный\s+|верный\s+)?ответ[\s*_]*(?:это|:|-|—)|(?:het\s+)?antwoord[\s*_]*(?:is|:)|odpowiedź[\s*_]*(?:to|:)|الإجابة(?:\s+هي|\s*:))[\s*_:]*"
    r"|(?:答案|答え|答|结果|正解|정답|답)[\s*_]*(?:(?:是|为|為|应为|は|은|는)\s*[:\uff1a]?|[:\uff1a])[\s*_]*",
    re.IGNORECASE,
)
_GSM = re.compile(r"####\s*(.+)")
_STATES = re.compile(
    r"(?<![a-z])(?:is|are|equals|get|gives|be)\s*:?\s+(?=[^a-z]|sqrt|pi|[a-z]\b|all|no)", re.IGNORECASE
)
FORMULA = re.compile(r"\$\$([^$]+)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|\$([^$\n]+)\$", re.DOTALL)
_NUMBER = re.compile(r"-?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+|,\d{1,2}(?![\d,]))?(?:\s*/\s*\d+)?(?:\s?%)?")
_QUALIFIED = re.compile(
    r"(?:n't|\b(?:not|never|instead\s+of|least|most|than|over|under|about|approximately|around|almost|nearly|roughly|between|up\s+to|cannot\s+be|except|from|beyond"
    r"|(?:half|third|quarter|tenth)s?\s+of|twice|thrice|double|triple|minus|negative|plus|times))(?:\s+(?:be|the|a))?\s*$"
    r"|\d\S*\s+(?:and|or|to|nor|in|\d+/?)\s*$|\d\s$|\w\(['\"]?$|\\[a-z]+\s*\{?$"
    r"|\b(?:step|equation|section|figure|table|part|case|example|page|error|no)[.:]?\s*$",
    re.IGNORECASE,
)
_QUALIFIED_ABROAD = re.compile(
    r"(?:\b(?:nicht|kein\w*|mindestens|höchstens|maximal|minimal|etwa|ungefähr|rund|ca|fast|knapp|über|unter|bis|als|zwischen"
    r"|pas|jamais|plus|moins|environ|presque|entre|jusqu'à|não|non|menos|más|mais|casi|quase|quasi|cerca|hasta|até|tra|meno|più|almeno"
    r"|aproximadamente|circa|unos|unas|niet|geen|ongeveer|не|нет|около|примерно|почти|более|менее|больше|меньше|до|от|минимум|максимум)"
    r"(?:\s+(?:de|di|do|da|als|que|che|чем|a|à|al|à\s+peu\s+près))?\s*"
    r"|(?:不|非|没|至少|最多|至多|约|約|大|超过|不到|少于|多于|不足|近|第|几乎|약|최소|최대|ليس|ليست|حوالي|लगभग|करीब)(?:是|为|有|의)?\s*)$",
    re.IGNORECASE,
)
_BOUNDED_ABROAD = re.compile(
    r"\s*[^\W\d_]{0,2}(?:以上|以下|以内|以外|左右|上下|未満|くらい|ほど|ではな|ではあ|じゃな|이상|이하|정도|미만|이\s*아니|नहीं|से\s+(?:अधिक|कम))"
)
"""The same in other languages, before a number and after it."""

_JOINS = "+-*/^=<>√_([{\\,—–−‐‑﹣－≤≥≈≠±~#@"  # noqa: RUF001 - what models write
"""Before a number: it is a part of what stands there."""

_OPEN = re.compile(
    r"\b(?:cannot|can't|unable|undefined|impossible|infinitely|no\s+(?:answer|solution)|not\s+(?:exist|unique)|for\s+example)\b",
    re.IGNORECASE,
)
"""Of a sentence whose last number is no answer."""

_RETRACTED = re.compile(
    r"\b(?:wait[,.!]|no\s+wait|scratch\s+that|correction:|oops|(?:that|this|which|it)(?:'s|\s+is|\s+was)\s+(?:wrong|incorrect|not\s+(?:right|correct))"
    r"|I\s+made\s+an?\s+(?:mistake|error)|what\s+one\s+might\s+think)",
    re.IGNORECASE,
)
"""After an answer: it was not the last word, and what is has no box and no cue of its own."""

_DENIED = re.compile(
    r"(?:\b(?:not|never|cannot|nicht|kein\w*|niet|pas|jamais|не)|\b(?:no|não|non)\s+(?:es|é|è|son|são)|n't|不是|并非)(?:\s+(?:be|equal))?[\s$\\(\[]*$",
    re.IGNORECASE,
)
_BEFORE_BOX = re.compile(r"(?:(?<![-=])[-+−^√]|\d|\\(?:cdot|times|pm|mp|neq?)\s*|\\(?:sqrt|[dt]?frac)\s*\{)$")  # noqa: RUF001 - signs of models
_GOES_ON_AFTER_BOX = re.compile(
    r"[\s$)\]\\]*(?:,|\b(?:or|and)\b)\s*\$?\s*(?:[a-z](?:_\w+)?\s*=\s*)?-?\d+(?:\.\d+)?\s*(?:[.$]|\\\)|$)"
)
_TAGGED = re.compile(
    r"<(?P<tag>answer|final_answer)>((?:(?!</?(?:final_)?answer>).){1,2000})</(?P=tag)>", re.DOTALL | re.IGNORECASE
)
_MARKUP = re.compile(r"</?(?:b|strong|i|em|u|p|code|br)\s*/?>", re.IGNORECASE)
_DISPLAYED = re.compile(r"(\$\$|\\\[)[ \t]*\n[ \t]*([^\n]{1,1000})\n[ \t]*(\$\$|\\\])")
_HEADING = re.compile(r"^[#* \t]*(?:the\s+|my\s+)?(?:final\s+)?answer[*_: \t]*$", re.IGNORECASE | re.MULTILINE)
_GOES_ON = re.compile(r"\.{2}|…|\s*\\(?:l|c)?dots")
_CONNECTING = re.compile(
    r"^(?:and\s+)?(?:thus|so|therefore|hence|then|finally|consequently|we\s+(?:get|have|find))\b[,:]?\s+", re.IGNORECASE
)
_TOUCHES_BOX = re.compile(
    r"\}?\s*(?:\\{1,2}(?:sqrt|frac|pi|cdot|times|pm|mp|div)|[\^_*/+(\d√]|-\s*[\d\\])|\}?-?[A-Za-z](?![A-Za-z'])"
)
_BOLD = re.compile(r"(?<![A-Za-z0-9_)*])\*\*(?=[^\s*])([^*\n]+)\*\*(?![A-Za-z0-9_(*])")
_AFTER_THE_END = re.compile(r"<\|[a-z_]+\|>.*$", re.DOTALL)
_COURTESY = re.compile(r"(?<!\s)\s*I hope (?:it|this) is correct\.?\s*$")
_JOINED = re.compile(
    r"^[\s$,;.\\()\[\]]*(?:\\text\{)?\s*(?:and|or|,|;|\\q?quad)?\s*\}?[\s$,;\\()\[\]]*(?:\\q?quad[\s$]*)?(?:\\text\{\s*(?:and|or)\s*\})?[\s$\\()\[\]]*(?:\\q?quad[\s$]*)?$"
)
_FENCED = re.compile(r"^```(?:json)?\s*\n(\{.*\})\s*\n```$", re.DOTALL)
_ANSWER_NAMES = ("answer", "final_answer", "finalAnswer", "result")
_HEAD = re.compile(r"(?:[A-Za-z](?:_\{?\w+\}?)?|\([a-z, ]+\))\s*=\s*$")


@dataclass(frozen=True, slots=True)
class Final:
    """The words of an answer, and how they were found."""

    text: str
    by: Found


def candidates(text: str) -> Iterator[Final]:
    """Where the final answer may stand, the surest first; who reads takes the first that can be read."""
    text = _end_of(text)
    tagged = _TAGGED.findall(text)
    named = tagged[-1][1] if tagged else _in_json(text)
    if named is not None:
        yield from candidates(named) if named else ()
        return
    text = _DISPLAYED.sub(r"\1 \2 \3", _BOLD.sub(r"\1", _MARKUP.sub("", text)))
    boxed = last_boxes(text)
    if boxed is not None:
        yield from [Final(boxed, "boxed")] if boxed else []
    elif hashed := _GSM.findall(text):
        yield Final(hashed[-1].strip(), "cue")
    elif text:
        yield from _in_prose(text)


def _in_prose(text: str) -> Iterator[Final]:
    """Where an answer stands that has neither box nor mark; nowhere, where it is taken back."""
    cued = _after_cue(text)
    if cued is None:
        return
    for each in cued:
        yield Final(each, "cue")
    if len(text) <= 300:
        whole = ", ".join(line.strip() for line in text.split("\n") if line.strip())
        yield Final(_CONNECTING.sub("", whole), "whole")
    last = _last_sentence(cued[0] if cued else text)
    for start, found in sorted(_stated(last), reverse=True):
        yield Final(found, "formula" if last[start : start + 1] in ("$", "\\") else "sentence")
    numbers = list(_NUMBER.finditer(last)) or list(_NUMBER.finditer(text))
    if numbers and not _is_part_of_formula(numbers[-1]) and not _OPEN.search(last):
        yield Final(numbers[-1].group().strip(), "number")


def _in_json(text: str) -> str | None:
    """The answer of a text that is a JSON object: empty where it names none, or several; None where the text is no object."""
    fenced = _FENCED.match(text)
    source = fenced[1] if fenced else text
    if not source.startswith("{"):
        return None
    try:
        value = json.loads(doubled(source)[0], parse_int=str, parse_float=str, strict=False, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    if not value:
        return None
    found = [held for name, held in value if name in _ANSWER_NAMES] or [value[0][1]] * (len(value) == 1)
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""


def _stated(sentence: str) -> Iterator[tuple[int, str]]:
    """Where the end of a sentence may say the answer: its last formula, what follows its last `is`, or its last `=`."""
    formulas = list(FORMULA.finditer(sentence))
    if formulas:
        yield formulas[-1].start(), next(part for part in formulas[-1].groups() if part)
    verbs = list(_STATES.finditer(sentence))
    denied = verbs and _DENIED.search(sentence[: verbs[-1].start()])
    if verbs and not denied and verbs[-1].end() > (formulas[-1].end() if formulas else 0):
        yield verbs[-1].end(), sentence[verbs[-1].end() :].strip()
    sign = sentence.rfind("=")
    if sign > (formulas[-1].end() if formulas else 0):
        yield sign, sentence[sign + 1 :].strip()


def _is_part_of_formula(number: re.Match[str]) -> bool:
    """Whether it is negated, or only a bound, or a piece of what could not be read: then it is not the answer."""
    ahead = number.string[max(0, number.start() - 40) : number.start()]
    if (
        _QUALIFIED.search(ahead)
        or _QUALIFIED_ABROAD.search(ahead)
        or _BOUNDED_ABROAD.match(number.string, number.end())
    ):
        return True
    before = number.string[: number.start()].rstrip()[-1:]
    after = number.string[number.end() :].lstrip()[:1]
    touching = number.string[number.end() :][:1]
    if _GOES_ON.match(number.string, number.end()):
        return True
    measured = re.match(r"[A-Za-z]{1,12}(?![A-Za-z])", number.string[number.end() : number.end() + 14])
    if measured and is_unit(measured[0]):
        return before in tuple(_JOINS)
    follows = re.match(
        r"\s*(?:in|out\s+of)\s+\d|\s*([^\W\d_]+)", number.string[number.end() : number.end() + 40], re.IGNORECASE
    )
    if follows and (
        follows[1] is None or follows[1].lower() in CHANGES | FUNCTIONS or CHANGES_ABROAD.match(follows[1])
    ):
        return True
    return (
        before in tuple(_JOINS)
        or after in tuple("+-*/^=<>√_([{\\)]},!~@")
        or (touching.isalpha() and touching.isascii())
        or touching.isnumeric()
    )


def last_boxes(text: str) -> str | None:
    r"""What the last `\boxed{...}` holds; several that follow one another are one answer. None where there is no box.

    Empty where it is not the whole answer: denied, taken back, a part of a formula, or one of several.
    """
    boxes: list[tuple[int, int, str]] = []
    for found in [*re.finditer(r"\\f?boxed\s*", text)][-_MAX_BOXES:]:
        inside = _group_at(text, found.end())
        if inside is not None and not (boxes and found.start() < boxes[-1][1]):  # a box in a box is one
            boxes.append((found.start(), found.end() + len(inside) + 2, inside))
    if not boxes:
        return None
    taken = [boxes[-1][2]]
    for earlier, later in zip(reversed(boxes[:-1]), reversed(boxes), strict=False):
        between = text[earlier[1] : later[0]]
        if len(between) > 60 or not _JOINED.match(_HEAD.sub("", between)):
            break
        taken.insert(0, earlier[2])
    rest = text[boxes[-1][1] : boxes[-1][1] + 200]
    if _TOUCHES_BOX.match(rest):  # `\boxed{6}\sqrt{2}` is not 6
        taken[-1] += rest.partition("$")[0].partition("\n")[0]
    elif _GOES_ON_AFTER_BOX.match(rest):
        return ""
    if _is_no_answer(text[max(0, boxes[-1][0] - 60) : boxes[-1][0]], text[boxes[-1][1] :]):
        return ""
    distinct = list(dict.fromkeys(taken))
    return ", ".join(distinct)


def _is_no_answer(before: str, after: str) -> bool:
    """Whether a box is a part of a formula, denied before it, or taken back after it."""
    return bool(_BEFORE_BOX.search(before) or _DENIED.search(before) or _RETRACTED.search(after))


def _group_at(text: str, start: int) -> str | None:
    """What stands between the brace at `start` and its partner; up to the line's end where there is none."""
    if text[start : start + 1] != "{":
        single = re.match(r"\s*([^\s\\{}$])", text[start:])
        return None if single is None else single.group(1)
    deep = 0
    for index in range(start, min(len(text), start + 4_000)):
        if text[index] in "{}" and text[index - 1] != "\\":
            deep += 1 if text[index] == "{" else -1
            if deep == 0:
                return text[start + 1 : index]
    line, ended, _ = text[start + 1 :].partition("\n")
    return line.rstrip("}$ ") if ended or line.endswith(("}", "$", ".")) else None  # else it was cut off


def _end_of(text: str) -> str:
    """The answer without its thinking and without what a model that does not stop writes after it."""
    text = said_aloud(text)[-MAX_LOOKED_AT_CHARS:]
    cut = _COURTESY.sub("", _AFTER_THE_END.sub("", text))
    return (cut if cut.strip() else text).strip()


def _after_cue(text: str) -> list[str] | None:
    """What follows the last cue, up to the end of its line or sentence; None where it is taken back after that."""
    cues = sorted([*_CUE.finditer(text), *_HEADING.finditer(text)], key=lambda found: found.end())
    for cue in reversed(cues):
        rest = text[cue.end() :].lstrip("*_ \t\n\"'")
        line = rest.partition("\n")[0].strip() or rest.strip().partition("\n")[0]
        if not line:
            continue
        if _RETRACTED.search(rest):
            return None
        sentence = re.split(r"(?<=[^.])\.(?=\s|$|\")|\.\s+(?=[A-Z])|。", line, maxsplit=1)[0].strip(" \"'*")
        return [sentence] if sentence == line else [sentence, line]
    return []


def _last_sentence(text: str) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return ""
    parts = [part for part in re.split(r"(?<=[^\d.])\.\s+|(?<=\d)\.\s+(?=[A-Z])|。", lines[-1]) if part.strip()]
    return parts[-1] if parts else lines[-1]
