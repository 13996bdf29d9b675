"""Joining two rankings."""

from personalization.engine.fusion import fuse


def test_it_puts_first_what_both_lists_have() -> None:
    joined = [name for name, _ in fuse([[("a", 1.0), ("b", 1.0)], [("c", 1.0), ("b", 1.0)]])]
    assert joined == ["b", "a", "c"]


def test_it_is_the_paper_s_formula_with_weights_of_one() -> None:
    ((name, score),) = fuse([[("a", 1.0)], [("a", 1.0)]])
    assert (name, score) == ("a", 2 / 61)


def test_it_lets_a_weighty_match_pass_a_better_place() -> None:
    joined = fuse([[(f"word-{n}", 2.0) for n in range(20)], [("meaning", 1.0)]])
    assert [name for name, _ in joined][-1] == "meaning"
