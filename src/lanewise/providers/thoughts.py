"""A stream's thinking, in the pieces that its vendor signs."""

from __future__ import annotations

from lanewise.core.answer import Delta, Thought


class Thoughts:
    """Collects thinking; a proof ends the piece that it proves."""

    __slots__ = ("_open", "_pieces", "_proved")

    def __init__(self) -> None:
        self._open: list[str] = []
        self._pieces: list[Thought] = []
        self._proved = False

    def add(self, delta: Delta) -> None:
        """A delta with thinking or a proof in it."""
        if delta.reasoning:
            self._open.append(delta.reasoning)
        if delta.signature and not self._is_said_again(delta.signature):
            self._close(delta.signature)
        if delta.thought is not None:  # told whole, its words once more: what came of them before is in it
            self._open.clear()
            self._pieces.append(delta.thought)
            self._proved = True
        elif delta.redacted:
            self._close()
            self._pieces.append(Thought(encrypted=delta.redacted))
            self._proved = True

    def pieces(self) -> tuple[Thought, ...]:
        """The pieces in order; none where nothing proves any of them."""
        if not self._proved:
            return ()
        rest = (Thought(text="".join(self._open)),) if self._open else ()
        return (*self._pieces, *rest)

    def _is_said_again(self, signature: str) -> bool:
        """Some vendors repeat a proof with every chunk."""
        return not self._open and bool(self._pieces) and self._pieces[-1].signature == signature

    def _close(self, signature: str = "") -> None:
        if self._open or signature:
            self._pieces.append(Thought(text="".join(self._open), signature=signature))
            self._open.clear()
            self._proved = self._proved or bool(signature)
