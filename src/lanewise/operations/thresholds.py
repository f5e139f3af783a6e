"""What was learned of similar questions, and what audits have told of it: which threshold is in force for whom."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import structlog

from lanewise.core.similar import Semantic, SimilarStanding
from lanewise.similarity.learned import Certified, Learned, OtherRules, Words, restored
from lanewise.similarity.refit import AuditedPair, is_due, refit
from lanewise.similarity.watch import Watch
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import AuditRow, SimilarRows, ThresholdRow, Told

_read_certificate = msgspec.json.Decoder(Certified).decode
_read_words = msgspec.msgpack.Decoder(Words).decode
_write_words = msgspec.msgpack.Encoder().encode
_NOTHING_TOLD = Told()
_NEAR = 1e-9  # shares that are written alike are alike
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """Something that was learned, as it is in the store."""

    threshold_id: str
    tenant: str  # empty: for everyone
    learned_us: int
    learned: Learned


def row_of(threshold: Threshold, seal: Seal) -> ThresholdRow:
    """As it is kept."""
    words = _write_words(threshold.learned.words)
    return ThresholdRow(
        threshold_id=threshold.threshold_id,
        tenant=threshold.tenant,
        learned_us=threshold.learned_us,
        certificate=msgspec.json.encode(threshold.learned.certified).decode(),
        sealed=seal.close(words, threshold.threshold_id.encode()),
    )


class Thresholds:
    """Those of one store."""

    def __init__(self, rows: SimilarRows, seal: Seal) -> None:
        self._rows = rows
        self._seal = seal
        self._revision = -1
        self._learned: dict[str, Threshold] = {}  # by id, the oldest first
        self._told: dict[tuple[str, str], Told] = {}
        self._chosen: dict[tuple[str, Semantic], Threshold | None] = {}

    async def follow(self, revision: int) -> None:
        """Read everything again where the store's count of changes is another one. Raises StoreError."""
        if revision == self._revision:
            return
        known = await self._rows.known()
        before, self._learned = self._learned, {}
        for row in known.thresholds:
            threshold = before.get(row.threshold_id) or self._read(row)
            if threshold is not None:
                self._learned[row.threshold_id] = threshold
        self._told, self._revision = known.told, revision
        self._chosen.clear()

    def of(self, tenant: str, semantic: Semantic) -> Threshold | None:
        """The latest that does for this wish, ended or not: the tenant's own before everyone's, and what its audits made of that."""
        try:
            return self._chosen[tenant, semantic]
        except KeyError:
            pass
        fitting = [each for each in self._learned.values() if _fits(each, tenant, semantic)]
        learned = [each for each in fitting if not each.learned.certified.refit_of]
        chosen = next(reversed([each for each in learned if each.tenant] or learned), None)
        for each in fitting:
            if chosen is not None and each.tenant and each.learned.certified.refit_of == chosen.threshold_id:
                chosen = each
        if len(self._chosen) > 10_000:
            self._chosen.clear()
        self._chosen[tenant, semantic] = chosen
        return chosen

    def audited_tenants(self) -> set[str]:
        """Those that any audit has told of."""
        return {tenant for tenant, _ in self._told}

    def in_force(self, tenant: str, semantic: Semantic) -> Threshold | None:
        """The same, where no audits have ended it in this tenant."""
        found = self.of(tenant, semantic)
        if found is None or self._of(tenant, found).ended_us is not None:
            return None
        return found

    def on_trial(self, tenant: str, semantic: Semantic) -> Threshold | None:
        """The one that audits have ended in this tenant, where they are to go on."""
        found = self.of(tenant, semantic) if semantic.audit_share else None
        return None if found is None or self._of(tenant, found).ended_us is None else found

    async def refit(self, row: AuditRow) -> Threshold | None:
        """Fit the bound that audits have ended in a tenant anew, where they are enough by now. Raises StoreError."""
        threshold = self._learned.get(row.threshold_id)
        told = self._told.get((row.tenant, row.threshold_id), _NOTHING_TOLD)
        due = told.ended_us is not None and is_due(told.right + told.wrong)
        if threshold is None or not due or self._is_refitted(row):
            return None
        rows = await self._rows.audits_of(row.tenant, row.threshold_id)
        audits = [AuditedPair(pair, score, bool(right), share) for pair, score, right, share in rows]
        certified = refit(threshold.learned.certified, audits, threshold_id=row.threshold_id)
        if certified is None:
            return None
        fitted = Threshold(
            threshold_id=f"refitted_{row.run_id}",
            tenant=row.tenant,
            learned_us=row.at_us,
            learned=replace(threshold.learned, certified=certified),
        )
        await self._rows.learn(row_of(fitted, self._seal))
        self._learned[fitted.threshold_id] = fitted
        self._chosen.clear()
        return fitted

    def _is_refitted(self, row: AuditRow) -> bool:
        return any(
            each.learned.certified.refit_of == row.threshold_id and each.tenant == row.tenant
            for each in self._learned.values()
        )

    def watch(self, tenant: str, threshold: Threshold) -> Watch:
        """What this tenant's audits of it come to."""
        return _watch(threshold.learned.certified, self._of(tenant, threshold))

    async def audited(self, row: AuditRow) -> SimilarStanding | None:
        """Keep an audit; how the threshold stands where this has ended it. Raises StoreError."""
        told = await self._rows.audit(row)
        self._told[row.tenant, row.threshold_id] = told
        threshold = self._learned.get(row.threshold_id)
        if threshold is None or told.ended_us is not None or not _watch(threshold.learned.certified, told).broken:
            return None
        if not await self._rows.end(row.tenant, row.threshold_id, told, row.at_us):
            return None  # another process has ended it, and told so
        self._told[row.tenant, row.threshold_id] = told = msgspec.structs.replace(told, ended_us=row.at_us)
        return _standing(row.tenant, threshold, told)

    def standing(self, tenant: str, semantic: Semantic) -> SimilarStanding | None:
        """How what was learned for a wish stands; None where nothing was."""
        found = self.of(tenant, semantic)
        return None if found is None else _standing(tenant, found, self._of(tenant, found))

    def _of(self, tenant: str, threshold: Threshold) -> Told:
        return self._told.get((tenant, threshold.threshold_id), _NOTHING_TOLD)

    def _read(self, row: ThresholdRow) -> Threshold | None:
        """What cannot be read was sealed with another key, or by another version: it is as if it were not there."""
        words = self._seal.open(row.sealed, row.threshold_id.encode())
        if words is None:
            _log.warning(
                "a learned threshold cannot be read: it is sealed with another key", threshold=row.threshold_id
            )
            return None
        try:
            learned = restored(_read_certificate(row.certificate), _read_words(words))
        except (msgspec.MsgspecError, OtherRules):
            _log.warning("a learned threshold cannot be read: learn it again", threshold=row.threshold_id)
            return None
        return Threshold(threshold_id=row.threshold_id, tenant=row.tenant, learned_us=row.learned_us, learned=learned)


