"""What a command imports late is run when it is used, once, and not before."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanewise.cli.late import late

BOOK = """
from pathlib import Path
mark = Path(__file__ + ".run")
mark.write_text(mark.read_text() + "." if mark.exists() else ".")
TITLE = "Emma"
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with one module, which leaves a mark beside itself each time it is run."""
    package = tmp_path / "shelf_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("opened = True\n")
    (package / "book.py").write_text(BOOK)
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


def runs(shelf: Path) -> int:
    mark = shelf / "book.py.run"
    return len(mark.read_text()) if mark.exists() else 0


def test_a_module_is_run_when_something_of_it_is_used(shelf: Path) -> None:
    with late():
        from shelf_of_a_test import book  # type: ignore[import-not-found]
    assert runs(shelf) == 0
    assert (book.TITLE, book.TITLE) == ("Emma", "Emma")
    assert runs(shelf) == 1


def test_it_is_the_module_that_everybody_else_gets(shelf: Path) -> None:
    with late():
        from shelf_of_a_test import book
    assert importlib.import_module("shelf_of_a_test.book") is book
    assert runs(shelf) == 1


def test_a_name_of_a_module_is_the_module_s_use(shelf: Path) -> None:
    with late():
        from shelf_of_a_test.book import TITLE  # type: ignore[import-not-found]
    assert (TITLE, runs(shelf)) == ("Emma", 1)


def test_what_is_not_there_is_told_where_it_is_imported(shelf: Path) -> None:
    with pytest.raises(ImportError), late():
        from shelf_of_a_test import magazine  # noqa: F401 - that it is not there
    assert shelf.is_dir()


def test_afterwards_modules_are_run_at_once_again(shelf: Path) -> None:
    finders = list(sys.meta_path)
    with pytest.raises(KeyError), late():
        raise KeyError
    assert sys.meta_path == finders
    importlib.import_module("shelf_of_a_test.book")
    assert runs(shelf) == 1
