"""Whatever a vendor does wrong, a caller gets a whole answer or the truth, in the official SDK's own words."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import pytest_asyncio

from end_to_end.bare_words import FIRST_WORDS
from end_to_end.stage import (
    ANSWER,
    DEPLOYMENTS,
    Vendors,
    asks,
    bare_lanes,
    ledger,
    policy,
    reload,
    run_of,
    sdk,
    two_vendors,
)
from processes import GatewayProcess, gateway
from raw_vendor import Exchange, raw_vendor

OTHER = {"openai": "anthropic", "anthropic": "openai"}
VENDORS = {dialect: deployment.split("/")[0] for dialect, deployment in DEPLOYMENTS.items()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, what the trace calls it, and what a caller is told where nobody else can answer."""

    name: str
    what: dict[str, Any]
    called: tuple[str, str]  # in a stream, in a whole answer
    status: tuple[int, int]
    retry_after: str | None = None
    asked: int = 2  # calls to the only vendor there is: the first and one retry

    def __str__(self) -> str:
        return self.name


def fault(name: str, called: str, status: int, whole: tuple[str, int] | None = None, **what: Any) -> Fault:
    whole_called, whole_status = whole or (called, status)
    extra = {key: what.pop(key) for key in ("retry_after_told", "asked") if key in what}
    return Fault(
        name=name,
        what=what,
        called=(called, whole_called),
        status=(status, whole_status),
        retry_after=extra.get("retry_after_told"),
        asked=extra.get("asked", 2),
    )


