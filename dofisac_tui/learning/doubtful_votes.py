"""Votes that are probably wrong: those that contradict each other, and those that the models strongly contradict."""

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.face_constraints import Contradiction
from dofisac_tui.learning.question_candidates import questions_on
from dofisac_tui.learning.questions import ReviewQuestion
from dofisac_tui.learning.review_groups import Groups, Numbers
from dofisac_tui.library.database import Library
from dofisac_tui.library.face_keys import FaceKey
from dofisac_tui.library.ledger import all_votes

DOUBTFUL = 0.95
"""Probability that a vote is wrong, by the models, from which it is asked again."""

NEIGHBOURS = 20
"""Nearest faces that speak for a face besides its own vector."""


def doubtful_votes(library: Library, groups: Groups) -> list[ReviewQuestion]:
    """Match votes to be asked again, those first that the models believe least: the least believed one of each
    contradiction, and all that they hardly believe at all.

    What was answered twice the same way is not asked a third time. The models are heard on both faces together with
    their nearest neighbours, since one blurred face says little.
    """
    voted = groups.voted.where(~np.isin(groups.voted.votes, _confirmed(library)))
    if not len(voted):
        return []
    pairs = groups.positions(voted.faces)
    chance = _chances(groups, pairs)
    doubt = np.where(voted.same, 1 - chance, chance)
    number = {vote_id: n for n, vote_id in enumerate(voted.votes.tolist())}
    clashing = {_least_believed(clash, number, doubt) for clash in groups.verdicts.contradictions}
    asked = [n for n in np.argsort(-doubt, kind="stable").tolist() if n in clashing or doubt[n] >= DOUBTFUL]
    return questions_on(groups, pairs[asked, 0], pairs[asked, 1], "contradiction")


def _confirmed(library: Library) -> list[int]:
    """Match votes that say once more what one before them said of the same faces."""
    ledger = all_votes(library)
    redone = {vote.undoes for vote in ledger if vote.kind == "redo"}
    undone = {vote.undoes for vote in ledger if vote.kind == "undo" and vote.vote_id not in redone}
    said: set[tuple[frozenset[FaceKey], str]] = set()
    confirmed = []
    for vote in ledger:
        if vote.kind == "match" and vote.vote_id not in undone:
            what = frozenset((vote.face_a, vote.face_b)), vote.answer
            if what in said:
                confirmed.append(vote.vote_id)
            said.add(what)
    return confirmed


def _chances(groups: Groups, pairs: Numbers) -> NDArray[np.float64]:
    """How likely each two faces are one person by the models, (m,)."""
    faces, number = np.unique(pairs, return_inverse=True)
    means, squares = _neighbourhoods(groups, faces)
    left, right = number.reshape(-1, 2).T
    return groups.chance_of_means(means[left], means[right], squares[left], squares[right])


def _neighbourhoods(groups: Groups, faces: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean vector and mean squared length of each of these faces and its nearest neighbours."""
    vectors = groups.faces.vectors
    means, squares = np.empty((len(faces), vectors.shape[1])), np.empty(len(faces))
    for n, (face, nearest) in enumerate(zip(faces, groups.graph.nearest(faces, NEIGHBOURS), strict=True)):
        around = vectors[np.append(nearest, face)].astype(np.float64)
        means[n], squares[n] = around.mean(axis=0), np.square(around).sum(axis=1).mean()
    return means, squares


def _least_believed(clash: Contradiction, number: dict[int, int], doubt: NDArray[np.float64]) -> int | None:
    """Which of the votes of a contradiction to ask again; None where all of them were confirmed or are no matches."""
    known = [number[vote.vote_id] for vote in (clash.loser, *clash.winners) if vote.vote_id in number]
    return max(known, key=lambda n: float(doubt[n]), default=None)
