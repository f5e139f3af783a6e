"""Rules in their order: the first whose condition holds decides, and words are whole words."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from lanewise.core.plan import Plan
from lanewise.core.policy import Condition, Grade, Policy, Routing, Rule, TenantPolicy
from lanewise.core.request import Caller, Hints, Request
from lanewise.routers.difficulty import Graded
from lanewise.routers.rules import RuleRouter
from walking import CALLER, ask_nobody, at_once, lane, policy, request

ACME = TenantPolicy(name="acme", daily_cap_nanousd=None, plan="gold", profile="chatbot")
#: So many that the text is cut into words instead of searched for each.
MANY = tuple(f"word{number}" for number in range(50))
EITHER = pytest.mark.parametrize("besides", [(), MANY], ids=["few keywords", "many keywords"])


class Scorer:
    """Grades everything alike, and counts."""

    def __init__(self, grade: Grade = "hard") -> None:
        self.grade, self.asked = grade, 0

    def __call__(self, asked: Request) -> Graded:
        self.asked += 1
        return Graded(grade=self.grade, score=0.5, signals=())


def with_rules(*conditions: Condition, tenant: TenantPolicy | None = None) -> Policy:
    rules = tuple(Rule(when=when, lane="reasoning", number=number) for number, when in enumerate(conditions, start=1))
    return policy(
        lane("standard", "openai/gpt-4o"),
        lane("reasoning", "anthropic/opus"),
        tenant=tenant,
        routing=Routing(rules=rules),
    )


def decide(of: Policy, asked: Request, *, caller: Caller = CALLER, scorer: Scorer | None = None) -> Plan | None:
    return at_once(RuleRouter(scorer or Scorer()).route(asked, caller, of, ask_nobody))


def holds(when: Condition, asked: Request, **settings: Any) -> bool:
    return decide(with_rules(when), asked, **settings) is not None


def finds(text: str, **condition: tuple[str, ...]) -> bool:
    """Whether a rule about words holds for a text."""
    return holds(Condition(**condition), request("auto", text))  # type: ignore[arg-type]  # the condition's own names


def test_the_first_rule_that_holds_is_named_in_the_reason() -> None:
    of = with_rules(Condition(task=("code_review",)), Condition(keywords=("prove", "theorem")), Condition(tools=True))

    plans = [
        decide(of, asked)
        for asked in (
            request("auto", "Prove it", hints=Hints(task="code_review"), has_tools=True),
            request("auto", "Prove that 7 is odd", has_tools=True),
            request("auto", has_tools=True),
        )
    ]

    assert [plan and plan.reason for plan in plans] == ["rule:1", "rule:2", "rule:3"]
    assert {plan and plan.rungs[0].lane.name for plan in plans} == {"reasoning"}


def test_where_no_rule_holds_the_next_router_is_asked() -> None:
    assert decide(with_rules(Condition(tools=True)), request("auto")) is None
    assert decide(with_rules(), request("auto")) is None


@pytest.mark.parametrize(
    ("when", "yes", "no"),
    [
        (Condition(min_chars=100), {"input_chars": 100}, {"input_chars": 99}),
        (Condition(max_chars=100), {"input_chars": 100}, {"input_chars": 101}),
        (Condition(images=True), {"has_images": True}, {"has_images": False}),
        (Condition(model=("gpt-5",)), {"model": "gpt-5"}, {"model": "auto"}),
        (Condition(response_format=("json_schema",)), {"response_format": "json_schema"}, {"response_format": None}),
        (Condition(latency=("can_wait",)), {"hints": Hints(latency="can_wait")}, {}),
        (Condition(risk=("high",)), {"hints": Hints(risk="high")}, {"hints": Hints(risk="low")}),
        (Condition(feature=("search",)), {"hints": Hints(feature="search")}, {}),
        (Condition(tenant=("acme",), tools=False), {}, {"has_tools": True}),
        (Condition(profile=("homework",)), {"hints": Hints(profile="homework")}, {"hints": Hints(profile="chatbot")}),
    ],
)
def test_each_condition(when: Condition, yes: dict[str, Any], no: dict[str, Any]) -> None:
    assert holds(when, structs.replace(request("auto"), **yes))
    assert not holds(when, structs.replace(request("auto"), **no))


def test_what_a_tenant_has_bought() -> None:
    of, globex = with_rules(Condition(plan=("gold", "platinum")), tenant=ACME), Caller(tenant="globex", key_id="key-2")

    assert decide(of, request("auto"), caller=CALLER)
    assert not decide(of, request("auto"), caller=globex)


def test_an_applications_kind_is_the_callers_word_else_its_tenants() -> None:
    of = with_rules(Condition(profile=("chatbot",)), tenant=ACME)

    assert decide(of, request("auto"))
    assert not decide(of, request("auto", hints=Hints(profile="homework")))
    assert not decide(of, request("auto"), caller=Caller(tenant="globex", key_id="key-2"))


def test_a_tenant_that_is_not_named_has_what_holds_for_everyone() -> None:
    everyone = TenantPolicy(name="*", daily_cap_nanousd=None, plan="free", profile="chatbot")
    rule = Rule(when=Condition(plan=("free",), profile=("chatbot",), tenant=("acme",)), lane="standard", number=1)
    of = policy(lane("standard", "openai/gpt-4o"), default_tenant=everyone, routing=Routing(rules=(rule,)))

    assert decide(of, request("auto"))


def test_difficulty_is_the_scorers() -> None:
    when = Condition(difficulty=("hard", "expert"))

    assert holds(when, request("auto"), scorer=Scorer("expert"))
    assert not holds(when, request("auto"), scorer=Scorer("moderate"))


def test_a_request_is_graded_once_and_only_where_the_rest_of_a_rule_holds() -> None:
    rules = [
        Condition(difficulty=("easy",)),
        Condition(difficulty=("trivial",)),
        Condition(keywords=("no",), difficulty=("hard",)),
    ]
    real = RuleRouter()

    assert at_once(real.route(request("auto", "Hello!"), CALLER, with_rules(*rules), ask_nobody)), (
        "by the scorer that is shipped"
    )
    scorer = Scorer()
    assert not decide(with_rules(rules[2]), request("auto"), scorer=scorer)
    assert scorer.asked == 0


@EITHER
@pytest.mark.parametrize("text", ["Please improve this", "disprove", "theorems", "approved", "prove_it", "prové", ""])
def test_keywords_match_whole_words_only(text: str, besides: tuple[str, ...]) -> None:
    assert not finds(text, keywords=("prove", "theorem", *besides))


@EITHER
@pytest.mark.parametrize(
    "text", ["PROVE it", "(prove)", "first,prove", "a\tProve\n", "“prove”", "can\u2019t you prove—now", "Ünlü: prove"]
)
def test_keywords_match_in_any_case_beside_anything_that_is_no_letter(text: str, besides: tuple[str, ...]) -> None:
    assert finds(text, keywords=("prove", *besides))


@EITHER
@pytest.mark.parametrize(
    ("keyword", "text", "there"),
    [
        ("zeta function", "the Zeta function's zeros", True),
        ("zeta function", "zeta functions", False),
        ("c++", "in C++, please", True),
        ("c++", "c++11", False),
        ("don't", "I don\u2019t know", True),
        ("Straße", "STRASSE 5", True),
        ("доказать", "Надо ДОКАЗАТЬ это", True),
        ("snake_case", "use SNAKE_CASE", True),
    ],
)
def test_keywords_of_any_kind(keyword: str, text: str, there: bool, besides: tuple[str, ...]) -> None:
    assert finds(text, keywords=(keyword, *besides)) is there


def test_of_several_rules_each_knows_its_own_keywords() -> None:
    of = with_rules(*(Condition(keywords=(word,)) for word in MANY))

    plan = decide(of, request("auto", "word7 and word21 and word3"))

    assert plan is not None
    assert plan.reason == "rule:4"


@pytest.mark.parametrize(
    ("pattern", "text", "there"),
    [
        (r"\bINC-\d{4,8}\b", "see inc-20417, please", True),
        (r"\bINC-\d{4,8}\b", "see inc-204", False),
        (r"^\s{0,9}def ", "def f(): ...", True),
        (r"prove|theorem", "a Theorem", True),
        (r"\d{3}", "call 911", True),
        (r"naïve", "NAÏVE bayes", True),
        (r"don't", "I don't", True),
        ("don\u2019t", "I don't", False),
    ],
)
def test_regular_expressions_are_searched_in_any_case(pattern: str, text: str, there: bool) -> None:
    assert finds(text, regex=(pattern,)) is there


def test_of_several_regular_expressions_any_may_match() -> None:
    assert finds("b2", regex=(r"a\d", r"b\d"))
    assert not finds("c2", regex=(r"a\d", r"b\d"))


def test_within_a_rule_every_condition_must_hold() -> None:
    when = Condition(keywords=("prove",), regex=(r"\d",), min_chars=5)

    assert holds(when, request("auto", "prove 7"))
    assert not holds(when, request("auto", "prove it"))
    assert not holds(when, request("auto", "improve 7"))


def test_a_new_policy_is_gone_by_at_once_and_an_old_one_still() -> None:
    old, new = with_rules(Condition(keywords=("old",))), with_rules(Condition(), Condition(keywords=("old",)))
    router = RuleRouter()

    plans = [at_once(router.route(request("auto", "old"), CALLER, of, ask_nobody)) for of in (old, new, old)]

    assert [plan and plan.reason for plan in plans] == ["rule:1"] * 3
    assert at_once(router.route(request("auto", "else"), CALLER, old, ask_nobody)) is None
    assert at_once(router.route(request("auto", "else"), CALLER, new, ask_nobody)) is not None
