"""From the text of `lanewise.yaml` to a policy: read (document) → refuse what is not built → shape → references → build.

Every step notes what is wrong and goes on, so that one run names every mistake.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from lanewise.config.advice import Advice
from lanewise.config.build import build_policy, build_providers
from lanewise.config.build_limits import sharing_of
from lanewise.config.doctor import examine
from lanewise.config.document import read_document
from lanewise.config.mistakes import InvalidPolicy
from lanewise.config.not_built import refuse_not_built
from lanewise.config.references import check_references
from lanewise.config.schema import PolicyFile
from lanewise.config.shape import read_shape
from lanewise.config.sources import Sources
from lanewise.config.written_advice import written_advice
from lanewise.core.limiting import Sharing
from lanewise.core.policy import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A policy, and what the file says beside it."""

    policy: Policy
    # The SQLite file or PostgreSQL address that it names; None where it names none.
    store: str | None = field(repr=False)
    spool: str | None  # the folder beside a PostgreSQL store
    sharing: Sharing | None = None  # where processes share their limits
    noticed: tuple[Advice, ...] = ()  # advice on what only the file itself tells


def load(text: str, *, file: str, environment: Mapping[str, str], sources: Sources, today: dt.date) -> Loaded:
    """The policy of a file's text. `file` is its name for messages; nothing is read from disk.

    Raises:
        InvalidPolicy: a PolicyError that names every mistake with file, line, column, key and what to write. No secret is in it.
    """
    document = read_document(text, environment)
    readable = bool(document.data) or not document.mistakes
    shape: PolicyFile | None = None
    if readable:
        refuse_not_built(document)
        shape = read_shape(document)
        check_references(document, sources)
    if document.mistakes or shape is None:
        raise InvalidPolicy(file, document.mistakes)
    providers = build_providers(shape, sources.catalog, environment)
    policy = build_policy(shape, providers, sources, today=today, version=version_of(text))
    noticed = written_advice(document, policy, sources)
    warnings = tuple(advice.text for advice in (*examine(policy, today=today), *noticed))
    return Loaded(
        policy=dataclasses.replace(policy, warnings=warnings),
        store=shape.store,
        spool=shape.spool,
        sharing=sharing_of(shape.redis),
        noticed=noticed,
    )


def version_of(text: str) -> str:
    """A policy's version: the first 12 hexadecimal digits of its text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
