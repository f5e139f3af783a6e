"""Answers to be judged, and models that are asked about them."""

from __future__ import annotations

from typing import Any

from lanewise.core.answer import Content, Finish, ToolCall
from lanewise.core.conversation import Conversation, Text, Tool, Turn
from lanewise.core.protocols.router import Ask, Question, Unanswered
from lanewise.core.protocols.verifier import Candidate, Verifier
from lanewise.core.request import Dialect, Request
from lanewise.core.verdict import Verdict
from walking import at_once


def candidate(
    text: str = "", *, asked: str = "What is 2 + 2?", calls: tuple[ToolCall, ...] = (), refusal: str = "", **more: Any
) -> Candidate:
    """An answer to a question. `schema`, `tools`, `json_mode` go into the conversation, the rest into the candidate."""
    of_conversation = {key: more.pop(key) for key in ("schema", "tools", "json_mode", "system", "turns") if key in more}
    said: dict[str, Any] = {"turns": (Turn(role="user", parts=(Text(text=asked),)),)} | of_conversation
    return Candidate(
        request=Request(
            dialect=Dialect.OPENAI_CHAT,
            body=b"{}",
            model="auto",
            stream=False,
            last_user_text=asked,
            input_chars=len(asked),
        ),
        conversation=Conversation(**said),
        content=Content(text=text, tool_calls=calls, refusal=refusal),
        finish=more.pop("finish", Finish.STOP),
        **more,
    )


def tool(name: str, schema: bytes) -> Tool:
    """A tool that may be called."""
    return Tool(name=name, schema=schema)


def says(*answers: str | Unanswered | None) -> Ask:
    """A model that gives these answers in turn, the last one ever after."""
    left = list(answers)

    async def ask(question: Question) -> str | Unanswered | None:
        return left.pop(0) if len(left) > 1 else left[0]

    return ask


async def nobody(question: Question) -> str | None:
    """Nobody is there to be asked."""
    return None


def verdict(verifier: Verifier, of: Candidate, ask: Ask = nobody) -> Verdict:
    """What a verifier that waits for nothing says."""
    return at_once(verifier.verify(of, ask))
