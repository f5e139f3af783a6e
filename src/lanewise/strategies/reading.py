"""What an answer comes to, so that two that say the same count as the same: its final words, without their dress."""

from __future__ import annotations

import re

import msgspec

from lanewise.core.answer import Content

_FINAL = re.compile(
    r"(?:^|\n)[ \t*_#>-]*(?:the[ \t]+)?(?:final[ \t]+)?answer[ \t*_]*(?:is[ \t]*:?|[:=])[ \t*_]*(?P<answer>\S[^\n]*)",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_HASHES = re.compile(r"\n####[ \t]*(\S[^\n]*)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_DRESS = " \t\n.*_`\"'$"


def answer_in(content: Content | None) -> str:
    """The answer's tool calls, its JSON in one way of writing, its final answer where it names one, else all of its words."""
    if content is None:
        return ""
    if content.tool_calls:
        return "; ".join(f"{call.name}({_same_json(call.arguments)})" for call in content.tool_calls)
    text = content.text.strip()
    same = _same_json(text)
    if same != text or text.startswith(("{", "[")):
        return same
    return _bare(_final(text))


def _final(text: str) -> str:
    for pattern in (_BOXED, _HASHES, _FINAL):
        found = pattern.findall(text)
        if found:
            return str(found[-1])
    return text


def _bare(text: str) -> str:
    """Without case, marks and thousands separators; 391.0 and 391 are one number."""
    bare = _THOUSANDS.sub("", " ".join(text.casefold().split())).strip(_DRESS)
    if _NUMBER.fullmatch(bare):
        return f"{float(bare):.12g}" if "." in bare else str(int(bare))
    return bare


def _same_json(text: str) -> str:
    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted").decode() if text[:1] in "{[" else text
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text
