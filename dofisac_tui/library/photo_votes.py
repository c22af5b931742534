"""Vote on pairs of photos of a group at once, and read such votes."""

import json
from collections.abc import Collection, Sequence

from dofisac_tui.library.clusters import Cluster, ClusterMember
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote, one_act, standing_votes, vote_of_id
from dofisac_tui.library.runs import RunKind
from dofisac_tui.library.voting import PhotoAnswer, vote_photos

PhotoAnswers = dict[frozenset[str], str]
"""By the contents of the two photos: `same-picture`, `same-moment` or `unrelated`."""


def answers_between(library: Library, contents: Collection[str]) -> PhotoAnswers:
    """Return the votes on pairs of these contents; the newest vote counts."""
    pairs = {
        frozenset((vote.content_a or "", vote.content_b or "")): vote.answer
        for vote in standing_votes(library, ("photos",), contents)
    }
    return {pair: answer for pair, answer in pairs.items() if pair <= set(contents)}


def answers_in_groups(library: Library, groups: Collection[Cluster]) -> PhotoAnswers:
    """Return the votes on pairs within these groups, or between them."""
    return answers_between(library, {member.content_hash for group in groups for member in group.members})


def photo_answer(answers: PhotoAnswers, kept: ClusterMember, member: ClusterMember) -> str | None:
    """Return the answer on a photo and the one to keep; None where there is none, or where both are one file."""
    return answers.get(frozenset((kept.content_hash, member.content_hash)))


def undecided(answers: PhotoAnswers, group: Cluster) -> list[ClusterMember]:
    """Return the members without an answer, but no exact copies, which need none."""
    kept, *others = group.members
    return [
        each for each in others if each.content_hash != kept.content_hash and photo_answer(answers, kept, each) is None
    ]


def group_of_vote(library: Library, kind: RunKind, vote: Vote) -> int | None:
    """Return the current cluster of photos that a vote is about, or the vote that it undoes or redoes; else None."""
    while vote.undoes is not None:
        vote = vote_of_id(library.connection, vote.undoes)
    contents: list[str | None] = []
    if vote.kind == "photos":
        contents = [vote.content_a, vote.content_b]
    elif vote.kind == "keep":
        contents = [vote.content_a]
    elif vote.kind == "cluster" and vote.about["kind"] == kind:
        contents = [key[0] for key in vote.about["members"]]
    rows = library.rows(
        "SELECT cluster_id, COUNT(*) AS shared FROM photos JOIN cluster_members USING (photo_id)"
        " JOIN cluster_runs USING (run_id) WHERE content_hash IN (SELECT value FROM json_each(?))"
        " AND kind = ? AND state = 'current' GROUP BY cluster_id ORDER BY shared DESC LIMIT 1",
        (json.dumps(contents), kind),
    )
    return int(rows[0]["cluster_id"]) if rows else None


def vote_on_copies(
    library: Library, kept: ClusterMember, others: Sequence[ClusterMember], answer: PhotoAnswer, source: str
) -> list[Vote]:
    """Vote the same on several photos and the one to keep, as one act: once for each content without that answer."""
    known = answers_between(library, {kept.content_hash, *(each.content_hash for each in others)})
    contents = {each.content_hash: each for each in others if each.content_hash != kept.content_hash}
    new = [each for each in contents.values() if photo_answer(known, kept, each) != answer]
    with one_act(library):
        return [vote_photos(library, kept.photo_id, each.photo_id, answer, source) for each in new]
