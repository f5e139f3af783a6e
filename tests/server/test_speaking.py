from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.errors import NotAllowed
from lanewise.core.request import Caller, Dialect, Request
from lanewise.core.scope import KeyScope
from lanewise.server.speaking import held_to
from lanewise.wire import INBOUND

BODIES: dict[Dialect, dict[str, Any]] = {
    Dialect.OPENAI_CHAT: {"model": "auto", "messages": [{"role": "user", "content": "Hi"}]},
    Dialect.OPENAI_RESPONSES: {"model": "auto", "input": "Hi"},
    Dialect.ANTHROPIC_MESSAGES: {"model": "auto", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]},
}
ANNAS = KeyScope(user="anna", feature="chat")
CALLER = Caller(tenant="acme", key_id="key_anna", scope=ANNAS)


def asked(dialect: Dialect, **more: Any) -> Request:
    return INBOUND[dialect].read_request(msgspec.json.encode({**BODIES[dialect], **more}))


@pytest.mark.parametrize("dialect", BODIES)
def test_a_request_that_names_nobody_is_its_key_s_user_s_and_feature_s(dialect: Dialect) -> None:
    request = asked(dialect)
    held = held_to(request, CALLER, ANNAS)
    assert (held.hints.user, held.hints.feature) == ("anna", "chat")
    assert held.body == request.body


def test_who_names_the_key_s_own_user_is_heard_and_nothing_is_made_anew() -> None:
    request = asked(Dialect.OPENAI_CHAT, user="anna", lanewise={"user": "anna", "feature": "chat"})
    assert held_to(request, CALLER, ANNAS) is request


@pytest.mark.parametrize(
    ("dialect", "more", "param"),
    [
        (Dialect.OPENAI_CHAT, {"lanewise": {"user": "bob"}}, "lanewise.user"),
        (Dialect.OPENAI_CHAT, {"metadata": {"user": "bob"}}, "lanewise.user"),
        (Dialect.OPENAI_CHAT, {"user": "bob"}, "user"),
        (Dialect.OPENAI_CHAT, {"safety_identifier": "bob"}, "safety_identifier"),
        (Dialect.OPENAI_RESPONSES, {"user": "bob"}, "user"),
        (Dialect.ANTHROPIC_MESSAGES, {"metadata": {"user_id": "bob"}}, "metadata.user_id"),
        (
            Dialect.ANTHROPIC_MESSAGES,
            {"lanewise": {"user": "anna"}, "metadata": {"user_id": "bob"}},
            "metadata.user_id",
        ),
        (Dialect.OPENAI_CHAT, {"lanewise": {"feature": "batch"}}, "lanewise.feature"),
    ],
)
def test_nobody_speaks_for_another_in_any_words(dialect: Dialect, more: dict[str, Any], param: str) -> None:
    with pytest.raises(NotAllowed, match="key_anna") as refused:
        held_to(asked(dialect, **more), CALLER, ANNAS)
    assert refused.value.param == param


def test_a_key_of_no_user_speaks_for_whomever_it_names() -> None:
    scope = KeyScope(read_only=True)
    request = asked(Dialect.OPENAI_CHAT, user="bob", lanewise={"user": "carol"})
    assert held_to(request, Caller(tenant="acme", key_id="key_1", scope=scope), scope) is request
