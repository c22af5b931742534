"""Votes that are probably wrong: those that contradict each other, and those that the models strongly contradict."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.verdicts import Contradiction
from dofisac_tui.learning.candidates import questions_on
from dofisac_tui.learning.groups import Groups, Numbers
from dofisac_tui.learning.questions import Question
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import locate
from dofisac_tui.library.spaces import searched_space
from dofisac_tui.library.votes import Vote, all_votes, newest

DOUBTFUL = 0.99
"""Probability that a vote is wrong, by the models, from which it is asked again."""

NEIGHBOURS = 5
"""Nearest faces that speak for a face besides its own vector."""


def doubtful_votes(library: Library, groups: Groups) -> list[Question]:
    """Match votes to be asked again: of each contradiction the one that the models believe least, then those they
    hardly believe at all.

    What was answered twice the same way is not asked a third time. The models are heard on both faces together with
    their nearest neighbours, since one blurred face says little.
    """
    votes, pairs = _answered_once(library, groups)
    doubt = _doubt(groups, votes, pairs)
    number = {vote.vote_id: n for n, vote in enumerate(votes)}
    asked = [_least_believed(clash, number, doubt) for clash in groups.verdicts.contradictions]
    asked += [n for n in np.argsort(-doubt, kind="stable").tolist() if doubt[n] >= DOUBTFUL]
    first, second = pairs[list(dict.fromkeys(n for n in asked if n is not None))].T
    return questions_on(groups, first, second, "contradiction")


def _answered_once(library: Library, groups: Groups) -> tuple[list[Vote], Numbers]:
    """Standing match votes that were not confirmed by a second one, and the positions of their faces, (votes, 2)."""
    space = searched_space(library, "face")
    standing = _standing(library)
    if space is None or not standing:
        return [], np.empty((0, 2), np.int64)
    located = locate(library, space, {face for vote in standing for face in (vote.face_a, vote.face_b)})
    votes = [vote for vote in standing if vote.face_a in located and vote.face_b in located]
    pairs = [(located[vote.face_a][0].face_id, located[vote.face_b][0].face_id) for vote in votes]
    faces = np.array(pairs, np.int64).reshape(-1, 2)
    askable = np.isin(faces, groups.faces.ids).all(axis=1)
    return [votes[n] for n in np.flatnonzero(askable)], groups.positions(faces[askable])


def _standing(library: Library) -> list[Vote]:
    ledger = all_votes(library)
    redone = {vote.undoes for vote in ledger if vote.kind == "redo"}
    undone = {vote.undoes for vote in ledger if vote.kind == "undo" and vote.vote_id not in redone}
    held = [vote for vote in ledger if vote.kind == "match" and vote.vote_id not in undone]
    times = Counter((frozenset((vote.face_a, vote.face_b)), vote.answer) for vote in held)
    return [vote for vote in newest(held) if times[frozenset((vote.face_a, vote.face_b)), vote.answer] == 1]


def _doubt(groups: Groups, votes: list[Vote], pairs: Numbers) -> NDArray[np.float64]:
    """How likely each vote is wrong by the models, (votes,)."""
    faces, number = np.unique(pairs, return_inverse=True)
    number = number.reshape(-1, 2)
    means, squares = _neighbourhoods(groups, faces)
    left, right = number.T
    chance = groups.chance_of_means(means[left], means[right], squares[left], squares[right])
    same = np.array([vote.answer == "yes" for vote in votes], bool)
    return np.where(same, 1 - chance, chance)


def _neighbourhoods(groups: Groups, faces: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean vector and mean squared length of each of these faces and its nearest neighbours."""
    graph, vectors = groups.graph, groups.faces.vectors
    means, squares = np.empty((len(faces), vectors.shape[1])), np.empty(len(faces))
    for n, face in enumerate(faces.tolist()):
        row = slice(graph.indptr[face], graph.indptr[face + 1])
        nearest = graph.indices[row][np.argsort(graph.distances[row], kind="stable")[:NEIGHBOURS]]
        around = vectors[np.append(nearest, face)].astype(np.float64)
        means[n], squares[n] = around.mean(axis=0), np.square(around).sum(axis=1).mean()
    return means, squares


def _least_believed(clash: Contradiction, number: dict[int, int], doubt: NDArray[np.float64]) -> int | None:
    """Which of the votes of a contradiction to ask again; None where all of them were confirmed or are no matches."""
    known = [number[vote.vote_id] for vote in (clash.loser, *clash.winners) if vote.vote_id in number]
    return max(known, key=lambda n: float(doubt[n]), default=None)
