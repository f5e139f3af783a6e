"""What clients of a dialect send beside the body that is meant for the vendor: closed lists, so that nothing else of a caller goes on.

Keys, accounts and a client's own telemetry are not among them: a vendor is asked with the gateway's account, and told nothing of callers.
"""

from __future__ import annotations

from lanewise.core.protocols.dialect import Beside
from lanewise.core.request import Dialect

_OPENAI = Beside(headers=frozenset({b"openai-beta"}))

BESIDE: dict[Dialect, Beside] = {
    Dialect.OPENAI_CHAT: _OPENAI,
    Dialect.OPENAI_RESPONSES: _OPENAI,
    Dialect.ANTHROPIC_MESSAGES: Beside(
        headers=frozenset({b"anthropic-version", b"anthropic-beta"}), query=frozenset({("beta", "true")})
    ),
    Dialect.GEMINI: Beside(headers=frozenset({b"x-goog-api-client"}), query=frozenset({("alt", "sse")})),
}
