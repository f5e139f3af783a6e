from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.load import Loaded
from lanewise.config.routing_view import GradeView, RoutingView, TaskView, view_routing

Read = Callable[..., Loaded]
FILE = """\
providers: {openai: {}}
lanes: {standard: {deployments: [openai/m]}, reasoning: {deployments: [openai/m], effort: high}}
routing:
  rules: [{when: {plan: gold}, lane: reasoning}]
  CLASSIFIER
profiles: {audit: {max_latency: 5m, lanes: reasoning, review: true}}
tenants: {acme: {plan: gold, profile: chatbot}, "*": {profile: audit}}
"""


@pytest.fixture
def view(read: Read) -> Callable[..., RoutingView]:
    def view(classifier: str, more: str = "") -> RoutingView:
        return view_routing(read(FILE.replace("CLASSIFIER", classifier) + more).policy)

    return view


def test_the_heuristic_shows_the_lane_of_each_grade_and_the_kinds_of_work(view: Callable[..., RoutingView]) -> None:
    shown = view("classifier: heuristic")
    assert (
        shown.classifier
        == "heuristic: the task that the caller names, else the words and the shape of its last message"
    )
    assert shown.grades[0] == GradeView(grade="trivial", lane="standard")
    assert shown.grades[-1] == GradeView(grade="expert", lane="reasoning")
    assert shown.tasks[0] == TaskView(name="proof", grade="expert", gain="wins", check="judge")
    assert shown.rules == ("1. When the tenant's plan is gold: reasoning.",)
    assert shown.default == "standard"


def test_the_small_model_is_named_with_its_bound(view: Callable[..., RoutingView]) -> None:
    shown = view("classifier: small_model\n  small_model: {deployment: openai/tiny, timeout: 1s}")
    assert shown.classifier.startswith(
        "small_model: openai/tiny grades within 1s, paid by the request; where it fails, the task"
    )


def test_without_a_classifier_no_grade_and_no_task_is_shown(view: Callable[..., RoutingView]) -> None:
    shown = view("classifier: none")
    assert (shown.grades, shown.tasks) == ((), ())
    assert "goes to the default lane" in shown.classifier


def test_profiles_show_their_lane_here_and_whose_they_are(view: Callable[..., RoutingView]) -> None:
    chatbot, audit = view("classifier: none").profiles
    assert (chatbot.name, chatbot.lane, chatbot.max_latency, chatbot.tenants) == (
        "chatbot",
        "standard",
        "2s",
        ("acme",),
    )
    assert (audit.lane, audit.review, audit.latency) == ("reasoning", True, "can_wait")
    assert audit.tenants == ("any other tenant",)


def test_a_profile_with_none_of_its_lanes_here_says_so(read: Read) -> None:
    text = "providers: {openai: {}}\nlanes: {only: {deployments: [openai/m]}}\n"
    assert [each.lane for each in view_routing(read(text).policy).profiles] == [""]


def test_those_who_wait_are_told_of(view: Callable[..., RoutingView]) -> None:
    assert (
        "is kept up to 30s until a vendor is back, 5 requests at a time"
        in view("", "limits: {max_wait: 30s, waiting: 5}\n").waiting
    )
    assert view("", "limits: {waiting: 0}\n").waiting == "nobody waits for a vendor to come back"
    assert "has 4s where" in view("interactive_deadline: 4s").interactive
