"""A vendor whose model calls the agent's shell once, to read a file, and then says what was in it.

It speaks the four dialects, streamed only, as agents ask. What it says it can only have from the tool's result: the file's
word is in no prompt. It refuses to go on where an agent asks without end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from clients import turns
from raw_vendor import Exchange

FILE = "kept.txt"
WORD = re.compile(rb"KEPT-[0-9a-f]{16}")
_COMMAND = f"cat {FILE}"
_SHELLS: dict[str, dict[str, Any]] = {
    "Bash": {"command": _COMMAND, "description": "Read the file"},
    "exec_command": {"cmd": _COMMAND},
}
_MOST_REQUESTS = 8
_SPEAKS: dict[str, Callable[[turns.Turn], Iterator[bytes]]] = {
    "/v1/chat/completions": turns.chat,
    "/v1/responses": turns.responses,
    "/v1/messages": turns.messages,
    "/v1beta/models/": turns.gemini,
}


class ShellVendor:
    """What it was asked since `begin`, and how often it handed out a call."""

    def __init__(self) -> None:
        self.requests = 0
        self.calls = 0

    def begin(self) -> None:
        """A new agent comes."""
        self.requests = self.calls = 0

    async def answer(self, exchange: Exchange) -> None:
        """The script of a raw vendor."""
        self.requests += 1
        body = json.loads(exchange.body)
        path = exchange.request_line.split()[1].partition("?")[0]
        speaks = next((speak for begin, speak in _SPEAKS.items() if path.startswith(begin)), None)
        if speaks is None or self.requests > _MOST_REQUESTS:
            await exchange.whole(b'{"error": {"type": "invalid_request_error", "message": "No more."}}', 400)
            return
        await exchange.stream()
        for event in speaks(self._turn(exchange.body, body)):
            await exchange.event(event)
        await exchange.end()

    def _turn(self, raw: bytes, body: dict[str, Any]) -> turns.Turn:
        read = WORD.search(raw)
        if read:
            return turns.Turn(text=answer_of(read.group().decode()))
        shell = next((name for name in _tools(body) if name in _SHELLS), None)
        if shell is None or self.calls:
            return turns.Turn(text="There is nothing that I could read the file with.")
        self.calls += 1
        return turns.Turn(tool=shell, arguments=_SHELLS[shell])


def answer_of(word: str) -> str:
    """What its model says once it has read the file: the shell alone prints no such sentence."""
    return f"The file says {word}."


def _tools(body: dict[str, Any]) -> Iterator[str]:
    for tool in body.get("tools") or ():
        for declared in tool.get("functionDeclarations") or (tool.get("function") or tool,):
            if "name" in declared:
                yield declared["name"]
