from __future__ import annotations

from typing import Any

from lanewise.core.searching import Search
from lanewise.strategies.tree import Beginning, Tree
from strategies.sampling import said


def names(taken: list[Beginning]) -> list[str]:
    return [each.name for each in taken]


def grown(tree: Tree, *steps: Any) -> Tree:
    """The tree after these steps from its one beginning."""
    (parent,) = tree.take_open()
    for which, step in enumerate(steps):
        tree.add(parent, which, step)
    return tree


def good(text: str, score: float) -> Any:
    return said(text, "accept", "evidence", score=score)


def test_the_best_are_carried_on_as_many_as_the_beam_holds() -> None:
    tree = grown(Tree(Search(beam=2)), good("a", 0.7), good("b", 0.9), good("c", 0.8))
    assert names(tree.take_open()) == ["1", "2"]


def test_what_was_left_is_taken_up_again_where_nothing_better_is_left() -> None:
    tree = grown(Tree(Search(beam=1)), good("a", 0.7), good("b", 0.9))
    (best,) = tree.take_open()
    tree.add(best, 0, said("c", "reject", "evidence", score=0.1))
    assert names(tree.take_open()) == ["0"]
    assert names(tree.take_open()) == ["1.0"]
    assert tree.take_open() == []


def test_what_is_proven_wrong_is_not_carried_on_and_what_only_looks_bad_is() -> None:
    tree = grown(Tree(Search(beam=3)), said("17 * 2 = 35", "reject", "proof"), said("hm", "reject", "evidence"))
    assert names(tree.take_open()) == ["1"]


def test_the_same_step_in_other_dress_is_one() -> None:
    tree = grown(Tree(Search(beam=3)), said("17 * 2 = 34"), said("  17 *  2 = 34\n"), said(""))
    assert names(tree.take_open()) == ["0"]


def test_a_beginning_ends_with_its_answer_or_where_it_is_as_long_as_may_be() -> None:
    tree = grown(Tree(Search(beam=3, depth=2)), said("17 * 2 = 34"), said("Answer: 34"))
    assert names(tree.take_whole()) == ["1"]
    grown(tree, said("34 + 1 = 35"))
    assert tree.take_open() == []
    assert names(tree.take_whole()) == ["0.0"]


def test_of_two_that_are_as_good_the_one_further_on_comes_first() -> None:
    tree = grown(Tree(Search(beam=1)), said("a"), said("b"))
    (first,) = tree.take_open()
    tree.add(first, 0, said("c"))
    assert names(tree.take_best()) == ["0.0"]


def test_the_root_alone_is_no_beginning_of_an_answer() -> None:
    assert Tree(Search()).take_best() == []


def test_steps_are_said_in_order() -> None:
    beginning = Beginning(name="0.1", steps=("a", "b"))
    assert (beginning.text, beginning.child(2)) == ("a\nb", "0.1.2")


def test_of_two_that_are_as_good_the_one_with_its_answer_comes_before_the_one_that_only_got_too_long() -> None:
    tree = grown(Tree(Search(beam=1, depth=1)), said("a"), said("Answer: 34"))
    assert names(tree.take_whole()) == ["1"]
