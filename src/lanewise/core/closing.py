"""Where an answer that is still being written may be complete: at the marks that close a result, a JSON value or a block of code.

Looked for while it streams, in each piece once; a mark says that it is worth checking what is there, never that it is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from lanewise.core.final_answer import Mark, final_answer

Closing = Literal["answer", "json", "code"]

_MAX_LINE_CHARS = 4_000  # of a line; what stands further on in it is not looked at
_FENCE = "```"
_SAID: tuple[Mark, ...] = ("hashes", "said")
_JSON_SIGNS = re.compile(r'["\\{}\[\]]')


class ClosingMarks:
    """Follows one answer."""

    def __init__(self, of: frozenset[Closing]) -> None:
        self._json = _JsonValue() if "json" in of else None
        self._answer = "answer" in of
        self._code = "code" in of
        self._line = ""  # the one that is being written
        self._seen = False  # its mark was told already
        self._in_code = False

    def take(self, text: str) -> bool:
        """Whether something has been closed in this piece."""
        closed = self._json is not None and self._json.take(text)
        if self._answer or self._code:
            lines = text.split("\n")
            for place, piece in enumerate(lines):
                self._line += piece[: max(0, _MAX_LINE_CHARS - len(self._line))]
                closed = self._closes(ended=place < len(lines) - 1) or closed
        return closed

    def _closes(self, *, ended: bool) -> bool:
        """Whether the line closes something now; it has come to its end, or goes on."""
        line = self._line.strip()
        found = False
        if not self._seen:
            found = (self._code and self._in_code and line == _FENCE) or (
                self._answer and not self._in_code and _holds_a_result(line, ended=ended)
            )
            self._seen = found
        if ended:
            if line.startswith(_FENCE):
                self._in_code = not self._in_code
            self._line, self._seen = "", False
        return found


def _holds_a_result(line: str, *, ended: bool) -> bool:
    """A box is whole with its last brace; words after "answer:" with their line."""
    if "\\boxed{" in line or "\\fbox{" in line:
        return line.count("{") == line.count("}")
    return ended and final_answer(line, _SAID) is not None


class _JsonValue:
    """A text that is one object or list from its first sign on."""

    def __init__(self) -> None:
        self._begun = False
        self._depth = 0
        self._in_text = self._escaped = False
        self._over = False  # it is closed, or was none

    def take(self, text: str) -> bool:
        if not self._begun and not self._over:
            text = text.lstrip()
            if not text:
                return False
            self._begun, self._over = True, not text.startswith(("{", "["))
        if self._over:
            return False
        for sign in self._signs(text):
            self._depth += 1 if sign in "{[" else -1
            if self._depth <= 0:
                self._over = True
                return True
        return False

    def _signs(self, text: str) -> Iterator[str]:
        """The brackets that do not stand in a text."""
        if self._escaped:  # by the last sign of the piece before
            text, self._escaped = text[1:], False
        at = 0
        while (found := _JSON_SIGNS.search(text, at)) is not None:
            sign, at = found.group(), found.end()
            if sign == '"':
                self._in_text = not self._in_text
            elif sign == "\\":
                self._escaped = at == len(text)
                at += 1
            elif not self._in_text:
                yield sign
