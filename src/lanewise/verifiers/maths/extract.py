"""Finds where a text states its final answer: in a box, after a cue, in its last formula, or as its last number.

Only finds; `shapes` reads. All patterns are linear, and of a long text only the end is looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lanewise.verifiers.maths.tokens import CHANGES
from lanewise.verifiers.reading.latex import doubled

MAX_LOOKED_AT_CHARS = 20_000
_MAX_BOXES = 30
Found = Literal["whole", "boxed", "cue", "formula", "number", "sentence"]

_CUE = re.compile(
    r"(?:^|[\s*_(\"'])(?:(?:the\s+|my\s+)?(?:final|correct|right)\s+answer(?!s?\s*:?\s*the)|(?:the\s+)?answer|ans|A|result)"
    r"[\s*_]*(?:is|are|:|=|should\s+be|was|would\s+be)[\s*_:]*",
    re.IGNORECASE,
)
_GSM = re.compile(r"####\s*(.+)")
_STATES = re.compile(
    r"(?<![a-z])(?:is|are|equals|get|gives|be)\s*:?\s+(?=[^a-z]|sqrt|pi|[a-z]\b|all|no)", re.IGNORECASE
)
FORMULA = re.compile(r"\$\$([^$]+)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|\$([^$\n]+)\$", re.DOTALL)
_NUMBER = re.compile(r"-?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?(?:\s?%)?")
_QUALIFIED = re.compile(
    r"\b(?:not|never|n't|least|most|than|over|under|about|approximately|around|almost|nearly|roughly|between|up\s+to|cannot\s+be|except|from|beyond"
    r"|(?:half|third|quarter|tenth)s?\s+of|twice|thrice|double|triple|minus|negative|plus|times)(?:\s+(?:be|the|a))?\s*$"
    r"|\d\S*\s+(?:and|or|to|nor|\d+/?)\s*$|\d\s$|\w\(['\"]?$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\.{2}|…|\s*\\(?:l|c)?dots")
_CONNECTING = re.compile(
    r"^(?:and\s+)?(?:thus|so|therefore|hence|then|finally|consequently|we\s+(?:get|have|find))\b[,:]?\s+", re.IGNORECASE
)
_TOUCHES_BOX = re.compile(r"\}?\s*(?:\\{1,2}(?:sqrt|frac|pi|cdot|times)|[\^_*/+(\d√]|-\s*[\d\\])")
_BOLD = re.compile(r"(?<![\w)*])\*\*(?=[^\s*])([^*\n]+)\*\*(?![\w(*])")
_THOUGHT = re.compile(r"^.*</(?:think|thinking|reasoning|scratchpad)>", re.DOTALL | re.IGNORECASE)
_AFTER_THE_END = re.compile(r"<\|[a-z_]+\|>.*$", re.DOTALL)
_COURTESY = re.compile(r"\s*I hope (?:it|this) is correct\.?\s*$")
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
    named = _in_json(text)
    if named is not None:
        yield from candidates(named)
        return
    text = _BOLD.sub(r"\1", text)
    boxed = last_boxes(text)
    if boxed is not None:
        yield Final(boxed, "boxed")
        return
    if hashed := _GSM.findall(text):
        yield Final(hashed[-1].strip(), "cue")
        return
    cued = _after_cue(text)
    for each in cued:
        yield Final(each, "cue")
    if len(text) <= 300:
        whole = ", ".join(line.strip() for line in text.split("\n") if line.strip())
        yield Final(_CONNECTING.sub("", whole), "whole")
    last = _last_sentence(cued[0] if cued else text)
    for start, found in sorted(_stated(last), reverse=True):
        yield Final(found, "formula" if last[start : start + 1] in ("$", "\\") else "sentence")
    numbers = list(_NUMBER.finditer(last)) or list(_NUMBER.finditer(text))
    if numbers and not _is_part_of_formula(numbers[-1]):
        yield Final(numbers[-1].group().strip(), "number")


def _in_json(text: str) -> str | None:
    """The answer that a JSON object names, where the text is one; None where it is none, or names nothing that is text or number."""
    fenced = _FENCED.match(text)
    source = fenced[1] if fenced else text
    if not source.startswith("{"):
        return None
    try:
        value = json.loads(doubled(source)[0], parse_int=str, parse_float=str, strict=False)
    except (ValueError, RecursionError):
        return None
    found = [value[name] for name in _ANSWER_NAMES if name in value]
    return found[0] if len(found) == 1 and isinstance(found[0], str) and found[0].strip() else None


def _stated(sentence: str) -> Iterator[tuple[int, str]]:
    """Where the end of a sentence may say the answer: its last formula, what follows its last `is`, or its last `=`."""
    formulas = list(FORMULA.finditer(sentence))
    if formulas:
        yield formulas[-1].start(), next(part for part in formulas[-1].groups() if part)
    verbs = list(_STATES.finditer(sentence))
    if verbs and verbs[-1].end() > (formulas[-1].end() if formulas else 0):
        yield verbs[-1].end(), sentence[verbs[-1].end() :].strip()
    sign = sentence.rfind("=")
    if sign > (formulas[-1].end() if formulas else 0):
        yield sign, sentence[sign + 1 :].strip()


def _is_part_of_formula(number: re.Match[str]) -> bool:
    """Whether it is negated, or only a bound, or a piece of what could not be read: then it is not the answer."""
    if _QUALIFIED.search(number.string[max(0, number.start() - 40) : number.start()]):
        return True
    before = number.string[: number.start()].rstrip()[-1:]
    after = number.string[number.end() :].lstrip()[:1]
    if _GOES_ON.match(number.string, number.end()):
        return True
    follows = re.match(
        r"\s*(?:in|out\s+of)\s+\d|\s+([a-z]+)", number.string[number.end() : number.end() + 40], re.IGNORECASE
    )
    if follows and (follows[1] is None or follows[1].lower() in CHANGES):
        return True
    return (
        before in tuple("+-*/^=<>√_([{\\,")
        or after in tuple("+-*/^=<>√_([{\\)]},!")
        or number.string[number.end() :][:1].isalpha()
    )


def last_boxes(text: str) -> str | None:
    r"""What the last `\boxed{...}` holds; several that follow one another are one answer. None where there is no box."""
    boxes: list[tuple[int, int, str]] = []
    for found in [*re.finditer(r"\\f?boxed\s*", text)][-_MAX_BOXES:]:
        inside = _group_at(text, found.end())
        if inside is not None:
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
    distinct = list(dict.fromkeys(taken))
    return ", ".join(distinct)


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
    return text[start + 1 :].partition("\n")[0].rstrip("}$ ")


def _end_of(text: str) -> str:
    """The answer without its thinking and without what a model that does not stop writes after it."""
    text = text[-MAX_LOOKED_AT_CHARS:]
    thought = _THOUGHT.sub("", text)
    text = thought if thought.strip() else text
    cut = _COURTESY.sub("", _AFTER_THE_END.sub("", text))
    return (cut if cut.strip() else text).strip()


def _after_cue(text: str) -> list[str]:
    """What follows the last cue, up to the end of its line or sentence."""
    cues = list(_CUE.finditer(text))
    for cue in reversed(cues):
        rest = text[cue.end() :].lstrip("*_ \t\n\"'")
        line = rest.partition("\n")[0].strip() or rest.strip().partition("\n")[0]
        if not line:
            continue
        sentence = re.split(r"(?<=[^.])\.(?=\s|$|\")|\.\s+(?=[A-Z])", line, maxsplit=1)[0].strip(" \"'*")
        return [sentence] if sentence == line else [sentence, line]
    return []


def _last_sentence(text: str) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return ""
    parts = [part for part in re.split(r"(?<=[^\d.])\.\s+|(?<=\d)\.\s+(?=[A-Z])", lines[-1]) if part.strip()]
    return parts[-1] if parts else lines[-1]
