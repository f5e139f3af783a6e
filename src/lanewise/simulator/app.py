"""The simulator's ASGI application: every vendor at its mount, and the pages beside them (books, log, faults)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lanewise.simulator.anthropic_request import AnthropicReader
from lanewise.simulator.anthropic_response import AnthropicWriter
from lanewise.simulator.books import Books
from lanewise.simulator.embeddings import EmbeddingEndpoint
from lanewise.simulator.exchange import Ask, RejectedError, Reply
from lanewise.simulator.faults import KINDS, FaultBoard, FaultError, read_fault
from lanewise.simulator.gemini_request import GeminiReader
from lanewise.simulator.gemini_response import GeminiWriter
from lanewise.simulator.generation import generate
from lanewise.simulator.model_list import model_listing, model_row
from lanewise.simulator.models import (
    GEMINI_MODELS,
    GEMINI_VENDOR,
    SIMULATED_MODELS,
    SIMULATED_VENDORS,
    SimulatedModel,
    SimulatedVendor,
)
from lanewise.simulator.openai_request import OpenAIReader
from lanewise.simulator.openai_response import OpenAIWriter
from lanewise.simulator.playback import Writer
from lanewise.simulator.prompt_cache import PromptCache
from lanewise.simulator.recorded import RECORDED_VENDOR, Recording
from lanewise.simulator.responses_memory import ResponsesMemory
from lanewise.simulator.responses_request import ResponsesReader
from lanewise.simulator.responses_response import ResponsesWriter
from lanewise.simulator.signatures import Signer
from lanewise.simulator.token_count import CountEndpoint
from lanewise.simulator.vendors import ChatEndpoint, Reader, World, authenticate, response_headers

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatorOptions:
    """How the simulator runs. `time_scale` multiplies every model delay (0: none); faults wait in real seconds.

    `api_keys` are the keys it accepts; none given, any key will do. `run_id` makes its ids unique between runs. With `recorded` there is
    one more vendor, which answers what it recorded.
    """

    seed: int = 0
    time_scale: float = 1.0
    api_keys: frozenset[str] = frozenset()
    most_calls: int = 50_000
    most_log_rows: int = 2_000
    run_id: str = "sim"
    recorded: Recording | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.time_scale <= 100:
            raise ValueError(f"time_scale {self.time_scale} is out of range; write 0 (no delays) to 100")


class Simulator:
    """The vendors and what they remember."""

    def __init__(self, options: SimulatorOptions, clock: Callable[[], float] = time.time) -> None:
        numbers = count(1)
        self.options = options
        self.books = Books(most_calls=options.most_calls, most_log_rows=options.most_log_rows)
        self.faults = FaultBoard(clock, options.seed)
        self._cache = PromptCache(clock)
        self._vendors = (*SIMULATED_VENDORS, GEMINI_VENDOR, *((RECORDED_VENDOR,) if options.recorded else ()))
        self._signer = Signer(options.seed)
        self._memory = ResponsesMemory()
        self._world = World(
            books=self.books,
            faults=self.faults,
            seed=options.seed,
            time_scale=options.time_scale,
            api_keys=options.api_keys,
            clock=clock,
            new_id=lambda: f"{options.run_id}{next(numbers):012d}",
        )

    def asgi(self) -> Starlette:
        """The application."""
        routes: list[BaseRoute] = []
        for vendor in self._vendors:
            routes += self._vendor_routes(vendor)
        routes += [
            Route("/__books__", self._books, methods=["GET", "DELETE"]),
            Route("/__log__", self._log, methods=["GET", "DELETE"]),
            Route("/__faults__", self._faults, methods=["GET", "POST", "PUT", "DELETE"]),
            Route("/__faults__/{fault_id}", self._one_fault, methods=["DELETE"]),
            Route("/", self._about, methods=["GET"]),
        ]
        return Starlette(routes=routes)

    def reset(self) -> None:
        """Forget books, log and cached prompts; faults stay in force."""
        self.books.clear()
        self._cache.clear()
        self._memory.clear()

    def _vendor_routes(self, vendor: SimulatedVendor) -> list[BaseRoute]:
        reader, writer = self._dialect(vendor)
        chat = ChatEndpoint(vendor=vendor, world=self._world, reader=reader, writer=writer, author=self._author(vendor))
        counts: list[BaseRoute] = []
        if isinstance(reader, AnthropicReader):
            count = CountEndpoint(vendor=vendor, world=self._world, reader=reader, writer=writer, count=reader.count)
            counts.append(Route(f"/{vendor.name}/v1/messages/count_tokens", count, methods=["POST"]))
        mount = f"/{vendor.name}"
        if vendor.dialect == "gemini":
            return self._gemini_routes(vendor, chat, writer)
        path = "/v1/messages" if vendor.dialect == "anthropic" else "/v1/chat/completions"
        lost = _lost(vendor, writer)
        vectors = EmbeddingEndpoint(vendor=vendor, world=self._world, reader=reader, writer=writer)
        return [
            *([Route(mount + "/v1/embeddings", vectors, methods=["POST"])] if vendor.dialect == "openai" else []),
            *self._responses_routes(vendor, reader, writer),
            Route(mount + path, chat, methods=["POST"]),
            *counts,
            Route(mount + "/v1/models", self._models(vendor, writer), methods=["GET"]),
            Route(mount + "/v1/models/{model}", self._models(vendor, writer), methods=["GET"]),
            Route(mount + "/{rest:path}", lost, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    def _gemini_routes(self, vendor: SimulatedVendor, chat: ChatEndpoint, writer: Writer) -> list[BaseRoute]:
        mount, models = f"/{vendor.name}", self._models(vendor, writer)
        routes: list[BaseRoute] = []
        for version in ("v1", "v1beta"):  # the SDK asks the first, the documentation writes the second
            routes += [
                Route(f"{mount}/{version}/models/{{call}}", chat, methods=["POST"]),
                Route(f"{mount}/{version}/models", models, methods=["GET"]),
                Route(f"{mount}/{version}/models/{{model}}", models, methods=["GET"]),
            ]
        lost = Route(mount + "/{rest:path}", _lost(vendor, writer), methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        return [*routes, lost]

    def _responses_routes(self, vendor: SimulatedVendor, chat: Reader, writer: Writer) -> list[BaseRoute]:
        """The other API of the vendor that has two."""
        if vendor.name != "simopen" or not isinstance(chat, OpenAIReader) or not isinstance(writer, OpenAIWriter):
            return []
        responses = ChatEndpoint(
            vendor=vendor,
            world=self._world,
            reader=ResponsesReader(chat=chat, memory=self._memory, signer=self._signer),
            writer=ResponsesWriter(chat=writer, memory=self._memory, signer=self._signer, clock=self._world.clock),
            author=self._author(vendor),
            id_prefix="resp_",
        )
        return [Route(f"/{vendor.name}/v1/responses", responses, methods=["POST"])]

    def _dialect(self, vendor: SimulatedVendor) -> tuple[Reader, Writer]:
        if vendor.dialect == "gemini":
            return GeminiReader(vendor=vendor.name, cache=self._cache, signer=self._signer), GeminiWriter(
                signer=self._signer
            )
        if vendor.dialect == "anthropic":
            reader = AnthropicReader(vendor=vendor.name, cache=self._cache, signer=self._signer)
            return reader, AnthropicWriter(signer=self._signer)
        models = {(model.vendor, model.id): model for model in self._models_of(vendor)}
        spoken = OpenAIReader(vendor=vendor.name, cache=self._cache, models=models)
        return spoken, OpenAIWriter(deep=vendor.name == "simdeep")

    def _author(self, vendor: SimulatedVendor) -> Callable[[Ask, int], Reply]:
        recorded = self.options.recorded
        return recorded.reply if recorded and vendor == RECORDED_VENDOR else generate

    def _models_of(self, vendor: SimulatedVendor) -> tuple[SimulatedModel, ...]:
        recorded = self.options.recorded
        if vendor == GEMINI_VENDOR:
            return GEMINI_MODELS
        return recorded.models if recorded and vendor == RECORDED_VENDOR else SIMULATED_MODELS

    def _models(self, vendor: SimulatedVendor, writer: Writer) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            request_id = f"req_{self._world.new_id()}"
            headers = response_headers(vendor, request_id)
            try:
                authenticate(vendor, self.options.api_keys, request.headers)
                name = request.path_params.get("model")
                models = self._models_of(vendor)
                payload = model_listing(vendor, models) if name is None else model_row(vendor, name, models)
            except RejectedError as rejected:
                return _json(writer.error(rejected, request_id), rejected.status, headers)
            return _json(payload, 200, headers)

        return endpoint

    async def _about(self, _request: Request) -> Response:
        vendors = {vendor.name: {"dialect": vendor.dialect, "base_path": vendor.base_path} for vendor in self._vendors}
        return _json({"simulated": True, "vendors": vendors, "pages": ["/__books__", "/__log__", "/__faults__"]})

    async def _books(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.reset()
        return _json(self.books.books_json() | {"seed": self.options.seed})

    async def _log(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.reset()
        return _json(self.books.log_json())

    async def _faults(self, request: Request) -> Response:
        if request.method == "GET":
            return _json({"faults": self.faults.listing(), "kinds": KINDS})
        if request.method == "DELETE":
            return _json({"deleted": self.faults.remove()})
        try:
            given = msgspec.json.decode(await request.body())
            if request.method == "PUT":
                return _json({"ended": self._replace_faults(given)})
            if not isinstance(given, dict):
                raise FaultError("write a JSON object with a kind")
            name = self.faults.add(read_fault(given))
        except (FaultError, msgspec.DecodeError) as error:
            return _json({"error": str(error)}, 400)
        return _json({"id": name}, 201)

    def _replace_faults(self, given: object) -> list[dict[str, Any]]:
        """Put these faults in force and no others; those that ended. Raises FaultError: then nothing has changed."""
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            raise FaultError("write a JSON list of objects with a kind")
        faults = [read_fault(each) for each in given]
        ended = self.faults.listing()
        self.faults.remove()
        for fault in faults:
            self.faults.add(fault)
        return ended

    async def _one_fault(self, request: Request) -> Response:
        deleted = self.faults.remove(request.path_params["fault_id"])
        return _json({"deleted": deleted}, 200 if deleted else 404)


def _lost(vendor: SimulatedVendor, writer: Writer) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        kind = {"anthropic": "not_found_error", "gemini": "NOT_FOUND"}.get(vendor.dialect, "invalid_request_error")
        message = f"Invalid URL ({request.method} {request.url.path.removeprefix('/' + vendor.name)})"
        rejected = RejectedError(404, message, kind=kind)
        return _json(writer.error(rejected, "req_none"), 404, {"x-simulated": "true"})

    return endpoint


def _json(payload: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    data = msgspec.json.encode(payload)
    return Response(
        data, status_code=status, headers={"x-simulated": "true", **(headers or {})}, media_type="application/json"
    )
