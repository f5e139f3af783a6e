"""What a proxy says when it refuses is told without the proxy's own password."""

from __future__ import annotations

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from lanewise.core.failure import FailureKind
from lanewise.providers.socket_failures import failure_of


def test_a_proxy_that_refuses_does_not_have_its_password_told() -> None:
    proxy = URL("http://me:pass-word@127.0.0.1:3128")
    asked = aiohttp.RequestInfo(proxy, "CONNECT", CIMultiDictProxy(CIMultiDict()), proxy)
    error = aiohttp.ClientHttpProxyError(asked, (), status=407, message="Proxy Authentication Required")

    failure = failure_of(error)

    assert failure.kind is FailureKind.UNREACHABLE
    assert "407" in failure.message
    assert "pass-word" not in failure.message
