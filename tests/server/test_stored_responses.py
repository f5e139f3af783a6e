"""Responses that are kept, at the door: who may read them, and what becomes of it when the store is down."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import BodyTooLarge, InvalidRequest, StoreError, Unavailable, UnknownResponse
from lanewise.core.keeping import KeptResponses
from lanewise.core.policy import ServerLimits
from lanewise.core.protocols.kept import KeptResponse
from lanewise.core.request import Caller, Dialect
from lanewise.server.stored_responses import MOST_NAMED, StoredResponses
from lanewise.wire import RESPONSES_KEPT
from wire.responses_calls import asked

ADA = Caller(tenant="acme", key_id="key_1")
BODY = b'{"id":"resp_1","object":"response","output":[{"type":"message","id":"msg_1","role":"assistant","content":[]}]}'


class Shelf:
    """One shelf of responses, which can be down."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], KeptResponse] = {}
        self.down = False

    def _look(self) -> None:
        if self.down:
            raise StoreError("down")

    async def keep(self, response: KeptResponse) -> None:
        self._look()
        self.kept[response.tenant, response.response_id] = response

    async def line(self, tenant: str, response_id: str) -> tuple[KeptResponse, ...]:
        self._look()
        found = self.kept.get((tenant, response_id))
        return () if found is None else (found,)

    async def holders(self, tenant: str, item_ids: tuple[str, ...]) -> tuple[KeptResponse, ...]:
        self._look()
        return tuple(
            each for (owner, _), each in self.kept.items() if owner == tenant and set(item_ids) & {*each.item_ids}
        )

    async def forget(self, tenant: str, response_id: str) -> bool:
        self._look()
        return self.kept.pop((tenant, response_id), None) is not None


class Ruling:
    """A gateway of which only the policy is asked."""

    def __init__(self, **policy: Any) -> None:
        values: dict[str, Any] = {
            "responses": KeptResponses(),
            "server": ServerLimits(),
            "deployments": {},
            "tenants": {},
        } | policy
        self.policy = type("Policy", (), values)()


def stored(shelf: Shelf, **policy: Any) -> StoredResponses:
    gateway: Any = Ruling(**policy)
    return StoredResponses(store=shelf, words=RESPONSES_KEPT, gateway=gateway, clock=SystemClock())


def answer(dialect: Dialect = Dialect.ANTHROPIC_MESSAGES, deployment: str = "a/b", *, ended_early: bool = False) -> Any:
    generation = type("Generation", (), {"dialect": dialect, "ended_early": ended_early})()
    return type("Answer", (), {"generation": generation, "record": type("Record", (), {"deployment": deployment})()})()


async def test_what_is_kept_is_recalled_for_its_own_tenant_only() -> None:
    shelf = Shelf()
    memory = stored(shelf)
    await memory.keep(asked(lanewise={"user": "ada"}), ADA, answer(), BODY)
    (kept,) = shelf.kept.values()
    assert (kept.user, kept.account, kept.expires_us - kept.created_us) == ("ada", "", 86_400_000_000)

    request = asked(previous_response_id="resp_1", input=[{"type": "item_reference", "id": "msg_1"}])
    recalled = await memory.remind(request, ADA)
    assert recalled.earlier is not None
    assert [item["role"] for item in json.loads(recalled.earlier.items)] == ["user", "assistant"]
    assert recalled.earlier.named.keys() == {"msg_1"}
    with pytest.raises(UnknownResponse):
        await memory.remind(request, msgspec.structs.replace(ADA, tenant="globex"))


async def test_a_request_that_names_nothing_asks_nobody() -> None:
    shelf = Shelf()
    shelf.down = True
    request = asked()
    assert await stored(shelf).remind(request, ADA) is request


@pytest.mark.parametrize(
    ("policy", "members"),
    [({"responses": KeptResponses(keep=False)}, {}), ({}, {"store": False})],
)
async def test_nothing_is_kept_that_is_not_to_be(policy: dict[str, Any], members: dict[str, Any]) -> None:
    shelf = Shelf()
    await stored(shelf, **policy).keep(asked(**members), ADA, answer(), BODY)
    await stored(shelf).keep(asked(), ADA, answer(), b"no response")
    assert not shelf.kept


async def test_a_store_that_is_down_costs_the_memory_and_not_the_answer() -> None:
    shelf = Shelf()
    shelf.down = True
    memory = stored(shelf)
    await memory.keep(asked(), ADA, answer(), BODY)
    for members in ({"previous_response_id": "resp_1"}, {"input": [{"type": "item_reference", "id": "msg_1"}]}):
        with pytest.raises(Unavailable):
            await memory.remind(asked(**members), ADA)


async def test_what_is_too_large_together_is_refused() -> None:
    shelf = Shelf()
    memory = stored(shelf, server=ServerLimits(max_body_bytes=len(BODY)))
    await memory.keep(asked(), ADA, answer(), BODY)
    with pytest.raises(BodyTooLarge, match="was said before"):
        await memory.remind(asked(previous_response_id="resp_1"), ADA)
    references = [{"type": "item_reference", "id": f"msg_{number}"} for number in range(MOST_NAMED + 1)]
    with pytest.raises(InvalidRequest, match="items are named"):
        await memory.remind(asked(input=references), ADA)


async def test_only_a_vendor_of_the_dialect_remembers_it_by_the_same_id() -> None:
    class Provider:
        account = "its account"

    deployments = {"a/b": type("Deployment", (), {"provider": Provider})}
    for dialect, body, account in (
        (Dialect.OPENAI_RESPONSES, BODY, "its account"),
        (Dialect.OPENAI_RESPONSES, BODY[:-1] + b',"store":false}', ""),
        (Dialect.ANTHROPIC_MESSAGES, BODY, ""),
    ):
        shelf = Shelf()
        await stored(shelf, deployments=deployments).keep(asked(), ADA, answer(dialect), body)
        assert shelf.kept["acme", "resp_1"].account == account


async def test_a_vendor_that_was_hung_up_on_remembers_nothing() -> None:
    deployments = {"a/b": type("Deployment", (), {"provider": type("Provider", (), {"account": "its account"})})}
    cut = answer(Dialect.OPENAI_RESPONSES, ended_early=True)
    shelf = Shelf()
    await stored(shelf, deployments=deployments).keep(asked(), ADA, cut, BODY)
    assert shelf.kept["acme", "resp_1"].account == ""


async def test_what_only_its_vendor_can_know_is_sent_on_where_the_policy_says_so() -> None:
    request = asked(previous_response_id="resp_before")
    with pytest.raises(UnknownResponse):
        await stored(Shelf()).remind(request, ADA)

    policy: dict[str, Any] = {"responses": KeptResponses(unknown="send_on"), "tenants": {"acme": ...}}
    sent_on = await stored(Shelf(), **policy).remind(request, ADA)

    assert (sent_on.body, sent_on.earlier) == (request.body, None)
    assert sent_on.has_files  # all that the model can read is reserved for
    for tenants in ({"globex": ...}, {}):  # a key was made for a tenant that the policy does not name
        with pytest.raises(UnknownResponse):
            await stored(Shelf(), **policy | {"tenants": tenants}).remind(request, ADA)
