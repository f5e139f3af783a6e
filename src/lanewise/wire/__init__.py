"""Vendor dialects and core values, both directions, as pure functions: no sockets, so recorded traffic tests them.

Read `openai_chat.request` for what comes in, `openai_chat.call` for what goes out, `splice` for how bytes are kept.
"""

from __future__ import annotations

from lanewise.core.protocols.dialect import Inbound, Outbound
from lanewise.core.request import Dialect
from lanewise.wire.anthropic import AnthropicMessages
from lanewise.wire.gemini import Gemini
from lanewise.wire.openai_chat import OpenAIChat
from lanewise.wire.openai_embeddings import OpenAIEmbeddings
from lanewise.wire.openai_responses import OpenAIResponses
from lanewise.wire.openai_responses.kept import ResponsesKept

_openai_chat = OpenAIChat()
_openai_responses = OpenAIResponses()
_anthropic = AnthropicMessages()
_gemini = Gemini()

INBOUND: dict[Dialect, Inbound] = {
    Dialect.OPENAI_CHAT: _openai_chat,
    Dialect.OPENAI_RESPONSES: _openai_responses,
    Dialect.ANTHROPIC_MESSAGES: _anthropic,
    Dialect.GEMINI: _gemini,
}
OUTBOUND: dict[Dialect, Outbound] = {
    Dialect.OPENAI_CHAT: _openai_chat,
    Dialect.OPENAI_RESPONSES: _openai_responses,
    Dialect.ANTHROPIC_MESSAGES: _anthropic,
    Dialect.GEMINI: _gemini,
}

#: Responses of the dialect that has some to keep.
RESPONSES_KEPT = ResponsesKept()

#: Vectors of texts, from vendors that speak OpenAI's dialects.
EMBEDDINGS = OpenAIEmbeddings()
