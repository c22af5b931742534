"""The base of Duplicates and Scenes: the current clusters of one kind as rows of pictures."""

from collections.abc import Sequence

from rich.text import Text
from textual import on

from dofisac_tui.library.clusters import Cluster, ClusterMember, cluster_ids, scores_of_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.ledger import Vote
from dofisac_tui.library.photo_votes import group_of_vote
from dofisac_tui.library.runs import Run, RunKind, current_run, members_of_cluster
from dofisac_tui.library.status_report import Overview
from dofisac_tui.library.views import PhotoView, photo_views
from dofisac_tui.library.voting import vote_cluster
from dofisac_tui.search.query import Query
from dofisac_tui.ui.background.search_service import Like, SearchRequest
from dofisac_tui.ui.base.library_screen import SOURCE
from dofisac_tui.ui.base.picture_rows_screen import PictureRowsScreen
from dofisac_tui.ui.base.reclustering import recluster_on
from dofisac_tui.ui.changes.changes_screen import ChangesScreen
from dofisac_tui.ui.clusters.cluster_screen import ClusterScreen
from dofisac_tui.ui.pictures.renderer import PictureSource
from dofisac_tui.ui.session import Album
from dofisac_tui.ui.widgets.picture_rows import PictureRows, RowContent
from dofisac_tui.ui.widgets.text_line import TextLine
from dofisac_tui.ui.widgets.tile import TileContent
from dofisac_tui.ui.widgets.tile_content import photo_source, photo_tile
from dofisac_tui.wording.numbers import ago, counted, numbered
from dofisac_tui.wording.people import stars
from dofisac_tui.wording.photos import evidence_words


