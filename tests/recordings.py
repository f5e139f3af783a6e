"""Recorded vendor traffic, which is never part of the repository: where it is, and how a recording is read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_REPOSITORY = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """`LANEWISE_DATA`, else `shared/data` beside the repository."""
    return Path(os.environ.get("LANEWISE_DATA", _REPOSITORY.parent / "shared" / "data"))


def cassettes() -> Path:
    """The folder of recordings; the test is skipped where it is absent."""
    folder = data_folder() / "cassettes"
    if not folder.is_dir():
        pytest.skip(f"needs recorded traffic in {folder}; set LANEWISE_DATA to the folder that holds `cassettes`")
    return folder


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One recorded exchange, or a response alone. A stream is the exact bytes of its events."""

    name: str
    status: int
    headers: dict[str, str]
    body: bytes
    stream: bool
    request: dict[str, Any] | None
    tags: tuple[str, ...]


def exchanges(api: str) -> Iterator[Exchange]:
    """All recorded exchanges of an API, and the responses that were recorded without their requests."""
    folder = cassettes()
    for path in sorted((folder / api).glob("*.json")):
        told = json.loads(path.read_text())
        yield _exchange(f"{api}/{path.stem}", told["response"], told["request"]["body"], tuple(told["tags"]))
    for path in sorted((folder / "response_only" / api).glob("*.json")):
        yield _exchange(f"response_only/{api}/{path.name}", json.loads(path.read_text()), None, ())


def inbound_requests(path: str) -> Iterator[tuple[str, bytes]]:
    """What real clients sent to a path, by the recording's name."""
    for file in sorted((cassettes() / "inbound").glob("*.json")):
        told = json.loads(file.read_text())
        if path in told["path"]:
            yield file.stem, encoded(told["body"])


def quoted_errors() -> list[dict[str, Any]]:
    """Error shapes that nobody recorded, quoted from public reports."""
    items: list[dict[str, Any]] = json.loads((cassettes() / "errors_quoted.json").read_text())["items"]
    return items


def encoded(value: object) -> bytes:
    """JSON as most clients write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _exchange(name: str, response: dict[str, Any], request: dict[str, Any] | None, tags: tuple[str, ...]) -> Exchange:
    stream = "sse" in response or "sse_data" in response
    if "sse" in response:
        body = response["sse"].encode()
    elif stream:
        body = "".join(f"data: {data}\n\n" for data in response["sse_data"]).encode()
    else:
        body = encoded(response["body"]) if "body" in response else response["text"].encode()
    return Exchange(
        name=name,
        status=response.get("status", 200),
        headers=response.get("headers", {}),
        body=body,
        stream=stream,
        request=request,
        tags=tags,
    )