#: Before the first words: `after=0`.
EARLY = (
    fault("429", "rate_limited", 429, kind="status", code=429, retry_after=30, retry_after_told="30", asked=1),
    fault("500", "server_error", 502, kind="status", code=500),
    fault("503", "overloaded", 503, kind="status", code=503, retry_after=40, retry_after_told="40", asked=1),
    fault("529", "overloaded", 503, kind="status", code=529, retry_after_told="1"),
    fault("reset", "connection_lost", 502, kind="reset"),
    fault("cut", "cut_stream", 502, ("malformed", 502), kind="cut", after=0),
    fault("truncate", "connection_lost", 502, kind="truncate", after=0),
    fault("reset_mid", "connection_lost", 502, kind="reset_mid", after=0),
    fault("malformed", "malformed", 502, kind="malformed", after=0),
    fault("error_event", "server_error", 502, kind="error_event", after=0, code=500),
    fault("stall", "idle_timeout", 504, kind="stall", after=0, s=600),
    fault("slow_first_token", "idle_timeout", 504, kind="slow_first_token", s=600),
)
#: After them; a reset and a malformed event have a test of their own, since they may overtake words that were not read yet.
LATE = tuple(
    dataclasses.replace(each, what=each.what | {"after": 3})
    for each in EARLY
    if each.name in ("cut", "truncate", "error_event", "stall")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    (folder / "lanewise.yaml").write_text(own_policy(simulator_url))
    with gateway("--dev", cwd=folder) as process:
        yield process


def own_policy(simulator_url: str, bare_address: str = "http://127.0.0.1:9") -> str:
    lanes = two_vendors(timeout="30s")
    # Only where silence is what goes wrong is it cut short: elsewhere a busy machine must not be mistaken for it.
    lanes |= {f"{name}_brief": {**lane, "idle_timeout": "1s"} for name, lane in lanes.items()}
    bare = bare_lanes(bare_address)
    return policy(simulator_url, **bare | {"lanes": bare["lanes"] | lanes, "limits": {"max_retries": 1}})


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(served.url) as official:
        yield official


def lane(dialect: str, which: str, wrong: Fault) -> str:
    brief = "_brief" if wrong.what["kind"] in ("stall", "slow_first_token") else ""
    return f"lane:{dialect}_{which}{brief}"


@dataclasses.dataclass(kw_only=True)
class Heard:
    """What a caller of the SDK got."""

    text: str = ""
    finish: str | None = None
    headers: Any = None
    error: openai.APIError | None = None
    lanewise: Any = None


async def ask(client: openai.AsyncOpenAI, model: str, *, stream: bool) -> Heard:
    heard = Heard()
    try:
        raw = await client.chat.completions.with_raw_response.create(model=model, messages=asks(), stream=stream)
        heard.headers = raw.headers
        if not stream:
            answer: Any = raw.parse()
            heard.text, heard.finish = answer.choices[0].message.content, answer.choices[0].finish_reason
            heard.lanewise = answer.model_extra["lanewise"]
            return heard
        chunks: Any = raw.parse()
        async for chunk in chunks:
            for choice in chunk.choices:
                heard.text += choice.delta.content or ""
                heard.finish = choice.finish_reason or heard.finish
    except openai.APIError as error:
        heard.error = error
        if isinstance(error, openai.APIStatusError):
            heard.headers = error.response.headers
    return heard


async def healthy_text(client: openai.AsyncOpenAI, dialect: str) -> str:
    """What this vendor says when nothing is wrong: simulated vendors repeat themselves."""
    return (await ask(client, f"lane:{dialect}_only", stream=False)).text


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("dialect", DEPLOYMENTS)
@pytest.mark.parametrize("wrong", EARLY, ids=str)
async def test_another_vendor_answers_whole_and_the_answer_says_so(
    served: GatewayProcess, client: openai.AsyncOpenAI, vendors: Vendors, wrong: Fault, dialect: str, stream: bool
) -> None:
    expected = await healthy_text(client, OTHER[dialect])
    await vendors.fails(vendor=VENDORS[dialect], **wrong.what)

    heard = await ask(client, lane(dialect, "first", wrong), stream=stream)

    assert heard.error is None
    assert ANSWER in heard.text
    assert (heard.text, heard.finish) == (expected, "stop")
    called = wrong.called[0 if stream else 1]
    first, second = DEPLOYMENTS[dialect], DEPLOYMENTS[OTHER[dialect]]
    assert heard.headers["x-lanewise-degraded"] == f"fallback: {called}; from={first}; to={second}"
    if not stream:
        assert heard.lanewise["degraded"] == [{"reason": f"fallback: {called}", "from": first, "to": second}]
    run = await run_of(served.url, heard.headers["x-lanewise-run"])
    assert (run["outcome"], run["degraded"], run["deployment"]) == ("fallback", True, second)
    assert [(call["deployment"], call.get("failure")) for call in run["trace"]["calls"]] == [
        (first, called),
        (second, None),
    ]


@pytest.mark.parametrize("dialect", DEPLOYMENTS)
@pytest.mark.parametrize("wrong", LATE, ids=str)
async def test_a_stream_that_breaks_after_its_first_words_ends_in_an_error(
    served: GatewayProcess, client: openai.AsyncOpenAI, vendors: Vendors, wrong: Fault, dialect: str
) -> None:
    expected = await healthy_text(client, dialect)
    await vendors.begin_anew()
    await vendors.fails(vendor=VENDORS[dialect], **wrong.what)

    heard = await ask(client, lane(dialect, "first", wrong), stream=True)

    assert heard.error is not None, f"a truncated answer passed for whole: {heard.text!r}"
    assert heard.error.code is not None
    assert heard.error.message
    assert expected.startswith(heard.text)
    assert 0 < len(heard.text) < len(expected)
    run = await run_of(served.url, heard.headers["x-lanewise-run"])
    assert (run["outcome"], run["failure"], run["calls"]) == ("failure", wrong.called[0], 1)
    assert run["cost_nanousd"] > 0
    assert len(await vendors.calls()) == 1, "nobody can take over what was begun to be told"


@pytest.mark.parametrize("dialect", DEPLOYMENTS)
@pytest.mark.parametrize(("kind", "called"), [("malformed", "malformed"), ("reset", "connection_lost")])
async def test_what_breaks_once_the_first_words_are_read_ends_in_an_error(
    served: GatewayProcess,
    client: openai.AsyncOpenAI,
    simulator_url: str,
    folder: Path,
    dialect: str,
    *,
    kind: str,
    called: str,
) -> None:
    """The vendor is a bare socket that does its harm only when the caller has read its first words."""
    was_read = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.stream()
        await exchange.event(FIRST_WORDS[dialect])
        await was_read.wait()
        if kind == "reset":
            exchange.reset()
        else:
            await exchange.event(b'data: {"choices": [{"index": 0, "delta"\n\n')
            await exchange.gone()

    async with raw_vendor(script) as vendor:
        (folder / "lanewise.yaml").write_text(own_policy(simulator_url, vendor.address))
        await reload(served.url)
        stream = await client.chat.completions.create(model=f"lane:bare_{dialect}", messages=asks(), stream=True)
        text = ""
        with pytest.raises(openai.APIError) as told:  # noqa: PT012 - the stream raises where it is read
            async for chunk in stream:
                text += chunk.choices[0].delta.content or ""
                if text:
                    was_read.set()

    assert text == "The answer"
    assert told.value.code == called
    (run,) = ledger(folder / "lanewise.db", run_id=stream.response.headers["x-lanewise-run"])
    assert (run["outcome"], run["failure"], run["calls"], run["estimated"]) == ("failure", called, 1, 1)


@pytest.mark.parametrize("dialect", DEPLOYMENTS)
@pytest.mark.parametrize("wrong", EARLY, ids=str)
async def test_where_nobody_else_can_answer_the_caller_is_told_the_truth(
    client: openai.AsyncOpenAI, vendors: Vendors, folder: Path, wrong: Fault, dialect: str
) -> None:
    await vendors.fails(vendor=VENDORS[dialect], **wrong.what)

    model = lane(dialect, "only", wrong)
    both = await asyncio.gather(ask(client, model, stream=True), ask(client, model, stream=False))

    for place, heard in enumerate(both):
        assert isinstance(heard.error, openai.APIStatusError), heard
        assert heard.error.status_code == wrong.status[place]
        assert heard.error.type == ("rate_limit_error" if wrong.status[place] == 429 else "upstream_error")
        assert heard.error.message
        assert heard.headers.get("retry-after") == wrong.retry_after
        (run,) = ledger(folder / "lanewise.db", run_id=heard.headers["x-lanewise-run"])
        assert (run["outcome"], run["failure"]) == ("failure", wrong.called[place])
        assert run["calls"] == wrong.asked
    assert isinstance(both[0].error, openai.RateLimitError) == (wrong.status[0] == 429)
    assert len(await vendors.calls()) == 2 * wrong.asked


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("dialect", DEPLOYMENTS)
async def test_a_retry_heals_unseen(
    served: GatewayProcess, client: openai.AsyncOpenAI, vendors: Vendors, dialect: str, stream: bool
) -> None:
    expected = await healthy_text(client, dialect)
    await vendors.fails(vendor=VENDORS[dialect], kind="status", code=503, times=1)

    heard = await ask(client, f"lane:{dialect}_only", stream=stream)

    assert (heard.text, heard.finish, heard.error) == (expected, "stop", None)
    assert "x-lanewise-degraded" not in heard.headers, "the same model answered"
    run = await run_of(served.url, heard.headers["x-lanewise-run"])
    assert run["outcome"] == "success"
    assert [call.get("reason", "first") for call in run["trace"]["calls"]] == ["first", "retry: overloaded"]


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_when_every_vendor_is_down_the_last_one_is_told(
    client: openai.AsyncOpenAI, vendors: Vendors, stream: bool
) -> None:
    await vendors.fails(kind="status", code=529)

    heard = await ask(client, "lane:openai_first", stream=stream)

    assert isinstance(heard.error, openai.InternalServerError)
    assert (heard.error.status_code, heard.error.code) == (503, "overloaded_error")
    assert heard.headers["retry-after"] == "1"
    assert len(await vendors.calls()) == 3, "each vendor once, and one retry of the last"


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("dialect", DEPLOYMENTS)
async def test_an_empty_answer_is_told_as_it_is(
    client: openai.AsyncOpenAI, vendors: Vendors, dialect: str, stream: bool
) -> None:
    """It is the vendor's own whole answer: neither an error nor ours to fill."""
    await vendors.fails(vendor=VENDORS[dialect], kind="empty")

    heard = await ask(client, f"lane:{dialect}_only", stream=stream)

    assert heard.error is None
    assert (heard.text or "", heard.finish) == ("", "stop")


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("dialect", DEPLOYMENTS)
async def test_an_answer_that_its_limit_cut_says_so(
    client: openai.AsyncOpenAI, vendors: Vendors, dialect: str, stream: bool
) -> None:
    await vendors.fails(vendor=VENDORS[dialect], kind="length")

    heard = await ask(client, f"lane:{dialect}_only", stream=stream)

    assert heard.error is None
    assert heard.text
    assert heard.finish == "length"
