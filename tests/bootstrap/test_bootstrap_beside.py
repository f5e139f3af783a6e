"""A gateway beside others on one database: which policies allow it, and that a reload cannot take that back unseen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions, load_text
from lanewise.bootstrap.beside import alone_because, does_for_all, in_company
from lanewise.core.acts import COMMAND_LINE
from lanewise.core.errors import PolicyError, StoreError
from lanewise.stores.address import PostgresStore

LIMITED = POLICY + 'tenants: {"*": {rate: 60/min}}\n'


@pytest.mark.parametrize(
    ("tenants", "whose"),
    [
        ("{}", ""),
        ("{acme: {budget: {monthly: $5}}}", ""),
        ("{acme: {rate: 60/min}}", "acme"),
        ("{acme: {token_rate: 9000/min}}", "acme"),
        ("{acme: {per_key: {concurrency: 2}}}", "acme"),
        ('{acme: {}, "*": {concurrency: 3}}', "acme"),
    ],
)
def test_what_each_gateway_would_allow_whole_keeps_others_away(tenants: str, whose: str) -> None:
    policy = load_text(f"{POLICY}tenants: {tenants}\n", file="lanewise.yaml").policy
    reason = alone_because(policy, shares_limits=False)
    assert (f"of tenant {whose!r} are counted by each gateway" in reason) == bool(whose)
    assert bool(whose) == bool(reason)
    assert ("set `redis`" in reason) == bool(whose)
    assert not alone_because(policy, shares_limits=True)


async def test_a_gateway_on_a_file_has_nobody_beside_it(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        assert application.roll is None
        assert (in_company(application.roll), does_for_all(application.roll)) == (False, True)


async def test_a_policy_that_has_to_be_alone_comes_into_force_when_it_is(
    options: ServeOptions, tmp_path: Path, postgres_store: PostgresStore
) -> None:
    file = tmp_path / "lanewise.yaml"
    file.write_text(POLICY)
    at = replace(options, store=postgres_store)
    async with bootstrap.opened(at) as first:
        async with bootstrap.opened(at):
            before = first.gateway.policy.version
            file.write_text(LIMITED)
            with pytest.raises(PolicyError, match="cannot serve beside it: rates and concurrency"):
                await first.in_force.reload(COMMAND_LINE)
            with pytest.raises(StoreError, match="cannot serve beside it"):
                async with bootstrap.opened(at):
                    pass
            assert first.gateway.policy.version == before
        version = await first.in_force.reload(COMMAND_LINE)
        assert first.gateway.policy.version == version, "alone now, it may"
        file.write_text(POLICY)
        with pytest.raises(StoreError, match="has to serve alone"):
            async with bootstrap.opened(at):
                pass
