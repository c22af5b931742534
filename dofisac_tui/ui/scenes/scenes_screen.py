"""Scenes: groups of photos that show the same kind of place or thing, named by words and scored."""

from rich.text import Text

from dofisac_tui.display import display_text
from dofisac_tui.library.clusters import Cluster, ClusterMember, TimeSpan, clusters_page, spans_of_clusters
from dofisac_tui.library.views import FaceView, PhotoView, face_views
from dofisac_tui.ui.clusters.clusters_screen import ClustersScreen
from dofisac_tui.ui.keys.actions import bindings_of
from dofisac_tui.ui.pictures.renderer import PictureSource
from dofisac_tui.ui.widgets.tile_content import photo_source
from dofisac_tui.wording.numbers import counted
from dofisac_tui.wording.people import stars
from dofisac_tui.wording.photos import taken

_EMPTY = {
    "scenes": """\
{found}

  {cluster}  looks for them
  {kind}  shows people in scenes instead
  {search}  searches photos""",
    "combined": """\
{found}

  {cluster}  looks for them
  {kind}  shows scenes alone
  {search}  searches photos""",
}


class ScenesScreen(ClustersScreen):
    """Scenes, or the groups of who is there and where."""

    NAME = "scenes"
    BINDINGS = bindings_of(NAME)

    def __init__(self) -> None:
        super().__init__("scenes")
        self._spans: dict[tuple[int, int], TimeSpan] = {}  # of a group while its size is this
        self._faces: dict[int, FaceView] = {}

    @property
    def called(self) -> str:
        """What one of the groups is."""
        return "scene" if self.kind == "scenes" else "group of people in scenes"

    @property
    def empty_words(self) -> str:
        """What to do next."""
        cluster, kind, search = map(self.key_of, ("cluster.now", "group.kind", "search.edit"))
        found = self.nothing_found("scenes" if self.kind == "scenes" else "people in scenes")
        return _EMPTY[self.kind].format(found=found, cluster=cluster, kind=kind, search=search)

    async def read(self, first: int, count: int, most: int) -> list[Cluster]:
        """Groups with their first members, and from when they are."""
        desk = self.dofisac.desk
        groups = await desk.quick(clusters_page, self.kind, first, count, "largest", most)
        missing = [each for each in groups if (each.cluster_id, each.size) not in self._spans]
        spans = await desk.quick(spans_of_clusters, self.kind, [each.cluster_id for each in missing])
        self._spans |= {(each.cluster_id, each.size): spans[each.cluster_id] for each in missing}
        members = [member for group in groups for member in group.members]
        self._faces = await desk.quick(face_views, [each.face_id for each in members if each.face_id])
        return groups

    def group_name(self, group: Cluster) -> str:
        """Its strongest words, or who is on the first photos of it."""
        if group.label:
            return display_text(group.label, 60)
        faces = [self._faces.get(member.face_id or 0) for member in group.members]
        names = dict.fromkeys(display_text(face.name, 30) for face in faces if face and face.name)
        return ", ".join(list(names)[:3]) or f"unnamed people {group.cluster_id}"

    def heading(self, group: Cluster) -> Text:
        """Words, count, from when, score."""
        quiet = self.rows.get_component_rich_style("picture-rows--more", partial=True)
        what = "photo" if self.kind == "scenes" else "face"
        span = self._spans.get((group.cluster_id, group.size))
        parts = [
            counted(group.size, what),
            *([_dates(span)] if span else []),
            stars(group.score),
        ]
        return Text.assemble((self.group_name(group), "bold"), (" · " + " · ".join(filter(None, parts)), quiet))

    def caption(self, group: Cluster, number: int, card: PhotoView) -> Text:
        """The day, or the name where there is none."""
        return Text(taken(card) if card.taken_at else display_text(card.path.rsplit(b"/", 1)[-1]))

    def about(self, group: Cluster, number: int, card: PhotoView) -> str:
        """Where in the group it is."""
        return f"{self.group_name(group)} {number + 1:,} of {group.size:,}"

    def shot(self, member: ClusterMember, card: PhotoView) -> PictureSource:
        """With the face framed where it is one of a group of faces."""
        face = self._faces.get(member.face_id or 0)
        return photo_source(card, face.box if face else None)

    def action_group_kind(self) -> None:
        """By scene, or by who is there too."""
        self.kind = "combined" if self.kind == "scenes" else "scenes"
        self.say("People in scenes: who is there, and where." if self.kind == "combined" else "Scenes alone.")
        self.start_over()


def _dates(span: TimeSpan) -> str:
    first, last = (display_text((each or "")[:7]) for each in span)
    return first if first == last else f"{first} - {last}"
