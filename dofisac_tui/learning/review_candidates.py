"""Choose pairs of faces to ask about: by expected change, at random, or because a vote is doubtful."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.graph import Pairs as NearPairs
from dofisac_tui.clustering.ledger_constraints import Contradiction
from dofisac_tui.learning.review_groups import GroupPairs, Indices, ReviewGroups
from dofisac_tui.learning.review_questions import Reason, ReviewQuestion
from dofisac_tui.library.database import Library

MAX_QUESTIONS = 5000
"""Questions made by a refresh, more than are answered before the next one."""

MIN_CHANGE = 0.02
"""Expected change, in bits times the square root of faces, below which no question is asked."""

RANDOM_QUESTIONS = 500
"""Random questions made by a refresh."""

MIN_SPLIT_SIZE = 4
"""Faces from which a question may be whether a group is one person."""

_POWER_ITERATIONS = 4  # of power iteration; a rough axis is enough to part two people


def hard_questions(groups: ReviewGroups) -> list[ReviewQuestion]:
    """Return questions between and within groups, in the order of the change expected from their answers.

    Expected change is uncertainty, the entropy of the answer in bits (uncertainty sampling, Lewis and Gale, SIGIR
    1994), times the square root of the faces that the answer joins or separates: not all of these will move, and the
    root measured better than their number (`benchmarks/review_queue.py`). Within a group, the question is whether the
    two halves along its longest axis are one person, unless a vote has joined them.
    """
    halves = split_in_halves(groups)
    ranked = [*_ranked(groups, groups.undecided_pairs()), *_ranked(halves, _unjoined_halves(groups, halves))]
    return _without_voted(
        groups, [question for _, question in sorted(ranked, key=lambda each: -each[0])[:MAX_QUESTIONS]]
    )


def random_questions(groups: ReviewGroups, rng: np.random.Generator) -> list[ReviewQuestion]:
    """Return questions on random pairs, half of them within groups, half between groups within the graph's reach. Each
    pair is equally likely; faces of one photo, or of copies of it, are no pair.

    The share of yes within groups is an unbiased estimate of the pairwise precision of the current persons; the share
    between groups, of the pairs within reach that they miss.
    """
    pairs = np.concatenate([_pairs_within(groups, rng), _pairs_across(groups, rng)])
    pairs = np.unique(pairs[groups.originals[pairs[:, 0]] != groups.originals[pairs[:, 1]]], axis=0)
    first, second = rng.permutation(pairs).T
    return _without_voted(groups, questions_on(groups, first, second, "random"))


def split_in_halves(groups: ReviewGroups) -> ReviewGroups:
    """Return the same faces with each larger group divided in two along the axis of its largest variance."""
    other = np.zeros(len(groups.faces), bool)
    for first, last, places in groups.batches():
        other[places] = _above_mean(groups.faces.vectors[places], groups.starts[first:last] - groups.starts[first])
    other &= (groups.sizes >= MIN_SPLIT_SIZE)[groups.group]
    return replace(groups, group=np.unique(2 * groups.group + other, return_inverse=True)[1])


def entropy(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropy of a yes or no of these probabilities, in bits."""
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)))


def _above_mean(vectors: NDArray[np.float32], starts: Indices) -> NDArray[np.bool_]:
    """Return True for vectors on one side of their group's mean, (n,); groups begin at `starts`."""
    sizes = np.diff(starts, append=len(vectors))
    centred = vectors - np.repeat(np.add.reduceat(vectors, starts) / sizes[:, None].astype(np.float32), sizes, axis=0)
    axis = centred[starts]
    for _ in range(_POWER_ITERATIONS):
        along = np.einsum("ij,ij->i", centred, np.repeat(axis, sizes, axis=0))
        axis = np.add.reduceat(centred * along[:, None], starts)
    return np.asarray(np.einsum("ij,ij->i", centred, np.repeat(axis, sizes, axis=0)) > 0)


