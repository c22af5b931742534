"""Whatever is stored, moved, copied or lost in whatever order, the rows fit together."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dofisac_tui.embedding import EmbeddingSpace
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.embedding_spaces import ensure_space
from dofisac_tui.library.known_files import absent_photo, known_files, photo_at
from dofisac_tui.library.photos import (
    copy_photo,
    mark_absent,
    mark_present,
    move_photo,
    record_of,
    store_faces,
    store_photo,
    store_scene,
)
from dofisac_tui.library.roots import add_root
from dofisac_tui.library.vectors import pack
from tests.library.helpers import face, photo, vector

PATHS = st.sampled_from([b"/p/a", b"/p/a.jpg", b"/p/\xff", b"/p/b/c"])
CONTENTS = st.sampled_from(["aa", "bb"])
STEPS = st.one_of(
    st.tuples(st.just("store"), PATHS, CONTENTS, st.integers(0, 3)),
    st.tuples(st.just("break"), PATHS, CONTENTS, st.integers(0, 3)),
    st.tuples(st.just("move"), PATHS, PATHS),
    st.tuples(st.just("copy"), PATHS, PATHS),
    st.tuples(st.just("lose"), PATHS),
    st.tuples(st.just("find"), PATHS),
)
Step = tuple[str, bytes, str, int] | tuple[str, bytes, bytes] | tuple[str, bytes]


class Model:
    """A library beside the plain dictionary that it must agree with: path -> content, number of faces, absent."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.expected: dict[bytes, tuple[str, int, bool]] = {}
        self.spaces = (
            ensure_space(library, EmbeddingSpace("faces", "face", 4, "euclidean")),
            ensure_space(library, EmbeddingSpace("scenes", "scene", 4, "cosine")),
        )
        self.ever: set[tuple[int, int]] = set()

    def take(self, step: Step) -> None:
        match step:
            case ("store", path, content, faces):
                self._store(path, content, faces)
                self.expected[path] = (content, faces, False)
            case ("break", path, content, faces):
                self._break(path, content, faces)
            case ("move", source, path) if source in self.expected:
                with self.library.write() as connection:
                    move_photo(connection, self._id(source), 1, path, 100, 1)
                content, faces, _ = self.expected.pop(source)
                self.expected[path] = (content, faces, False)
            case ("copy", source, path) if source in self.expected:
                content, faces, _ = self.expected[source]
                with self.library.write() as connection:
                    copy_photo(connection, self._id(source), photo(path, content))
                self.expected[path] = (content, faces, False)
            case ("lose" | "find" as what, path) if path in self.expected:
                with self.library.write() as connection:
                    (mark_absent if what == "lose" else mark_present)(connection, [self._id(path)])
                self.expected[path] = (*self.expected[path][:2], what == "lose")

    def _id(self, path: bytes) -> int:
        return int(self.library.value("SELECT photo_id FROM photos WHERE path = ?", (path,)))

    def _store(self, path: bytes, content: str, faces: int, fail: bool = False) -> None:
        with self.library.write() as connection:
            photo_id = store_photo(connection, photo(path, content))
            store_faces(connection, photo_id, self.spaces[0], [face(n) for n in range(faces)])
            if fail:
                raise InterruptedError
            store_scene(connection, photo_id, self.spaces[1], vector(faces))

    def _break(self, path: bytes, content: str, faces: int) -> None:
        try:
            self._store(path, content, faces, fail=True)
        except InterruptedError:
            return  # and nothing of it may be seen
        raise AssertionError("the write was not broken off")

    def check(self) -> None:
        known = list(known_files(self.library, 1))
        assert [(file.path, file.content_hash, file.absent) for file in known] == [
            (path, content, absent) for path, (content, _, absent) in sorted(self.expected.items())
        ]
        for file in known:
            self._check_found(file.photo_id, self.expected[file.path][1])
            assert photo_at(self.library, file.path, file.content_hash) == file
            assert (absent_photo(self.library, file.content_hash) is not None) == any(
                content == file.content_hash and absent for content, _, absent in self.expected.values()
            )
            assert record_of(self.library, file.photo_id) == photo(file.path, file.content_hash)
        assert self.library.rows("PRAGMA foreign_key_check") == []
        self._check_vectors(self.spaces)

    def _check_found(self, photo_id: int, faces: int) -> None:
        rows = self.library.rows(
            "SELECT number, vector FROM faces LEFT JOIN face_vectors USING (face_id, space_id)"
            " WHERE photo_id = ? ORDER BY number",
            (photo_id,),
        )
        assert [tuple(row) for row in rows] == [(n + 1, pack(self.spaces[0], vector(n))) for n in range(faces)]
        scenes = self.library.rows("SELECT vector FROM scene_vectors WHERE photo_id = ?", (photo_id,))
        assert [row[0] for row in scenes] == [pack(self.spaces[1], vector(faces))]
        assert self.library.value("SELECT COUNT(*) FROM analyses WHERE photo_id = ?", (photo_id,)) == 2

    def _check_vectors(self, spaces: tuple[EmbeddingSpace, EmbeddingSpace]) -> None:
        """No vector without a face, and every vector that went is told of once."""
        faces = {(spaces[0].space_id, row[0]) for row in self.library.rows("SELECT face_id FROM faces")}
        rows = self.library.rows("SELECT space_id, face_id FROM face_vectors")
        scenes = self.library.rows("SELECT space_id, vector_id FROM scene_vectors")
        assert {tuple(row) for row in rows} == faces
        now = {tuple(row) for row in [*rows, *scenes]}
        self.ever |= now
        removed = [tuple(row) for row in self.library.rows("SELECT space_id, vector_id FROM vector_removals")]
        assert sorted(removed) == sorted(self.ever - now)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=15))
def test_any_sequence_of_changes_leaves_the_rows_in_order(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as name, create_library(Path(name) / "library") as library:
        add_root(library, name.encode())
        model = Model(library)
        for step in steps:
            model.take(step)
            model.check()
