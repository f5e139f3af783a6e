"""Learns from a file of labelled pairs when one answer does for two questions, and keeps what could be certified."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

import msgspec

from lanewise.core.acts import COMMAND_LINE, Act
from lanewise.core.clock import Clock
from lanewise.core.errors import LanewiseError
from lanewise.core.ids import Ids
from lanewise.core.plurals import counted
from lanewise.operations.thresholds import Threshold, row_of
from lanewise.similarity.learned import Certified, Labelled, Learned
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.database import Database
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import SimilarRows

_COLUMNS = (("one", "other", "same"), ("text_a", "text_b", "label"))  # ours, and GPTCache's
_TRUE, _FALSE = ("1", "true"), ("0", "false")
_read = msgspec.json.Decoder(Labelled).decode


class NotAPair(LanewiseError):
    """A line that is no labelled pair."""


def labelled_pairs(lines: Iterable[str], *, table: bool) -> list[Labelled]:
    """The pairs of a file: JSON, one in a line, or a table in CSV. Raises NotAPair with the line's number."""
    return list(_of_table(lines) if table else _of_json(lines))


async def keep_learned(
    database: Database, seal: Seal, learned: Learned, *, tenant: str, clock: Clock, ids: Ids
) -> Threshold:
    """Keep what was certified, for one tenant or, where that is empty, for all; gateways follow within a second. Raises StoreError."""
    now_s = clock.now_s()
    threshold = Threshold(
        threshold_id=ids.run_id(now_s).replace("run_", "learned_", 1),
        tenant=tenant,
        learned_us=int(now_s * 1e6),
        learned=learned,
    )
    await SimilarRows(database).learn(row_of(threshold, seal))
    of = learned.certified
    await AuditLog(database, clock).append(
        Act(
            actor=COMMAND_LINE,
            name="similar.learn",
            tenant=tenant,
            subject=threshold.threshold_id,
            detail={"alpha": f"{of.alpha:g}", "confidence": f"{1 - of.delta:g}", "pairs": of.pairs},
        )
    )
    return threshold


def certificate_in_words(of: Certified) -> str:
    """What was certified or seen, on how many pairs, and how far their labels can be trusted."""
    seen = (
        f"of {counted(of.pairs, 'pair')} that the gate did not learn from, {counted(of.hits, 'lies', 'lie')} above "
        f"{'the threshold' if of.threshold is not None else 'the surest threshold'}, {of.wrong:,} of them wrong, "
        f"which bounds the true share at {of.bound:.1%} (Clopper and Pearson, {1 - of.delta:.0%} confidence)"
    )
    noise = (
        f"{of.denied_pairs:,} of {counted(of.alike_pairs, 'pair')} of the same words are labelled as different"
        if of.alike_pairs
        else "no pairs of the same words"
    )
    word = (
        f"Certified: at most {of.alpha:.1%} wrong at {1 - of.delta:.0%} confidence, threshold {of.threshold:.4f}"
        if of.threshold is not None
        else f"Nothing can be certified for at most {of.alpha:.1%} wrong at {1 - of.delta:.0%} confidence"
    )
    return f"{word}: {seen}. Label noise: {noise}. Learned from {of.learned_from:,} other pairs, by {of.embedding}."


def _of_json(lines: Iterable[str]) -> Iterator[Labelled]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _read(line)
            except (msgspec.DecodeError, UnicodeError) as error:
                example = '{"one": "How do I …?", "other": "What is the way to …?", "same": true}'
                raise NotAPair(f"Line {number}: {error}. Write for example {example}") from error


def _of_table(lines: Iterable[str]) -> Iterator[Labelled]:
    rows = csv.DictReader(lines)
    columns = next((each for each in _COLUMNS if set(each) <= set(rows.fieldnames or ())), None)
    if columns is None:
        raise NotAPair("Line 1: write the columns one, other and same")
    one, other, same = columns
    for row in rows:
        label = (row[same] or "").strip().lower()
        if label not in (*_TRUE, *_FALSE) or not row[one] or not row[other]:
            raise NotAPair(
                f"Line {rows.line_num}: write two questions, and 1 or 0 for whether one answer does for both"
            )
        yield Labelled(one=row[one], other=row[other], same=label in _TRUE)
