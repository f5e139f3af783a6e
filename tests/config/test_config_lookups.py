from __future__ import annotations

from lanewise.config.document import read_document
from lanewise.config.lookups import check_deployment, check_lane, deployments_of, listed, texts

TEXT = """\
providers: {x: {}}
lanes: {a: {deployments: [x/m, x/n]}, b: {deployments: [x/m]}, c: 5, d: {deployments: x}}
routing: {small_model: {deployment: x/tiny}}
"""


def test_every_deployment_is_found_where_it_first_stands_and_so_is_the_classifier_s() -> None:
    assert deployments_of(read_document(TEXT, {})) == {
        "x/m": ("lanes", "a", "deployments", 0),
        "x/n": ("lanes", "a", "deployments", 1),
        "x/tiny": ("routing", "small_model", "deployment"),
    }


def test_one_text_stands_where_its_key_does_and_those_of_a_list_at_their_places() -> None:
    assert list(texts("a", ("k",))) == [(("k",), "a")]
    assert list(texts(["a", None, "b"], ("k",))) == [(("k", 0), "a"), (("k", 2), "b")]
    assert listed("a") == []
    assert list(texts(None, ("k",))) == []


def test_what_the_file_does_not_have_is_told_with_what_it_has() -> None:
    document = read_document(TEXT, {})
    check_lane(document, ("routing", "default"), "e")
    check_lane(document, ("routing", "default"), "a")
    check_deployment(document, ("lanes", "a", "deployments", 0), "y/m")
    check_deployment(document, ("lanes", "a", "deployments", 1), "n")
    assert [(mistake.line, mistake.problem, mistake.remedy) for mistake in document.mistakes] == [
        (3, "is not a lane of this file", "Known: a, b, c, d."),
        (2, "'x/m' names a provider that is not in `providers`", "Known: x."),
        (2, "'x/n' names no provider and model", "Write provider/model, for example x/gpt-5.4-mini."),
    ]
