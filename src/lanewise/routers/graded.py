"""A request's grade, found out once however many routers ask for it."""

from __future__ import annotations

from collections.abc import Callable
from weakref import ref

from lanewise.core.request import Request
from lanewise.routers.difficulty import Graded, grade

GradeOf = Callable[[Request], Graded]


class GradedOnce:
    """Remembers the request it graded last, for rules, the small model and the heuristic ask about the same one in turn."""

    def __init__(self, grade_of: GradeOf = grade) -> None:
        self._grade_of = grade_of
        self._request: ref[Request] | None = None  # a weak one: its body may be large, and is somebody's
        self._graded: Graded | None = None

    def __call__(self, request: Request) -> Graded:
        """The grade. Asked about another request in between, it grades again."""
        if self._graded is None or self._request is None or self._request() is not request:
            self._graded, self._request = self._grade_of(request), ref(request)
        return self._graded