def _unjoined_halves(groups: ReviewGroups, halves: ReviewGroups) -> GroupPairs:
    """Return the two halves of each divided group that no vote has joined."""
    group_of = np.zeros(len(halves.sizes), np.int64)
    group_of[halves.group] = groups.group
    linked = groups.must_link[halves.group[groups.must_link[:, 0]] != halves.group[groups.must_link[:, 1]]]
    left = np.flatnonzero(group_of[1:] == group_of[:-1])
    left = left[~np.isin(group_of[left], groups.group[linked[:, 0]])]
    return halves.between(left, left + 1)


def _ranked(groups: ReviewGroups, pairs: GroupPairs) -> list[tuple[float, ReviewQuestion]]:
    """Return the MAX_QUESTIONS best questions about pairs of groups, each with its expected change.

    Faces of two copies of one file are not asked about.
    """
    settles = np.minimum(groups.sizes[pairs.left], groups.sizes[pairs.right])
    change = entropy(pairs.match) * np.sqrt(settles)
    best = np.argsort(-change, kind="stable")[: min(MAX_QUESTIONS, int((change >= MIN_CHANGE).sum()))]
    first, second = (groups.representatives(side[best]) for side in (pairs.left, pairs.right))
    copies = (groups.originals[first] == groups.originals[second]) & (
        groups.faces.photos[first] != groups.faces.photos[second]
    )
    asked = questions_on(groups, first[~copies], second[~copies])
    return list(zip(change[best[~copies]].tolist(), asked, strict=True))


def _without_voted(groups: ReviewGroups, questions: list[ReviewQuestion]) -> list[ReviewQuestion]:
    voted = {(min(pair), max(pair)) for pair in groups.voted.faces.tolist()}
    return [question for question in questions if question.faces not in voted]


