"""Duplicates: groups of near-duplicates, the one to keep first. PhotoAnswers are votes; nothing is deleted."""

import re
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.errors import QueryError
from dofisac_tui.library.clusters import Cluster, ClusterMember, clusters_page
from dofisac_tui.library.database import Library
from dofisac_tui.library.duplicate_export import COPIES, export_copies
from dofisac_tui.library.photo_votes import PhotoAnswers, answers_in_groups, photo_answer, undecided, vote_on_copies
from dofisac_tui.library.views import PhotoView
from dofisac_tui.library.voting import PhotoAnswer, keep_photo
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.clusters.clusters_screen import ClustersScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.widgets.name_matching import matching_names
from dofisac_tui.ui.widgets.picture_rows import MOST_ROWS
from dofisac_tui.wording.numbers import counted, file_size
from dofisac_tui.wording.people import stars
from dofisac_tui.wording.photos import file_name

_SIGNS = {"same-picture": "✓", "same-moment": "≈", "unrelated": "✗"}
_SLIGHT = 6  # bits of 64 in which two fingerprints differ
_AHEAD = 64  # groups read at once to find the next undecided one

_EMPTY = """\
{found}

  {cluster}  find near-duplicates
  {search}  search photos"""


class DuplicatesScreen(ClustersScreen):
    """A verdict applies to the marked pictures, or else to all undecided pictures of the group."""

    NAME = "duplicates"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__("duplicates")
        self._verdicts: PhotoAnswers = {}

    @property
    def called(self) -> str:
        """The word for one group."""
        return "group of near-duplicates"

    @property
    def empty_words(self) -> str:
        """The words shown if there are no groups."""
        return _EMPTY.format(
            found=self.nothing_found("near-duplicates"),
            cluster=self.key_of("cluster.now"),
            search=self.key_of("search.edit"),
        )

    async def read(self, first: int, count: int, most: int) -> list[Cluster]:
        """Return whole groups, which are small, and read their verdicts."""
        groups, verdicts = await self.session.worker.quick(_read, first, count)
        read = {member.content_hash for group in groups for member in group.members}
        # verdicts of groups still on the screen are kept until other groups are drawn
        self._verdicts = {pair: said for pair, said in self._verdicts.items() if not pair <= read} | verdicts
        return groups

    # words

    def group_name(self, group: Cluster) -> str:
        """Return the name of a group."""
        return f"{group.size:,} near-duplicates"

    def heading(self, group: Cluster) -> Text:
        """Say why the first is the one to keep, and what was decided."""
        reasons = (
            re.sub(r"(\d)x(\d)", r"\1×\2", ", ".join(group.reasons))
            if group.keeper_photo_id
            else "the one to keep is missing"
        )
        quiet = self.rows.get_component_rich_style("picture-rows--more", partial=True)
        parts = [Text(f"keep: {display_text(reasons)}"), Text(f" · {counted(group.size - 1, 'other')}", quiet)]
        decided = self._decided(group)
        parts += [Text(f" · {decided}")] if decided else []
        return Text.assemble(*parts, f" · {stars(group.score)}" if group.score else "")

    def _decided(self, group: Cluster) -> str:
        kept, *others = group.members
        said = [verdict for each in others if (verdict := photo_answer(self._verdicts, kept, each))]
        if not said:
            return "exact copies" if all(each.exact for each in others) else ""
        counts = {verdict: said.count(verdict) for verdict in _SIGNS if verdict in said}
        left = len(undecided(self._verdicts, group))
        if len(counts) == 1 and not left:
            verdict = next(iter(counts))
            return f"{verdict.replace('-', ' ')} {_SIGNS[verdict]}"
        words = [f"{count} {verdict.replace('-', ' ')} {_SIGNS[verdict]}" for verdict, count in counts.items()]
        return ", ".join([*words, *([f"{left} undecided"] if left else [])])

    def caption(self, group: Cluster, number: int, card: PhotoView) -> Text:
        """Mark the one to keep; of the others show size and similarity."""
        size = f"{card.width}×{card.height}"
        if number == 0:
            return Text(f"★ keep  {size}", self.rows.get_component_rich_style("picture-rows--keep", partial=True))
        member = group.members[number]
        sign = _SIGNS.get(photo_answer(self._verdicts, group.members[0], member) or "", "")
        parts = (sign, "" if member.exact else size, "" if sign and not member.exact else _similarity(member))
        return Text(" ".join(filter(None, parts)))

    def about(self, group: Cluster, number: int, card: PhotoView) -> str:
        """Describe the picture under the cursor."""
        member = group.members[number]
        verdict = (photo_answer(self._verdicts, group.members[0], member) or "").replace("-", " ") if number else ""
        which = "the one to keep" if number == 0 else _similarity(member)
        described = f"{card.width}×{card.height} {display_text(card.format)} {file_size(card.size)}"
        return " · ".join(filter(None, (verdict, which, described)))

    # verdicts

    def action_verdict_keep(self) -> None:
        """Keep the picture under the cursor instead."""
        group, card = self.group, self.current
        if group and card:
            self.decide(self._keep(group, card, self.rows.column), (self.kind, group.cluster_id))

    async def _keep(self, group: Cluster, card: PhotoView, column: int) -> None:
        if column == 0:
            raise QueryError("This is already the one to keep", "Move to another picture of the group.")
        await self.session.worker.quick(keep_photo, card.photo_id, SOURCE)
        self.rows.clear_marks()
        self.look_again(group.cluster_id, column=0)
        self.say_undoable(f"Keeping {file_name(card)} from now on")

    def action_verdict(self, verdict: PhotoAnswer) -> None:
        """Vote on the current group, and move on at once if this leaves nothing undecided in it."""
        group = self.group
        if group is None:
            return
        others = group.members[1:]
        marked = [group.members[column] for column in sorted(self.rows.marks) if 0 < column < len(group.members)]
        left = undecided(self._verdicts, group)
        wanted = marked or left or others
        ends = all(each in wanted for each in left)
        about = self.kind, group.cluster_id
        if about not in self.session.pending_writes:
            self.decide(self._judged(group, wanted, verdict, ends and not self._advance()), about)
            self.rows.clear_marks()

    def _advance(self) -> bool:
        """Move to the next undecided group on this page; return False if there is none."""
        rows = self.rows
        for row in range(rows.row + 1, rows.row + 1 + MOST_ROWS):
            group = self.group_at(row)
            if group and undecided(self._verdicts, group):
                rows.go(row)
                return True
        return False

    async def _judged(self, group: Cluster, wanted: Sequence[ClusterMember], verdict: PhotoAnswer, seek: bool) -> None:
        votes = await self.session.worker.quick(vote_on_copies, group.members[0], wanted, verdict, SOURCE)
        said = f"{_SIGNS[verdict]} {verdict.replace('-', ' ')}"
        if votes:
            self.say_undoable(f"{said}: {counted(len(votes), 'picture')}")
        elif all(each.content_hash == group.members[0].content_hash for each in wanted):
            raise QueryError("These are exact copies of one file", "There is nothing to decide.")
        else:
            self.say(f"{said}: decided already")
        self.rows.reload()
        if seek:
            await self._seek(group.cluster_id)

    async def _seek(self, cluster_id: int) -> None:
        """Move to the next undecided group on another page, unless the cursor was moved."""
        row = self.rows.row
        for start in range(row, self.rows.count, _AHEAD):
            groups, verdicts = await self.session.worker.quick(_read, start, _AHEAD)
            if not self.group or self.group.cluster_id != cluster_id:
                return
            open_rows = [start + number for number, each in enumerate(groups) if undecided(verdicts, each)]
            if open_rows:
                self.rows.go(open_rows[0])
                return
        if self.rows.row == row:
            self.say(f"Nothing left to decide below ({self.key_of('group.export')}: export the list of copies)")

    # the list

    def action_group_export(self) -> None:
        """Export the list of copies that need not be kept."""
        self.spawn_question(self._export())

    async def _export(self) -> None:
        async def offered(typed: str) -> list[str]:
            return matching_names(typed, COPIES)

        which = await self.ask("Export which copies: judged or all?", "judged", offered)
        if which is None:
            return
        chosen = next((each for each in COPIES if each == which.strip()), None)
        if chosen is None:
            raise QueryError("Copies can be judged or all", "Type one of these words.")
        usual = self.session.folder / "exports" / "duplicates.txt"
        target = await self.ask("Write to (.txt, .csv or .json)", str(usual))
        if target and target.strip():
            path = Path(target.strip()).expanduser()
            count = await self.session.worker.slow(export_copies, chosen, path)
            self.say(f"Wrote {counted(count, 'path')} to {display_text(str(path))} (no photo was changed)")


def _read(library: Library, first: int, count: int) -> tuple[list[Cluster], PhotoAnswers]:
    groups = clusters_page(library, "duplicates", first, count)
    return groups, answers_in_groups(library, groups)


def _similarity(member: ClusterMember) -> str:
    if member.exact:
        return "exact copy"
    if member.bits is None:
        return ""
    return "identical" if member.bits == 0 else "very similar" if member.bits <= _SLIGHT else "similar"
