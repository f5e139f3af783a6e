from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from lanewise.cli.through_gateway import Refused, RunningGateway, gateway_on
from lanewise.stores.control_file import Control, ControlFile


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers by path, to whoever has the key."""

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer s3cret"
        status, body = {
            "/admin/policy": (200, {"version": "p-1"}),
            "/admin/wrong": (422, {"error": {"message": "`tenant`: write one"}}),
        }.get(self.path, (404, {})) if known else (401, {})  # fmt: skip
        content = msgspec.json.encode(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        return


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_the_gateway_says_is_what_the_command_says(url: str) -> None:
    gateway = RunningGateway(Control(url=url, key="s3cret", process=os.getpid()))
    assert gateway.ask("GET", "/admin/policy") == {"version": "p-1"}
    assert gateway.ask("GET", "/admin/keys/none") is None
    with pytest.raises(Refused, match="`tenant`: write one"):
        gateway.ask("GET", "/admin/wrong")


def test_a_gateway_is_found_by_its_store(url: str, tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    assert gateway_on(store) is None
    ControlFile(store, key="s3cret").write(url)
    assert gateway_on(store) is not None


def test_where_another_gateway_answers_or_nobody_does_the_command_works_by_itself(url: str, tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    ControlFile(store, key="of another start").write(url)
    assert gateway_on(store) is None
    ControlFile(store, key="s3cret").write("http://127.0.0.1:9")
    assert gateway_on(store) is None
