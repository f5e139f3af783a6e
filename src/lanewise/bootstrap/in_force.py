"""The policy that a gateway runs on, and how it is replaced: whole, or not at all, and never without a word in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog

from lanewise.bootstrap.policies import load_text, policy_text
from lanewise.config.watch import changes
from lanewise.core.acts import Act, Actor
from lanewise.core.errors import PolicyError, StoreError
from lanewise.core.policy import Policy, ProviderPolicy
from lanewise.operations.audit import Auditor
from lanewise.pipeline.gateway import Gateway
from lanewise.providers.pools import Pools
from lanewise.server.audit_routes import note
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.database import Database

Learn = Callable[[Policy], Awaitable[None]]
"""Told of a policy that is about to be in force. Raises StoreError."""

_log = structlog.get_logger()


class PolicyInForce:
    """The policy a gateway runs on, and how it is replaced: whole, or not at all."""

    def __init__(self, gateway: Gateway, pools: Pools, file: Path | None, *, audit: Auditor, learn: Learn) -> None:
        self.audit = audit
        self._learn = learn
        self.gateway = gateway
        self.pools = pools
        self.file = file
        self._turn = asyncio.Lock()  # a reload that read the file earlier must not put its policy in force later

    async def reload(self, by: Actor) -> str:
        """Read the policy file again and put it in force; its version. Raises PolicyError: then nothing has changed."""
        before = self.gateway.policy
        try:
            version = await self._reload()
        except PolicyError as error:
            mistakes = len(error.message.splitlines())  # their words may quote a secret
            refused = Act(actor=by, name="policy.refused", subject=before.version, detail={"mistakes": mistakes})
            await note(self.audit, refused)
            raise
        detail: dict[str, Any] = {"from": before.version, "to": version}
        gone = sorted(before.tenants.keys() - self.gateway.policy.tenants.keys())
        if gone:
            detail["tenants_gone"] = gone
            _log.warning('tenants are in the policy no more: their keys go on as those of tenants."*"', tenants=gone)
        await note(self.audit, Act(actor=by, name="policy.reload", subject=version, detail=detail))
        return version

    async def _reload(self) -> str:
        if self.file is None:
            raise PolicyError(
                "This gateway runs without a policy file, so there is nothing to reload; start it with --config"
            )
        async with self._turn:
            text, name, _ = await policy_text(self.file)
            policy = load_text(text, file=name).policy
            await self.pools.keep(providers_of(policy))
            try:
                await self._learn(policy)
            except StoreError as error:
                raise PolicyError(f"What its caps count cannot be looked up: {error.message}") from error
            self.gateway.policy = policy
        _log.info("policy in force", version=policy.version, file=name)
        warn_of(policy)
        return policy.version

    async def try_reload(self, by: Actor) -> None:
        """Reload; a file that is wrong is logged, and the policy in force stays."""
        try:
            await self.reload(by)
        except PolicyError as error:
            _log.error("policy refused; the one in force stays", why=error.message, version=self.gateway.policy.version)

    async def follow(self, stop: asyncio.Event) -> None:
        """Reload whenever the file becomes another one."""
        if self.file is not None:
            async for text in changes(self.file, stop=stop):
                if text is None:
                    _log.warning(
                        "the policy file is gone or cannot be read; the policy in force stays, the next start will have none",
                        file=str(self.file),
                        version=self.gateway.policy.version,
                    )
                else:
                    await self.try_reload(Actor(who="file", where=str(self.file)))


async def policy_in_force(
    gateway: Gateway, pools: Pools, file: Path | None, *, database: Database, learn: Learn
) -> PolicyInForce:
    """The policy that the gateway begins with; that it does is the first act of its audit log."""
    audit = Auditor(AuditLog(database, gateway.parts.clock))
    began = Actor(who="start", where="no file" if file is None else str(file))
    await note(audit, Act(actor=began, name="policy.start", subject=gateway.policy.version))
    return PolicyInForce(gateway, pools, file, audit=audit, learn=learn)


def providers_of(policy: Policy) -> set[ProviderPolicy]:
    """Every provider a policy can reach."""
    return {deployment.provider for deployment in policy.deployments.values()}


def warn_of(policy: Policy) -> None:
    """Say in the process's log what the policy doctor has found."""
    for advice in policy.warnings:
        _log.warning("policy", advice=advice)
