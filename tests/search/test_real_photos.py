"""Real photos, real models: what a person would ask for comes first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dofisac_tui.config import Indexing, Settings
from dofisac_tui.engines.packs import Engines
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference
from dofisac_tui.library.database import Library, create_library
from dofisac_tui.library.roots import add_root, all_roots
from dofisac_tui.search.photo_search import Hit, PhotoSearch
from dofisac_tui.search.query import parse_query


class Silent:
    """Hears of the progress and says nothing."""

    def on_warning(self, message: str) -> None:
        pass

    def on_start(self, total: int) -> None:
        pass

    def on_file_done(self, path: bytes) -> None:
        pass


@pytest.fixture(scope="module")
def engines(models_folder: Path) -> Engines:
    return Engines("bundled", Settings(indexing=Indexing(workers=1, threads=1)))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, sample_photos: Path, engines: Engines) -> Iterator[Library]:
    with create_library(tmp_path_factory.mktemp("real") / "library") as opened:
        add_root(opened, bytes(sample_photos))
        settings = Settings(indexing=Indexing(workers=1, threads=1))
        Indexer(opened, settings, Inference(engines.faces(), engines.scenes()), Silent()).run(all_roots(opened))
        yield opened


def names(hits: list[Hit]) -> list[str]:
    return [Path(hit.path.decode()).name for hit in hits]


@pytest.mark.parametrize(
    ("words", "photo"), [("a cat", "chelsea.png"), ("eine Katze", "chelsea.png"), ("coffee", "coffee.png")]
)
def test_words_find_the_photo(library: Library, engines: Engines, words: str, photo: str) -> None:
    hits = PhotoSearch(library).find(query=parse_query(words), scenes=engines.scenes())
    assert names(hits)[0] == photo
    assert names(PhotoSearch(library).find(query=parse_query(f"{words} -cat"), scenes=engines.scenes())) == (
        [] if photo == "chelsea.png" else names(hits)
    )


def test_each_face_finds_its_own_photo_and_nobody_else(library: Library) -> None:
    search = PhotoSearch(library)
    faces = library.rows("SELECT face_id, path FROM faces JOIN photos USING (photo_id)")
    assert len(faces) >= 7
    for row in faces:
        hits = search.find(search.indexed_face(row["face_id"]))
        assert (hits[0].path, hits[0].face_id, hits[0].distance) == (row["path"], row["face_id"], 0)
        assert hits[0].match > 99
        assert len(hits) == 1
        assert hits[0].box


def test_a_photo_is_most_like_itself(library: Library) -> None:
    search = PhotoSearch(library)
    for row in library.rows("SELECT photo_id FROM photos"):
        hits = search.find(search.indexed_photo(row["photo_id"]))
        assert hits[0].photo_id == row["photo_id"]
