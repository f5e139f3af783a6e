"""The composition root: from options and a policy to a serving gateway. The only room that names concrete plug-ins.

`policies` makes a policy, `application` opens everything it needs, and `serving` runs the process until a signal stops it; `walk` and `web`
are what it opens. What is named here, for guests, is loaded when it is asked for: who only reads a policy needs no web framework and no
database, a second of loading.
"""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanewise.bootstrap.application import ADMIN_KEY_VARIABLE, DEFAULT_STORE, Application, ServeOptions, opened
    from lanewise.bootstrap.policies import (
        DEFAULT_POLICY,
        explained,
        load_text,
        policy_text,
        simulated_rows,
        sources,
    )
    from lanewise.bootstrap.serving import serve

__all__ = [
    "ADMIN_KEY_VARIABLE",
    "DEFAULT_POLICY",
    "DEFAULT_STORE",
    "Application",
    "ServeOptions",
    "explained",
    "load_text",
    "opened",
    "policy_text",
    "serve",
    "simulated_rows",
    "sources",
]

_HOMES = MappingProxyType(
    dict.fromkeys(("ADMIN_KEY_VARIABLE", "DEFAULT_STORE", "Application", "ServeOptions", "opened"), "application")
    | dict.fromkeys(
        ("DEFAULT_POLICY", "explained", "load_text", "policy_text", "simulated_rows", "sources"), "policies"
    )
    | {"serve": "serving"}
)


if not TYPE_CHECKING:  # else every name would be taken for one of these

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
