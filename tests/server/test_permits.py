from __future__ import annotations

import pytest

from lanewise.core.errors import NotAllowed
from lanewise.core.request import Caller
from lanewise.core.scope import DOORS, KeyScope
from lanewise.server.permits import door_of, permit

DOOR_PATHS = {
    "/v1/chat/completions": "openai_chat",
    "/openai/v1/chat/completions": "openai_chat",
    "/chat/completions": "openai_chat",
    "/v1/responses": "openai_responses",
    "/v1/responses/resp_1": "openai_responses",
    "/v1/responses/resp_1/input_items": "openai_responses",
    "/v1/messages": "anthropic_messages",
    "/v1/messages/count_tokens": "anthropic_messages",
    "/anthropic/v1/messages": "anthropic_messages",
    "/v1beta/models/gemini-3:generateContent": "gemini",
    "/v1beta/models/gemini-3:streamGenerateContent": "gemini",
    "/v1/embeddings": "embeddings",
}


@pytest.mark.parametrize(("path", "door"), DOOR_PATHS.items())
def test_every_way_to_ask_has_its_door(path: str, door: str) -> None:
    assert door_of(path) == door


def test_every_door_is_somewhere_and_reading_needs_none() -> None:
    assert set(DOOR_PATHS.values()) == set(DOORS)
    for path in ("/v1/models", "/v1/models/gpt-5", "/v1beta/models", "/v1/runs/run_1", "/health", "/metrics"):
        assert door_of(path) is None


@pytest.mark.parametrize(
    ("scope", "method", "path", "refused"),
    [
        (KeyScope(user="anna"), "POST", "/v1/messages", None),
        (KeyScope(read_only=True), "GET", "/v1/runs/run_1", None),
        (KeyScope(read_only=True), "POST", "/v1/chat/completions", "key_7 may only read"),
        (KeyScope(read_only=True), "DELETE", "/v1/responses/resp_1", "key_7 may only read"),
        (KeyScope(read_only=True), "POST", "/admin/keys", "key_7 may only read"),
        (KeyScope(doors=("gemini", "embeddings")), "POST", "/v1/embeddings", None),
        (
            KeyScope(doors=("gemini",)),
            "POST",
            "/openai/v1/chat/completions",
            "key_7 is for gemini, and .* is openai_chat",
        ),
        (KeyScope(doors=("openai_chat",)), "GET", "/v1/responses/resp_1", "is openai_responses"),
        (KeyScope(doors=("openai_chat",)), "GET", "/v1/models", None),
    ],
)
def test_a_key_goes_where_its_scope_reaches(scope: KeyScope, method: str, path: str, refused: str | None) -> None:
    caller = Caller(tenant="acme", key_id="key_7", scope=scope)
    http = {"type": "http", "method": method, "path": path}
    if refused is None:
        permit(caller, scope, http)
        return
    with pytest.raises(NotAllowed, match=refused):
        permit(caller, scope, http)
