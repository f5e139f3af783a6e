"""Structured logs on standard output: one JSON object a line where nobody watches, words where a person does."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


def configure_logs(*, stream: TextIO = sys.stdout, level: str = "info") -> None:
    """Route everything, the standard library's loggers included, through structlog to one stream."""
    # Plain tracebacks: the decorated ones print local variables, and those hold keys and people's words.
    for_people = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = for_people if stream.isatty() else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(stream)
    lines.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(level.upper())
    # Their information lines repeat what the gateway says itself, once per request or file change.
    for chatty in ("uvicorn.access", "watchfiles.main", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
