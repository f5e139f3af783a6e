"""Responses that are kept: what of them a later request names, and what they say when they are said again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from lanewise.core.errors import InvalidRequest, UnknownResponse
from lanewise.core.protocols.kept import Answered, KeptResponse, Named, Page
from lanewise.core.request import Earlier, Request
from lanewise.wire.splice import elements, splice


class _Asked(msgspec.Struct, gc=False):
    input: str | list[msgspec.Raw] | None = None
    previous_response_id: str | None = None
    store: bool | None = None


class _Item(msgspec.Struct, gc=False):
    type: Any = None
    id: Any = None
    role: Any = None
    content: msgspec.Raw = msgspec.Raw()


class _Response(msgspec.Struct, gc=False):
    id: str = ""
    object: str = ""
    output: list[msgspec.Raw] = []
    store: bool | None = None


class _Terminal(msgspec.Struct, gc=False):
    response: msgspec.Raw = msgspec.Raw()


_ASKED = msgspec.json.Decoder(_Asked)
_ITEM = msgspec.json.Decoder(_Item)
_RESPONSE = msgspec.json.Decoder(_Response)
_TERMINAL = msgspec.json.Decoder(_Terminal)
_DATA = b"\ndata: "
MOST_OF_A_PAGE = 100


class ResponsesKept:
    """Reads this dialect for whoever keeps its responses."""

    def named(self, request: Request) -> Named:
        """What a request names beside its question."""
        asked = _ASKED.decode(request.body)
        items = asked.input if isinstance(asked.input, list) else []
        references = [_item(raw) for raw in items if b'"item_reference"' in memoryview(raw).tobytes()]
        return Named(
            previous_id=asked.previous_response_id,
            item_ids=tuple(
                item.id for item in references if item.type == "item_reference" and isinstance(item.id, str)
            ),
            keep=asked.store is not False,
        )

    def earlier(self, named: Named, line: tuple[KeptResponse, ...], holders: tuple[KeptResponse, ...]) -> Earlier:
        """What was said before. Raises UnknownResponse where something that is named is not there."""
        if named.previous_id is not None and (not line or line[0].previous_id is not None):
            raise UnknownResponse(
                f"Previous response with id {named.previous_id!r} not found: it is not kept here, or not any more. "
                "Send the conversation's items as `input` instead",
                param="previous_response_id",
            )
        output = ((_item(raw).id, bytes(raw)) for holder in holders for raw in _output(holder))
        known = {item_id: raw for item_id, raw in output if isinstance(item_id, str)}
        for item_id in named.item_ids:
            if item_id not in known:
                raise UnknownResponse(
                    f"Item with id {item_id!r} not found: it is not kept here, or not any more. Send the item itself",
                    param="input",
                )
        accounts = {each.account for each in (*line[-1:], *holders)}
        return Earlier(
            items=_list(item for response in line for item in (*elements(response.asked), *_output(response))),
            named={item_id: known[item_id] for item_id in named.item_ids},
            account=accounts.pop() if len(accounts) == 1 else "",
        )

    def answered(self, request: Request, sent: bytes) -> Answered | None:
        """What to keep of a whole body, or of a stream's terminal event."""
        body = sent if sent.startswith(b"{") else _terminal(sent)
        try:
            told = _RESPONSE.decode(body)
        except msgspec.DecodeError:
            return None
        if told.object != "response" or not told.id:
            return None
        ids = (_item(raw).id for raw in told.output)
        return Answered(
            response_id=told.id,
            body=body,
            asked=_list(_asked_items(request)),
            item_ids=tuple(item_id for item_id in ids if isinstance(item_id, str)),
            kept_by_vendor=told.store is not False,
        )

    def input_items(self, line: tuple[KeptResponse, ...], page: Page) -> bytes:
        """A page of all that the last response was asked. Raises InvalidRequest for an item that is not among it."""
        *before, last = line
        items = [
            (response.response_id, place, item)
            for response in before
            for place, item in enumerate((*elements(response.asked), *_output(response)))
        ]
        items += [(last.response_id, place, item) for place, item in enumerate(elements(last.asked))]
        listed = [_listed(response_id, place, bytes(item)) for response_id, place, item in items]
        if page.newest_first:
            listed.reverse()
        if page.after is not None:
            ids = [item_id for item_id, _ in listed]
            if page.after not in ids:
                raise InvalidRequest(f"`after`: there is no item {page.after!r}", param="after")
            listed = listed[ids.index(page.after) + 1 :]
        shown = listed[: page.limit]
        return msgspec.json.encode(
            {
                "object": "list",
                "data": [msgspec.Raw(item) for _, item in shown],
                "first_id": shown[0][0] if shown else None,
                "last_id": shown[-1][0] if shown else None,
                "has_more": len(listed) > len(shown),
            }
        )


def _asked_items(request: Request) -> list[bytes]:
    """A request's own items, each said and none only named."""
    given = _ASKED.decode(request.body).input
    if given is None:
        return []
    if isinstance(given, str):
        part = {"type": "input_text", "text": given}
        return [msgspec.json.encode({"type": "message", "role": "user", "content": [part]})]
    known = {} if request.earlier is None else request.earlier.named
    found = ((bytes(raw), _item(raw)) for raw in given)
    return [known.get(str(item.id), raw) if item.type == "item_reference" else raw for raw, item in found]


def _listed(response_id: str, place: int, item: bytes) -> tuple[str, bytes]:
    """An item as it is listed: with an id and a type, and its words in parts."""
    told = _item(item)
    item_id = told.id if isinstance(told.id, str) else f"msg_{response_id}_in_{place}"
    edits: dict[str, bytes | None] = {}
    if told.id != item_id:
        edits["id"] = msgspec.json.encode(item_id)
    if not isinstance(told.type, str):
        edits["type"] = b'"message"'
    text = bytes(told.content)
    if text.startswith(b'"'):
        kind = b"output_text" if told.role == "assistant" else b"input_text"
        more = b',"annotations":[]' if told.role == "assistant" else b""
        edits["content"] = b'[{"type":"%b","text":%b%b}]' % (kind, text, more)
    return item_id, splice(item, edits)


def _output(response: KeptResponse) -> list[bytes]:
    return [bytes(raw) for raw in _RESPONSE.decode(response.body).output]


def _item(raw: msgspec.Raw | bytes) -> _Item:
    try:
        return _ITEM.decode(raw)
    except msgspec.ValidationError:
        return _Item()


def _terminal(sent: bytes) -> bytes:
    """The response in the last event of a stream; nothing where it ends with none."""
    at = sent.rfind(_DATA)
    line = sent[at + len(_DATA) :] if at >= 0 else sent.removeprefix(b"data: ")
    try:
        return bytes(_TERMINAL.decode(line.strip()).response)
    except msgspec.DecodeError:
        return b""


def _list(items: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"
