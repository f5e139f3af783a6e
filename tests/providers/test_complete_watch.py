"""A stream goes no further once its answer is verified; until then, and where it is not, it passes as it came."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Content, Delta, Finish, Meter, ToolCallDelta
from lanewise.core.clock import SystemClock
from lanewise.core.protocols.provider import Completion
from lanewise.providers.complete_watch import MOST_CHECKS, AnswerComplete, CompleteWatch
from lanewise.providers.gathered import Gathered


class Scene:
    """A stream, who sees it, and who is asked whether it is complete."""

    def __init__(self, right: str = "391") -> None:
        self._gathered = Gathered(Meter(), SystemClock())
        self._right = right
        self.seen: list[Delta] = []
        self.asked: list[str] = []
        self._watch = CompleteWatch(
            self._see, self._gathered, Completion(closings=frozenset({"answer"}), is_verified=self._is)
        )

    async def _see(self, deltas: list[Delta]) -> None:
        self.seen += deltas

    async def _is(self, content: Content) -> bool:
        self.asked.append(content.text)
        return f"{{{self._right}}}" in content.text

    async def says(self, *deltas: Delta) -> None:
        self._gathered.add(list(deltas))
        await self._watch.relay(list(deltas))


async def test_it_ends_with_the_piece_that_made_it_complete_which_is_shown() -> None:
    scene = Scene()
    await scene.says(Delta(text="So \\boxed{39"))
    with pytest.raises(AnswerComplete):
        await scene.says(Delta(text="1}"))
    assert "".join(delta.text for delta in scene.seen) == "So \\boxed{391}"
    assert scene.asked == ["So \\boxed{391}"]


async def test_what_is_not_right_goes_on_and_is_looked_at_a_bounded_number_of_times() -> None:
    scene = Scene()
    for _ in range(3 * MOST_CHECKS):
        await scene.says(Delta(text="\\boxed{390}\n"))
    assert len(scene.asked) == MOST_CHECKS
    await scene.says(Delta(text="\\boxed{391}\n"))


@pytest.mark.parametrize(
    "other",
    [
        Delta(finish=Finish.STOP),
        Delta(tool_calls=(ToolCallDelta(index=0, id="1", name="f"),)),
        Delta(refusal="no"),
        Delta(media=True),
    ],
)
async def test_what_has_ended_or_holds_more_than_words_is_not_looked_at(other: Delta) -> None:
    scene = Scene()
    await scene.says(Delta(text="\\boxed{391}"), other)
    await scene.says(Delta(text="\\boxed{391}"))
    assert scene.asked == []
