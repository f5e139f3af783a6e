"""The tables of answers that are given to similar questions."""

from __future__ import annotations

import sqlalchemy as sa

from lanewise.stores import columns
from lanewise.stores.columns import number, text

metadata = columns.metadata

#: The question of a cached answer, encrypted; `name` is that of the answer, and `place` a digest of its partition.
similar_questions = sa.Table(
    "similar_questions",
    metadata,
    sa.Column("name", sa.LargeBinary, primary_key=True),
    text("tenant"),
    text("run_id"),
    sa.Column("place", sa.LargeBinary, nullable=False),
    text("embedding"),
    number("created_us"),
    number("expires_us"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("similar_questions_by_age", "created_us"),
    sa.Index("similar_questions_by_run", "run_id"),
)

#: What was learned from labelled pairs; an empty tenant: for everyone. `certificate` is JSON, what was learned is encrypted.
similar_thresholds = sa.Table(
    "similar_thresholds",
    metadata,
    sa.Column("threshold_id", sa.Text, primary_key=True),
    text("tenant"),
    number("learned_us"),
    text("certificate"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

#: Answers to similar questions that were asked again. `correct` is empty where nobody could tell.
similar_audits = sa.Table(
    "similar_audits",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),  # that asked again
    text("given_run_id"),
    text("tenant"),
    text("threshold_id"),
    sa.Column("correct", sa.SmallInteger),
    text("told_by"),
    number("at_us"),
    sa.Column("score", sa.Float(53), nullable=False, server_default="0"),  # of the two questions
    sa.Column("pair", sa.LargeBinary),  # a digest of them; nothing of the version before
    sa.Column("share", sa.Float(53), nullable=False, server_default="0"),  # of such answers, that were audited
    sa.Index("similar_audits_by_threshold", "tenant", "threshold_id"),
)

#: Thresholds that a tenant's audits have disproved: off until something else is learned.
similar_ends = sa.Table(
    "similar_ends",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("threshold_id", sa.Text, primary_key=True),
    number("at_us"),
    number("audited"),
    number("wrong"),
)
