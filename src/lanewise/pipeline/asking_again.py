"""The words in which a model is asked again, and those in which it may give up."""

from __future__ import annotations

import re

from lanewise.core.answer import Content
from lanewise.core.protocols.strategy import Draw
from lanewise.core.request import Request
from lanewise.core.said_aloud import said_aloud
from lanewise.core.verdict import Verdict
from lanewise.wire.continuing import Words, said_on

MAX_SHOWN_CHARS = 40_000
"""Of a failed answer: beyond that its beginning and its end are shown."""

_MAX_SHOWN_CALLS = 20
_MAX_WHY_CHARS = 2_000
_GIVES_UP = "CANNOT SOLVE"
_MAY_GIVE_UP = f"If it cannot be done as asked, reply with {_GIVES_UP}: and why, and nothing else."
#: A sentence that merely begins so ("Cannot solve this by factoring, so ...") is an answer.
_GIVEN_UP = re.compile(rf"{_GIVES_UP}[*]*[ ]?(?:[:.\n*]|$|[-\u2013\u2014])(.*)", re.IGNORECASE | re.DOTALL)
_NEAR = "It is close. Fix it: change what this asks for, keep everything else, and reply with the whole corrected answer alone."
_FAR = (
    "Try again from the beginning, another way, without building on that answer, and reply with the new answer alone."
)


def asked_on(request: Request, draw: Draw) -> Request:
    """The request as a sample of it is asked for: after its own turns the steps that are there already, and the draw's words."""
    return said_on(request, Words("assistant", draw.built_on), Words("user", draw.words))


def asked_again(request: Request, content: Content, verdict: Verdict) -> Request:
    """The request after its failed answer and why that did not pass: a near miss is to be fixed, a far one to be done anew."""
    how = _NEAR if verdict.repairable else _FAR
    made = dict.fromkeys(
        f"\nYou called {call.name}({_shown(call.arguments)}). It was not run." for call in content.tool_calls
    )
    calls = "".join(list(made)[:_MAX_SHOWN_CALLS])
    told = f"Your answer was checked and did not pass.{calls}\nReason: {verdict.reason}\n{how} {_MAY_GIVE_UP}"
    return said_on(request, Words("assistant", _shown(content.text)), Words("user", told))


def gives_up(content: Content | None) -> str | None:
    """Why the model says that it cannot be done, where its whole answer is that; else None."""
    if content is None or content.tool_calls:
        return None
    found = _GIVEN_UP.match(said_aloud(content.text).lstrip(" \t\r\n*")[:_MAX_WHY_CHARS])
    return None if found is None else found[1].strip(" :.*\n") or "the model gives no reason"


def _shown(text: str) -> str:
    if len(text) <= MAX_SHOWN_CHARS:
        return text
    half = MAX_SHOWN_CHARS // 2
    return f"{text[:half]}\n[...]\n{text[-half:]}"