def _fits(each: Threshold, tenant: str, semantic: Semantic) -> bool:
    of = each.learned.certified
    return (
        each.tenant in ("", tenant)
        and of.threshold is not None
        and of.embedding == semantic.embedding
        and of.alpha <= semantic.alpha + _NEAR
        and 1.0 - of.delta >= semantic.confidence - _NEAR
    )


def _standing(tenant: str, threshold: Threshold, told: Told) -> SimilarStanding:
    certified = threshold.learned.certified
    return standing_of(tenant, threshold.threshold_id, learned_us=threshold.learned_us, of=certified, told=told)


def _watch(of: Certified, told: Told) -> Watch:
    return Watch(alpha=of.alpha, delta=of.delta, audited=told.right + told.wrong, wrong=told.wrong)


def standing_of(tenant: str, threshold_id: str, *, learned_us: int, of: Certified, told: Told) -> SimilarStanding:
    """How a threshold stands in a tenant."""
    share, low, high = _watch(of, told).interval
    return SimilarStanding(
        tenant=tenant,
        embedding=of.embedding,
        alpha=of.alpha,
        confidence=round(1.0 - of.delta, 6),
        threshold_id=threshold_id,
        learned_us=learned_us,
        on=told.ended_us is None,
        ended_us=told.ended_us,
        pairs=of.pairs,
        hits=of.hits,
        wrong_hits=of.wrong,
        bound=of.bound,
        alike_pairs=of.alike_pairs,
        denied_pairs=of.denied_pairs,
        audited=told.right + told.wrong,
        wrong=told.wrong,
        unknown=told.unknown,
        share=share,
        low=low,
        high=high,
    )
