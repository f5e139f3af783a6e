"""What may be asked for, as each dialect's SDK lists it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import anthropic
import pytest

from asgi_calls import called, scope
from lanewise.core.bounds import Bound
from lanewise.core.policy import ModelFacts, ModelName, TenantPolicy
from lanewise.core.request import Caller, Dialect
from lanewise.core.scope import KeyScope
from lanewise.server.auth import Door
from lanewise.server.dialects import Dialects
from lanewise.server.models import AnthropicShape, Listed, listed_for, models, one_model
from lanewise.server.reads import ReadEndpoint
from lanewise.wire import INBOUND
from lanewise.wire.beside import BESIDE
from pipeline.runs import TWO, a_walk
from serving import Ring
from walking import lane, policy

DIALECTS = Dialects({Dialect.OPENAI_CHAT: INBOUND[Dialect.OPENAI_CHAT]}, BESIDE)
GATEWAY = a_walk(TWO).gateway  # names: auto, lane:standard, gpt-5, small, large
ALL = ["auto", "lane:standard", "gpt-5", "small", "large"]
ACME = Caller(tenant="acme", key_id="key-1")
KEY = {"authorization": "Bearer lw_acme"}
ANTHROPIC = {"x_api_key": "lw_acme", "anthropic_version": "2023-06-01"}


async def listed(target: str, **headers: str) -> Any:
    endpoint = ReadEndpoint(models(GATEWAY, Door(Ring())), DIALECTS)
    return (await called(endpoint, scope(target, **(headers or KEY)))).json()


async def one(name: str, path: str = "/v1/models/", **headers: str) -> tuple[int, Any]:
    of = scope(path + name, **(headers or KEY))
    of["path_params"] = {"model": name}
    sent = await called(ReadEndpoint(one_model(GATEWAY, Door(Ring())), DIALECTS), of)
    return sent.status, sent.json()


def test_every_name_that_means_something_to_a_tenant_is_listed_once() -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, models={"house-model": ModelName(meaning="auto")})
    names = {"gpt-5": ModelName(meaning="auto"), "small": ModelName(meaning="pin"), "*": ModelName(meaning="pin")}
    of = policy(TWO, lane("reasoning", "beta/large"), tenant=acme, models=names)

    assert {name: each.owner for name, each in listed_for(of, ACME).items()} == {
        "auto": "lanewise",
        "lane:standard": "lanewise",
        "lane:reasoning": "lanewise",
        "house-model": "lanewise",
        "gpt-5": "lanewise",
        "small": "lanewise",
        "large": "beta",
    }
    assert "house-model" not in listed_for(of, Caller(tenant="globex", key_id="key-2"))


def test_only_what_a_key_may_use_is_listed() -> None:
    small_only = Bound(whose="plan 'basic'", lanes=frozenset({"standard"}), deployments=frozenset({"alpha/small"}))
    names = {
        "gpt-5": ModelName(meaning="auto"),
        "gpt-big": ModelName(meaning="lane", lane="reasoning"),
        "large": ModelName(meaning="pin"),
        "*": ModelName(meaning="pin"),
    }
    acme = TenantPolicy(name="acme", daily_cap_nanousd=None, bounds=(small_only,))
    of = policy(TWO, lane("reasoning", "beta/large"), tenant=acme, models=names)
    assert set(listed_for(of, ACME)) == {"auto", "lane:standard", "gpt-5", "small"}

    nothing = Caller(tenant="globex", key_id="key-2", scope=KeyScope(plan="gone"))
    assert listed_for(of, nothing) == {}
    one_lane = Caller(tenant="globex", key_id="key-2", scope=KeyScope(lanes=("reasoning",)))
    assert set(listed_for(of, one_lane)) == {"auto", "lane:reasoning", "gpt-5", "gpt-big", "large"}


async def test_openai_s_shape() -> None:
    told = await listed("/v1/models")
    assert told["object"] == "list"
    assert [each["id"] for each in told["data"]] == ALL
    entry = {"id": "large", "object": "model", "created": 0, "owned_by": "beta"}
    assert entry in told["data"]
    assert await one("large") == (200, entry)
    status, refused = await one("nobody")
    assert (status, refused["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("shutdown", "told"),
    [
        (None, {"lifecycle": "active", "retires_at": None}),
        (dt.date(2027, 4, 1), {"lifecycle": "deprecated", "retires_at": "2027-04-01T00:00:00Z"}),
    ],
)
def test_anthropic_s_sdk_is_told_which_models_are_on_their_way_out(
    shutdown: dt.date | None, told: dict[str, Any]
) -> None:
    entry = AnthropicShape().one(Listed(name="m", owner="v", facts=ModelFacts(shutdown=shutdown)))
    anthropic.types.ModelInfo.model_validate(entry)
    assert entry.items() >= told.items()


async def test_anthropic_s_shape_and_its_pages() -> None:
    told = await listed("/v1/models", **ANTHROPIC)
    assert [each["id"] for each in told["data"]] == ALL
    assert (told["has_more"], told["first_id"], told["last_id"]) == (False, "auto", "large")
    assert told["data"][0].items() >= {"type": "model", "display_name": "auto"}.items()

    first = await listed("/v1/models?limit=2", **ANTHROPIC)
    assert ([each["id"] for each in first["data"]], first["has_more"]) == (ALL[:2], True)
    rest = await listed(f"/v1/models?limit=9&after_id={first['last_id']}", **ANTHROPIC)
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (ALL[2:], False)
    back = await listed("/v1/models?limit=1&before_id=large", **ANTHROPIC)
    assert ([each["id"] for each in back["data"]], back["has_more"]) == (["small"], True)
    assert (await one("small", **ANTHROPIC))[1]["id"] == "small"


@pytest.mark.parametrize("query", ["limit=0", "limit=many", "limit=-1", "limit=999999999999", "after_id=nobody"])
async def test_a_page_that_is_not_there_is_refused_with_the_parameter(query: str) -> None:
    told = await listed(f"/v1/models?{query}", **ANTHROPIC)
    assert query.split("=", maxsplit=1)[0] in told["error"]["message"]


@pytest.mark.parametrize("path", ["/v1beta/models", "/v1/models"])
async def test_gemini_s_shape_and_its_pages(path: str) -> None:
    key = {"x_goog_api_key": "lw_acme"}
    told = await listed(path, **key)
    assert [each["name"] for each in told["models"]] == [f"models/{name}" for name in ALL]
    assert "nextPageToken" not in told
    assert "generateContent" in told["models"][0]["supportedGenerationMethods"]

    first = await listed(f"{path}?pageSize=3", **key)
    rest = await listed(f"{path}?pageSize=3&pageToken={first['nextPageToken']}", **key)
    assert [each["displayName"] for each in first["models"] + rest["models"]] == ALL
    assert (await one("large", path=f"{path}/", **key))[1]["name"] == "models/large"
