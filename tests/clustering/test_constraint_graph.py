"""The constraint graph against one that looks at everything again for each constraint."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from dofisac_tui.clustering.constraint_graph import Conflict, ConstraintGraph

Graph = ConstraintGraph[int, int]

NODES = 8
OWNERS = (6, 7)


@dataclass
class Case:
    """Constraints in the order of their adding: two nodes, and True for a must-link. The reason is the number."""

    constraints: list[tuple[int, int, bool]]
    photos: list[set[int]]
    graph: Graph = field(default_factory=Graph)
    holds: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        for node, photo in enumerate(self.photos):
            self.graph.add(node, photo)
        for owner in OWNERS:
            self.graph.add_owner(owner, -owner)
        for reason, (a, b, must) in enumerate(self.constraints):
            add = self.graph.must_link if must else self.graph.cannot_link
            self.holds.append(add(a, b, reason))

    def linked(self, reasons: list[int]) -> list[set[int]]:
        """The components that some of the must-links make."""
        components = [{node} for node in range(NODES)]
        for reason in reasons:
            a, b, must = self.constraints[reason]
            if must:
                joined = set().union(*(each for each in components if each & {a, b}))
                components = [each for each in components if not each & joined] + [joined]
        return components

    def consistent(self, reasons: list[int]) -> bool:
        """Whether some of the constraints can all hold together with owners and photos."""
        components = self.linked(reasons)
        for each in components:
            photos = [photo for node in each for photo in self.photos[node]]
            if len(photos) > len(set(photos)) or set(OWNERS) <= each:
                return False
        forbidden = [{*self.constraints[reason][:2]} for reason in reasons if not self.constraints[reason][2]]
        return not any(pair <= each for pair in forbidden for each in components)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    nodes = st.integers(0, NODES - 1)
    pairs = st.tuples(nodes, nodes, st.booleans()).filter(lambda each: each[0] != each[1])
    photos = [draw(st.sets(st.integers(0, 4), max_size=1)) for _ in range(NODES - len(OWNERS))]
    return Case(draw(st.lists(pairs, max_size=20)), [*photos, *(set() for _ in OWNERS)])


@settings(max_examples=300, deadline=None)
@given(cases())
def test_a_constraint_holds_if_and_only_if_nothing_before_it_is_against_it(case: Case) -> None:
    kept: list[int] = []
    for reason, holds in enumerate(case.holds):
        assert holds == case.consistent([*kept, reason])
        kept += [reason] * holds
    components = case.linked(kept)
    assert sorted(map(sorted, case.graph.components())) == sorted(map(sorted, components))
    for node in range(NODES):
        assert set(case.graph.component(node)) == next(each for each in components if node in each)


@settings(max_examples=300, deadline=None)
@given(cases())
def test_a_conflict_names_what_wins(case: Case) -> None:
    lost = [reason for reason, holds in enumerate(case.holds) if not holds]
    assert [conflict.loser for conflict in case.graph.conflicts] == lost
    for loser, winners in ((each.loser, list(each.winners)) for each in case.graph.conflicts):
        assert winners == sorted(winners, reverse=True) or set(winners) == {-owner for owner in OWNERS}
        a, b, must = case.constraints[loser]
        votes = [reason for reason in winners if reason >= 0]
        assert all(reason < loser and case.holds[reason] for reason in votes)
        if not must:
            assert any({a, b} <= each for each in case.linked(votes))
        elif votes:
            assert [case.constraints[reason][2] for reason in votes] == [False]


@settings(max_examples=200, deadline=None)
@given(cases())
def test_separated_components_are_those_of_cannot_links_and_owners(case: Case) -> None:
    graph = case.graph
    pairs = [(a, b) for (a, b, must), holds in zip(case.constraints, case.holds, strict=True) if holds and not must]
    expected = {frozenset(map(frozenset, map(graph.component, pair))) for pair in [*pairs, OWNERS]}
    found = [frozenset(map(frozenset, pair)) for pair in graph.separations()]
    assert len(found) == len(set(found)) and set(found) == expected
    for node in range(NODES):
        own = frozenset(graph.component(node))
        others = {other for pair in expected if own in pair for other in pair - {own}}
        assert set(map(frozenset, graph.separated_from(node))) == others


@settings(max_examples=200, deadline=None)
@given(cases(), st.sets(st.integers(0, NODES - 1), min_size=1))
def test_some_nodes_are_linked_all_or_not_at_all(case: Case, nodes: set[int]) -> None:
    before = sorted(map(sorted, case.graph.components()))
    first, *others = nodes
    kept = [reason for reason, holds in enumerate(case.holds) if holds]
    case.constraints += [(first, other, True) for other in others]
    wanted = [*kept, *range(len(case.constraints) - len(others), len(case.constraints))]
    linked = case.graph.must_link_all(nodes)
    assert linked == case.consistent(wanted)
    after = sorted(map(sorted, case.linked(wanted) if linked else before))
    assert sorted(map(sorted, case.graph.components())) == after


def test_the_votes_of_a_long_path_win() -> None:
    graph = Graph()
    for number in range(5):
        graph.must_link(number, number + 1, 10 + number)
    graph.must_link(2, 9, 50)
    assert not graph.cannot_link(0, 4, 99)
    assert graph.conflicts == [Conflict(99, (13, 12, 11, 10))]


def test_one_reason_makes_one_conflict_and_none_is_silent() -> None:
    graph = Graph()
    for node in range(4):
        graph.add(node, {"photo"})
    assert not graph.must_link(0, 1, 7) and not graph.must_link(2, 3, 7) and not graph.must_link(1, 2)
    assert graph.conflicts == [Conflict(7, ())]
    assert 0 in graph and 9 not in graph
