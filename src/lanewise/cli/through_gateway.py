"""A command's way through the gateway that runs on its store, so that what it changes counts when it returns."""

from __future__ import annotations

import http.client
import ssl
from typing import Any
from urllib.parse import urlsplit

import msgspec

from lanewise.core.errors import LanewiseError
from lanewise.stores.address import Store
from lanewise.stores.control_file import Control, ControlFile

_PATIENCE_S = 30.0


class Refused(LanewiseError):
    """What a running gateway has against a command, in its words."""


class NotThere(LanewiseError):
    """No gateway answers where one said that it would, or another one does."""


class RunningGateway:
    """The admin API of the gateway that runs on a store."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """What it answers; None for 404. Raises Refused, NotThere."""
        connection = self._connection()
        headers = {"Authorization": f"Bearer {self._control.key}", "Content-Type": "application/json"}
        try:
            try:
                connection.connect()
            except OSError as error:
                raise NotThere(f"Nobody answers at {self._control.url}: {error}") from error
            connection.request(method, path, None if body is None else msgspec.json.encode(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Refused(
                f"The gateway that runs on this store does not answer at {self._control.url}: {error}. "
                "Whether it has done this is not known: look first, then ask again"
            ) from error
        finally:
            connection.close()
        if answer.status == 404:
            return None
        if answer.status == 401:
            raise NotThere(f"Another gateway answers at {self._control.url}")
        told = msgspec.json.decode(content)
        if answer.status >= 400:
            raise Refused(told["error"]["message"])
        return told

    def _connection(self) -> http.client.HTTPConnection:
        where = urlsplit(self._control.url)
        assert where.hostname is not None
        if where.scheme == "http":
            return http.client.HTTPConnection(where.hostname, where.port, timeout=_PATIENCE_S)
        context = ssl.create_default_context(cafile=self._control.tls_cert)
        context.check_hostname = False  # it is made out for another name than this machine's own
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is what is trusted
        return http.client.HTTPSConnection(where.hostname, where.port, timeout=_PATIENCE_S, context=context)


def gateway_on(store: Store) -> RunningGateway | None:
    """The gateway that runs on a store and takes commands; None where none does. Raises StoreError."""
    control = ControlFile(store).read()
    if control is None:
        return None
    gateway = RunningGateway(control)
    try:
        gateway.ask("GET", "/admin/policy")
    except NotThere:
        return None
    return gateway
