"""How commands find the gateway that runs on their store: a file beside it, which only its owner can read, names address and key.

Who may read the file may write the store as well, so the key opens no more than there is. It is made anew with every start.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store, beside


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """Where a running gateway takes commands."""

    url: str  # on this machine
    key: str
    process: int  # its id
    tls_cert: str = ""  # the file with its certificate, where it speaks TLS

    def __repr__(self) -> str:
        return f"Control(url={self.url!r})"  # the key is in no log and no traceback


class ControlFile:
    """The file of one store."""

    def __init__(self, store: Store, *, key: str = "") -> None:
        """`key` is the running gateway's own; who only reads needs none."""
        self.key = key
        self.url = ""  # once it is written
        self._store = store.resolve() if isinstance(store, Path) else store  # two names of one file are one store
        self.path = beside(self._store, "control")

    def write(self, url: str, *, tls_cert: str = "") -> None:
        """Say where this process takes commands; whoever reads finds the old words or the new ones, whole. Raises StoreError."""
        control = Control(url=url, key=self.key, process=os.getpid(), tls_cert=tls_cert)
        part = self.path.with_name(f"{self.path.name}.part")
        try:
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(control))
            part.rename(self.path)
            self.url = url
        except OSError as error:
            raise StoreError(
                f"Cannot write {str(self.path)!r}, by which commands find this gateway: {error}"
            ) from error

    def read(self) -> Control | None:
        """Where the gateway is that runs on this store now; None where none does. Raises StoreError."""
        found = (_read(path) for path in self._paths())
        return next((control for control in found if control is not None and _lives(control.process)), None)

    def _paths(self) -> list[Path]:
        """Where gateways of this machine may have said it: of one database several serve."""
        if isinstance(self._store, PostgresStore):
            return sorted(self._store.folder.glob("lanewise-*.control"))
        return [self.path]

    def remove(self) -> None:
        """The gateway takes no more commands."""
        self.path.unlink(missing_ok=True)


def _read(path: Path) -> Control | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Control)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(
            f"Cannot read {str(path)!r}, by which commands find the running gateway: {error}. "
            "Run the command as the user that the gateway runs as"
        ) from error


def _lives(process: int) -> bool:
    """Whether there is such a process: a gateway that was killed leaves its file behind."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
