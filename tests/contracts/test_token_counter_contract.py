"""What every TokenCounter must do. A new implementation adds one line to `COUNTERS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
import pytest_asyncio

from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.counting import TokenCounter
from lanewise.core.request import Dialect, Passed, Request
from lanewise.providers.counting import HttpTokenCounter
from lanewise.providers.pools import Pools
from lanewise.wire import INBOUND
from raw_vendor import Exchange, Script, raw_vendor, unused_port

COUNTERS: dict[str, Callable[[Pools], TokenCounter]] = {HttpTokenCounter.__name__: HttpTokenCounter}
NOBODY = f"http://127.0.0.1:{unused_port()}"
REQUEST = INBOUND[Dialect.ANTHROPIC_MESSAGES].read_request(
    b'{"model":"any","messages":[{"role":"user","content":"Hello"}],"tools":[{"name":"f","input_schema":{}}]}'
)


@pytest_asyncio.fixture(params=COUNTERS)
async def counter(request: pytest.FixtureRequest) -> AsyncIterator[TokenCounter]:
    pools = Pools()
    yield COUNTERS[request.param](pools)
    await pools.close()


def deployment(
    address: str, dialect: Dialect = Dialect.ANTHROPIC_MESSAGES, facts: ModelFacts | None = None
) -> Deployment:
    provider = ProviderPolicy(name="vendor", dialect=dialect, base_url=f"{address}/v1")
    return Deployment(provider=provider, model="model", facts=facts or ModelFacts(cache_markers=True))


def says(body: bytes, status: int = 200) -> Script:
    async def answer(exchange: Exchange) -> None:
        await exchange.whole(body, status)

    return answer


class TestTokenCounter:
    """One run of it per counter."""

    async def test_a_vendor_s_own_count_is_told(self, counter: TokenCounter) -> None:
        async with raw_vendor(says(b'{"input_tokens":671}')) as vendor:
            passed = Passed(headers=(("anthropic-beta", "later-2030"),), query=(("beta", "true"),))
            asked = msgspec.structs.replace(REQUEST, passed=passed)
            assert await counter.count(asked, deployment(vendor.address)) == 671

    async def test_who_cannot_be_asked_says_nothing(self, counter: TokenCounter) -> None:
        for dialect in set(Dialect) - {Dialect.ANTHROPIC_MESSAGES}:
            assert await counter.count(REQUEST, deployment(NOBODY, dialect)) is None

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (400, b'{"type":"error","error":{"type":"invalid_request_error","message":"no"}}', FailureKind.BAD_REQUEST),
            (404, b'{"type":"error","error":{"type":"not_found_error","message":"no"}}', FailureKind.VENDOR_ACCESS),
            (529, b'{"type":"error","error":{"type":"overloaded_error","message":"no"}}', FailureKind.OVERLOADED),
            (200, b'{"tokens":1}', FailureKind.MALFORMED),
        ],
    )
    async def test_what_goes_wrong_is_a_failure(
        self, counter: TokenCounter, status: int, body: bytes, kind: FailureKind
    ) -> None:
        async with raw_vendor(says(body, status)) as vendor:
            counted = await counter.count(REQUEST, deployment(vendor.address))
        assert isinstance(counted, Failure)
        assert counted.kind is kind

    async def test_nobody_there_is_a_failure(self, counter: TokenCounter) -> None:
        counted = await counter.count(REQUEST, deployment(NOBODY))
        assert isinstance(counted, Failure)
        assert counted.kind is FailureKind.UNREACHABLE

    async def test_a_request_that_the_model_cannot_take_is_refused(self, counter: TokenCounter) -> None:
        with pytest.raises(InvalidRequest, match="takes no tools"):
            await counter.count(REQUEST, deployment(NOBODY, facts=ModelFacts(tools=False)))

    def test_an_estimate_is_always_there(self, counter: TokenCounter) -> None:
        longer: Request = msgspec.structs.replace(
            REQUEST, body=REQUEST.body.replace(b"Hello", b"Hello" * 1_000), members=None
        )
        assert 0 < counter.estimate(REQUEST) < counter.estimate(longer)
