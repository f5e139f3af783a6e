"""Logs: one JSON object a line for machines, words for people, and never what a person or a key said."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from lanewise.telemetry.logs import configure_logs


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    """Logging is the process's own: what a test sets is put back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_with_secrets() -> None:
    api_key = "sk-in-a-local-variable"
    question = ["what a person asked"]
    raise ValueError(f"{len(api_key)} {len(question)}")


def test_each_event_is_one_json_object_on_one_line() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)

    structlog.get_logger().info("serving", url="http://127.0.0.1:8080", said="two\nlines", lanes=["standard"])

    (line,) = lines(stream)
    assert (line["event"], line["level"], line["said"], line["lanes"]) == (
        "serving",
        "info",
        "two\nlines",
        ["standard"],
    )
    assert line["timestamp"].endswith("Z")


def test_what_libraries_log_comes_in_the_same_form() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)

    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received from %s", "127.0.0.1")

    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("Invalid HTTP request received from 127.0.0.1", "warning")


@pytest.mark.parametrize("stream_of", [io.StringIO, Terminal])
@pytest.mark.parametrize("by", ["structlog", "the standard library"])
def test_a_traceback_shows_lines_of_code_and_no_values(stream_of: type[io.StringIO], by: str) -> None:
    stream = stream_of()
    configure_logs(stream=stream)
    try:
        fail_with_secrets()
    except ValueError:
        if by == "structlog":
            structlog.get_logger().exception("a request failed")
        else:
            logging.getLogger("aiohttp").exception("a request failed")

    said = stream.getvalue()
    assert "fail_with_secrets" in said
    assert "ValueError: 22 1" in said
    assert "what a person asked" not in said
    assert "sk-in-a-local-variable" not in said


def test_an_exception_is_still_one_line() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    try:
        fail_with_secrets()
    except ValueError:
        structlog.get_logger().exception("a request failed", run="run_1")

    (line,) = lines(stream)
    assert (line["event"], line["level"], line["run"]) == ("a request failed", "error", "run_1")
    assert line["exception"].startswith("Traceback")


def test_a_person_at_a_terminal_reads_words() -> None:
    stream = Terminal()
    configure_logs(stream=stream)
    structlog.get_logger().info("draining", in_flight=2)

    said = stream.getvalue()
    assert "draining" in said
    assert not said.startswith("{")


def test_what_is_below_the_level_is_not_said_and_neither_are_the_chatty() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)

    structlog.get_logger().debug("a detail")
    logging.getLogger("uvicorn.access").info("GET /health")
    logging.getLogger("watchfiles.main").info("1 change detected")
    logging.getLogger("alembic.runtime.plugins").info("setup plugin alembic.autogenerate.types")
    assert stream.getvalue() == ""


def test_configuring_again_does_not_say_everything_twice() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs(stream=first)
    configure_logs(stream=second)
    structlog.get_logger().info("serving")
    assert (first.getvalue(), len(lines(second))) == ("", 1)