def _pairs_within(groups: ReviewGroups, rng: np.random.Generator) -> Indices:
    """Draw positions of two faces of one group, (at most RANDOM_QUESTIONS / 2, 2)."""
    pairs = groups.sizes * (groups.sizes - 1) / 2
    if not pairs.any():
        return np.empty((0, 2), np.int64)
    drawn = rng.choice(len(pairs), RANDOM_QUESTIONS // 2, p=pairs / pairs.sum())
    places = [groups.starts[group] + rng.choice(groups.sizes[group], 2, replace=False) for group in drawn]
    return np.asarray(groups.order[np.array(places)])


def _pairs_across(groups: ReviewGroups, rng: np.random.Generator) -> Indices:
    """Draw positions of two faces of two groups, (at most RANDOM_QUESTIONS / 2, 2)."""
    counts = np.array([len(places) for places, _ in _parts_across(groups)], np.int64)
    found = [np.empty((0, 2), np.int64)]
    if counts.any():
        drawn = rng.multinomial(RANDOM_QUESTIONS // 2, counts / counts.sum())
        for (places, part), number in zip(_parts_across(groups), drawn.tolist(), strict=True):
            at = rng.choice(places, number) if number else places[:0]
            found.append(np.column_stack([part.later[at], part.earlier[at]]).astype(np.int64))
    return np.concatenate(found)


def _parts_across(groups: ReviewGroups) -> Iterator[tuple[Indices, NearPairs]]:
    """Yield the pairs of the graph in parts, and the positions in each part of those between two groups."""
    for part in groups.graph.parts():
        yield np.flatnonzero(groups.group[part.later] != groups.group[part.earlier]), part


def questions_on(
    groups: ReviewGroups, first: Indices, second: Indices, reason: Reason | None = None
) -> list[ReviewQuestion]:
    """Return questions about pairs of faces at these positions.

    Args:
        reason: If None, `bridge` between two groups of several faces each, else `uncertain`.
    """
    weight = groups.sizes[groups.group] + np.where(np.isin(groups.persons, groups.named), len(groups.faces), 0)
    first, second = np.where(weight[first] >= weight[second], (first, second), (second, first))
    distances = groups.distances(first, second)
    columns = (
        groups.faces.ids[first],
        groups.faces.ids[second],
        groups.curve.probabilities(distances),
        distances,
        np.minimum(groups.sizes[groups.group[first]], groups.sizes[groups.group[second]]),
        groups.persons[first],
        groups.persons[second],
    )
    return [
        ReviewQuestion(
            a, b, match, distance, settles, person_a or None, person_b or None,
            reason or ("bridge" if settles > 1 and person_a != person_b else "uncertain"),
        )
        for a, b, match, distance, settles, person_a, person_b in zip(*(c.tolist() for c in columns), strict=True)
    ]  # fmt: skip


DOUBT_THRESHOLD = 0.95
"""Probability that a vote is wrong, by the models, from which the question is asked again."""

NEIGHBOURS = 20
"""Nearest faces that are averaged with a face."""


def doubtful_votes(library: Library, groups: ReviewGroups) -> list[ReviewQuestion]:
    """Return questions on match votes that are improbable by the models, the least probable first: the least probable
    vote of each contradiction, and all above DOUBT_THRESHOLD.

    A vote that was given twice is not asked about again. The models compare both faces together with their nearest
    neighbours, since one blurred face says little.
    """
    voted = groups.voted.where(~np.isin(groups.voted.votes, _confirmed_votes(library)))
    if not len(voted):
        return []
    pairs = groups.positions(voted.faces)
    probability = _neighbourhood_probabilities(groups, pairs)
    doubt = np.where(voted.same, 1 - probability, probability)
    number = {vote_id: n for n, vote_id in enumerate(voted.votes.tolist())}
    clashing = {_least_probable_vote(clash, number, doubt) for clash in groups.constraints.contradictions}
    asked = [n for n in np.argsort(-doubt, kind="stable").tolist() if n in clashing or doubt[n] >= DOUBT_THRESHOLD]
    return questions_on(groups, pairs[asked, 0], pairs[asked, 1], "contradiction")


def _confirmed_votes(library: Library) -> list[int]:
    """Return ids of match votes that repeat an earlier answer on the same faces."""
    rows = library.rows("SELECT * FROM standing_votes WHERE kind = 'match' ORDER BY cast_at, vote_id")
    answers: set[tuple[object, ...]] = set()
    confirmed = []
    for row in rows:
        sides = frozenset(((row["content_a"], row["box_a"]), (row["content_b"], row["box_b"])))
        if (sides, row["answer"]) in answers:
            confirmed.append(row["vote_id"])
        answers.add((sides, row["answer"]))
    return confirmed


def _neighbourhood_probabilities(groups: ReviewGroups, pairs: Indices) -> NDArray[np.float64]:
    """Return the probability that both faces of each pair are one person, by their neighbourhoods, (m,)."""
    faces, number = np.unique(pairs, return_inverse=True)
    means, squares = _neighbourhoods(groups, faces)
    left, right = number.reshape(-1, 2).T
    return groups.match_of_means(means[left], means[right], squares[left], squares[right])


def _neighbourhoods(groups: ReviewGroups, faces: Indices) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean vectors and mean squared lengths of these faces with their nearest neighbours."""
    vectors = groups.faces.vectors
    means, squares = np.empty((len(faces), vectors.shape[1])), np.empty(len(faces))
    for n, (face, nearest) in enumerate(zip(faces, groups.graph.nearest(faces, NEIGHBOURS), strict=True)):
        around = vectors[np.append(nearest, face)].astype(np.float64)
        means[n], squares[n] = around.mean(axis=0), np.square(around).sum(axis=1).mean()
    return means, squares


def _least_probable_vote(clash: Contradiction, number: dict[int, int], doubt: NDArray[np.float64]) -> int | None:
    """Return the vote of a contradiction to ask about; None where all were confirmed or are no match votes."""
    known = [number[vote.vote_id] for vote in (clash.loser, *clash.winners) if vote.vote_id in number]
    return max(known, key=lambda n: float(doubt[n]), default=None)
