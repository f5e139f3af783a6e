"""Several gateways on one port of one machine: what has to hold for that, and a copy's life."""

from __future__ import annotations

import asyncio
import gc
import sys
from functools import partial

from lanewise.bootstrap.application import ServeOptions, store_of
from lanewise.bootstrap.beside import alone_because
from lanewise.bootstrap.policies import load_text, policy_text
from lanewise.bootstrap.serving import serve
from lanewise.core.errors import LanewiseError, StoreError
from lanewise.server.copies import Copies, Place
from lanewise.server.process import new_event_loop
from lanewise.stores.address import PostgresStore
from lanewise.telemetry.logs import configure_logs


def serve_copies(options: ServeOptions, count: int) -> int:
    """Serve by so many processes until a signal stops them; the exit code. Raises PolicyError, StoreError when they cannot start."""
    configure_logs()
    text, name, _ = asyncio.run(policy_text(options.config))
    loaded = load_text(text, file=name)
    store = store_of(options, loaded)
    if not isinstance(store, PostgresStore):
        raise StoreError(
            f"The store {str(store)!r} is a SQLite file, which one process serves: leave --workers away, or write "
            "`store: postgresql://USER@HOST/DATABASE` into the policy"
        )
    alone = alone_because(loaded.policy, shares_limits=loaded.sharing is not None)
    if alone:
        raise StoreError(f"One process has to serve by this policy: {alone}. Else leave --workers away")
    gc.freeze()  # what is loaded by now is shared by all copies for as long as nobody touches it
    return Copies(count, options.bind.host, options.bind.port, partial(_live, options)).keep()


def _live(options: ServeOptions, place: Place) -> int:
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(serve(options, place))
    except LanewiseError as error:
        sys.stderr.write(f"lanewise: {error.message}\n")
        return 1
    finally:
        sys.stdout.flush()
    return 0