class ClustersScreen(PictureRowsScreen):
    """Base class. Subclasses read the groups and describe them."""

    def __init__(self, kind: RunKind) -> None:
        super().__init__()
        self.kind = kind
        self._cards: dict[int, PhotoView] = {}
        self._run: Run | None = None

    # to be given by subclasses

    @property
    def called(self) -> str:
        """The word for one group."""
        raise NotImplementedError

    @property
    def empty_words(self) -> str:
        """The words shown if there are no groups."""
        raise NotImplementedError

    async def read(self, first: int, count: int, most: int) -> list[Cluster]:
        """Return some of the groups, with at least `most` of their members."""
        raise NotImplementedError

    def heading(self, group: Cluster) -> Text:
        """Return the line above a row."""
        raise NotImplementedError

    def caption(self, group: Cluster, number: int, card: PhotoView) -> Text:
        """Return the line below a picture."""
        raise NotImplementedError

    def about(self, group: Cluster, number: int, card: PhotoView) -> str:
        """Describe the picture under the cursor."""
        raise NotImplementedError

    def group_name(self, group: Cluster) -> str:
        """Return the name of a group."""
        raise NotImplementedError

    def nothing_found(self, what: str) -> str:
        """Say that there are no groups, and when they were last searched."""
        if self._run is None or self._run.finished_at is None:
            return f"No {what} found yet."
        return f"No {what} (checked {ago(self._run.finished_at)})."

    # the groups

    @property
    def group(self) -> Cluster | None:
        """The group under the cursor; None while another is drawn there."""
        return self.group_at(self.rows.row)

    def group_at(self, row: int) -> Cluster | None:
        """Return the group that is drawn in a row."""
        group = self.rows.about(row)
        return group if isinstance(group, Cluster) else None

    @property
    def current(self) -> PhotoView | None:
        """The photo under the cursor."""
        group = self.group
        if group is None or self.rows.column >= len(group.members):
            return None
        return self._cards.get(group.members[self.rows.column].photo_id)

    def on_mount(self) -> None:
        """Show the first page."""
        self.look_again()

    def look_again(self, cluster_id: int | None = None, column: int | None = None) -> None:
        """Read the groups again; keep the cursor on its group, or move it to another group or picture."""
        self.spawn(self._look(cluster_id, column), group="look", exclusive=True)

    def start_over(self) -> None:
        """Show groups of another kind, from the first."""
        self.rows.fill(0, self._contents)
        self.look_again()

    async def _look(self, cluster_id: int | None, wanted_column: int | None) -> None:
        ids = await self.session.worker.quick(cluster_ids, self.kind)
        self._run = await self.session.worker.quick(current_run, self.kind)
        group = self.group
        wanted = cluster_id if cluster_id is not None or group is None else group.cluster_id
        row, column = self.rows.row, self.rows.column
        if wanted in ids:
            found = ids.index(wanted)
            row, column = found, column if group and group.cluster_id == wanted else 0
        else:
            self.rows.marks = set()  # they were on another group
        self.rows.fill(len(ids), self._contents, row, column if wanted_column is None else wanted_column)
        self.instead_of("PictureRows", None if ids else self.empty_words)
        if not ids:
            self.evidence(Text(""))
            self.query_one("#summary", TextLine).put(Text(""))

    async def _contents(self, first: int, last: int, most: int) -> Sequence[RowContent]:
        groups = await self.read(first, last - first, most)
        members = [member for group in groups for member in group.members[:most]]
        self._cards = await self.session.worker.quick(photo_views, [member.photo_id for member in members])
        return [
            RowContent(
                self.heading(group),
                group.size,
                [self._tile(group, number, each) for number, each in enumerate(group.members[:most])],
                group,
            )
            for group in groups
        ]

    def _tile(self, group: Cluster, number: int, member: ClusterMember) -> TileContent:
        card = self._cards.get(member.photo_id)
        if card is None:
            return photo_tile(None)
        return photo_tile(card, self.caption(group, number, card), source=self.source(member, card))

    def source(self, member: ClusterMember, card: PhotoView) -> PictureSource:
        """Return the picture of a member."""
        return photo_source(card)

    @on(PictureRows.Moved)
    def _moved_to(self) -> None:
        rows, group, card = self.rows, self.group, self.current
        if group is None or card is None:
            return
        self.query_one("#summary", TextLine).put(self._summary())
        self.evidence(Text(evidence_words(self.about(group, rows.column, card), card, self.size.width - 2)))

    def _summary(self) -> Text:
        rows = self.rows
        where = f"{numbered('group', rows.row, rows.count)} · {numbered('page', rows.page, rows.pages)} "
        marked = f" · {len(rows.marks)} marked" if rows.marks else ""
        left = f" {counted(rows.count, self.called)}{marked}"
        gap = " " * max(1, self.size.width - len(left) - len(where))
        return Text.assemble(left, gap, where, no_wrap=True, overflow="ellipsis")

    def overview_changed(self, overview: Overview) -> None:
        """Read the groups again."""
        super().overview_changed(overview)
        self.look_again()

    def decided(self, vote: Vote) -> None:
        """Move to the group of a decision."""
        self.spawn(self._show_decided(vote))

    async def _show_decided(self, vote: Vote) -> None:
        self.look_again(await self.session.worker.quick(group_of_vote, self.kind, vote))

    # actions

    def album(self) -> Album | None:
        """Return the photos of the group, starting with the one under the cursor."""
        group = self.group
        return Album([each.photo_id for each in group.members], self.rows.column) if group else None

    def action_group_open(self) -> None:
        """Open all photos of the group in a grid."""
        group = self.group
        if group:
            self.spawn(self._open_group(group))

    async def _open_group(self, group: Cluster) -> None:
        members = await self.session.worker.quick(members_of_cluster, self.kind, group.cluster_id)
        if self.is_current:  # else the user went to another screen
            self.app.push_screen(
                ClusterScreen(self.group_name(group), list(dict.fromkeys(photo for photo, _ in members)))
            )

    def action_search_like(self) -> None:
        """Search photos like this one."""
        if self.current:
            self.app.call_later(self.session.search_for, SearchRequest(Query(), Like("photo", self.current.photo_id)))

    def action_run_changes(self) -> None:
        """Show the changes that the last clustering proposes."""
        self.app.push_screen(ChangesScreen())

    def action_cluster_now(self) -> None:
        """Find the groups again."""
        self.spawn(self._recluster(), group="cluster")

    async def _recluster(self) -> None:
        await recluster_on(self, [self.kind])
        self.look_again()

    def action_score(self, score: int) -> None:
        """Score the group; 0 removes the score."""
        group = self.group
        if group and self.decide(self._score(group, score), (self.kind, group.cluster_id)) and score:
            self.rows.move(rows=1)

    async def _score(self, group: Cluster, score: int) -> None:
        await self.session.worker.quick(_scored, self.kind, group, score)
        self.rows.reload()
        self.say_undoable(f"{self.group_name(group)}: {stars(score) or 'no score'}")


def _scored(library: Library, kind: RunKind, group: Cluster, score: int) -> None:
    """Score a group, unless it has that score already."""
    if scores_of_clusters(library, kind, {group.cluster_id: group.size}).get(group.cluster_id, 0) != score:
        vote_cluster(library, kind, group.cluster_id, score, SOURCE)
