"""Scenes: groups of photos of similar places or things, named by words and scored."""

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.clusters import Cluster, ClusterMember, TimeSpan, clusters_page, spans_of_clusters
from dofisac_tui.library.views import FaceView, PhotoView, face_views
from dofisac_tui.ui.clusters.clusters_screen import ClustersScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.pictures.renderer import PictureSource
from dofisac_tui.ui.widgets.tile_content import photo_source
from dofisac_tui.wording.numbers import counted, numbered
from dofisac_tui.wording.people import stars
from dofisac_tui.wording.photos import file_name, taken

_EMPTY = """\
{found}

  {cluster}  find {these}
  {kind}  show {others} instead
  {search}  search photos"""


class ScenesScreen(ClustersScreen):
    """Shows scenes, or groups of people in scenes."""

    NAME = "scenes"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__("scenes")
        self._spans: dict[tuple[int, int], TimeSpan] = {}  # of a group while its size is this
        self._faces: dict[int, FaceView] = {}

    @property
    def called(self) -> str:
        """The word for one group."""
        return "scene" if self.kind == "scenes" else "group of people in scenes"

    @property
    def empty_words(self) -> str:
        """The words shown if there are no groups."""
        cluster, kind, search = map(self.key_of, ("cluster.now", "group.kind", "search.edit"))
        these, others = ("scenes", "people in scenes")[:: 1 if self.kind == "scenes" else -1]
        found = self.nothing_found(these)
        return _EMPTY.format(found=found, cluster=cluster, these=these, kind=kind, others=others, search=search)

    async def read(self, first: int, count: int, most: int) -> list[Cluster]:
        """Return groups with their first members, and read their dates and faces."""
        desk = self.session.worker
        groups = await desk.quick(clusters_page, self.kind, first, count, "largest", most)
        missing = [each for each in groups if (each.cluster_id, each.size) not in self._spans]
        spans = await desk.quick(spans_of_clusters, self.kind, [each.cluster_id for each in missing])
        self._spans |= {(each.cluster_id, each.size): spans[each.cluster_id] for each in missing}
        members = [member for group in groups for member in group.members]
        self._faces = await desk.quick(face_views, [each.face_id for each in members if each.face_id])
        return groups

    def group_name(self, group: Cluster) -> str:
        """Return the strongest words of a group, or the people on its first photos."""
        if group.label:
            return display_text(group.label, 60)
        faces = [self._faces.get(member.face_id or 0) for member in group.members]
        names = dict.fromkeys(display_text(face.name, 30) for face in faces if face and face.name)
        return ", ".join(list(names)[:3]) or f"unnamed people {group.cluster_id}"

    def heading(self, group: Cluster) -> Text:
        """Return name, count, dates and score."""
        quiet = self.rows.get_component_rich_style("picture-rows--more", partial=True)
        what = "photo" if self.kind == "scenes" else "face"
        span = self._spans.get((group.cluster_id, group.size))
        parts = [counted(group.size, what), *([_dates(span)] if span else []), stars(group.score)]
        return Text.assemble((self.group_name(group), "bold"), (" · " + " · ".join(filter(None, parts)), quiet))

    def caption(self, group: Cluster, number: int, card: PhotoView) -> Text:
        """Return the date, or else the file name."""
        return Text(taken(card) if card.taken_at else file_name(card))

    def about(self, group: Cluster, number: int, card: PhotoView) -> str:
        """Return the position in the group."""
        return numbered(self.group_name(group), number, group.size)

    def source(self, member: ClusterMember, card: PhotoView) -> PictureSource:
        """Return the picture of a member; in groups of faces, with the face framed."""
        face = self._faces.get(member.face_id or 0)
        return photo_source(card, face.box if face else None)

    def action_group_kind(self) -> None:
        """Switch between scenes and people in scenes."""
        self.kind = "combined" if self.kind == "scenes" else "scenes"
        self.say("People in scenes" if self.kind == "combined" else "Scenes")
        self.start_over()


def _dates(span: TimeSpan) -> str:
    first, last = (display_text((each or "")[:7]) for each in span)
    return first if first == last else f"{first} - {last}"
