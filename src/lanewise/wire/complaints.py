"""What is wrong with a request's body, in words for its caller: the parameter, and what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from lanewise.core.errors import InvalidRequest
from lanewise.wire.splice import place_of

T = TypeVar("T")

_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]*)`")

_REMEDY_FOR_OWN_KEY = (
    "write an object with some of: task, user, feature, lane, profile, latency (interactive, can_wait), "
    'risk (low, normal, high), deadline (seconds, or a duration such as "5s" or "2m"), progress (true, false), '
    "expected (the right answer, where you know it), tests (code that tests the answer's code)"
)


class Complaints:
    """One dialect's way to complain; `remedies` says what to write, by a parameter's first name."""

    def __init__(self, remedies: Mapping[str, str]) -> None:
        self._remedies = {"lanewise": _REMEDY_FOR_OWN_KEY, **remedies}

    def read(self, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
        """What a decoder makes of the body. Raises InvalidRequest, naming the parameter and what to write."""
        try:
            return decoder.decode(body)
        except msgspec.ValidationError as error:
            raise self._wrong_type(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidRequest(f"The body is not valid JSON: {place_of(error)}") from error

    def refusal(self, path: str, why: str) -> InvalidRequest:
        """What is wrong with a parameter, and what to write."""
        name = re.split(r"[.\[]", path, maxsplit=1)[0]
        return InvalidRequest(f"`{path}`: {why}; {self._remedies.get(name, 'see the API reference')}", param=path)

    def _wrong_type(self, message: str) -> InvalidRequest:
        place = _PATH.search(message)
        if place is None:
            missing = _MISSING.search(message)
            if missing is None:
                return InvalidRequest(f"The body must be a JSON object: {message}")
            return self.refusal(missing["key"], "it is missing")
        path = place["path"]
        unknown = _UNKNOWN.search(message)
        if unknown is not None:
            return self.refusal(f"{path}.{unknown['key']}", "Lanewise does not know this key")
        return self.refusal(path, message[: place.start()])


def refuse_no_text(body: bytes) -> None:
    """Raise InvalidRequest where the body is not UTF-8, wherever it stands: parts of it are read late, or by others only."""
    if body.isascii():
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"The body is not valid JSON: byte {error.start} is not UTF-8") from error
