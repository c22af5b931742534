"""Files of the Flask app: what they say becomes rows of the ledger, and a hostile one runs nothing."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.errors import InterchangeError
from dofisac_tui.interchange.dofisac_import import DofisacFile, import_dofisac_file, read_dofisac_file
from dofisac_tui.interchange.ledger_file import read_ledger, write_ledger
from dofisac_tui.library import people, voting
from dofisac_tui.library.ledger import all_votes, standing_votes
from tests.clustering.people_library import PeopleLibrary, people_library

CONTENT: dict[str, Any] = {
    "paths": ["/photos/1.jpg", "/photos/2.jpg", "/old/place/3.jpg", "/gone.jpg", os.fsdecode(b"/photos/\xff.jpg")],
    "encodings": [np.arange(128.0) for _ in range(5)],
    "names": np.array(["Anna", "Anna", "Anna", "Berta", "x"]),
    "votes": [("/photos/1.jpg", "/photos/4.jpg", "no"), ("/photos/1.jpg", "/photos/2.jpg", np.bool_(True))],
    "clusters": OrderedDict(cluster_0=[{"path": "/photos/1.jpg"}, {"path": "/photos/2.jpg"}], cluster_1=["/gone.jpg"]),
    "cluster_votes": {"cluster_0": np.int64(5), "cluster_1": 2},
    "cluster_kind": "phash",
}


@pytest.fixture
def filling(tmp_path: Path) -> PeopleLibrary:
    """Eight photos of two persons alone, and one of both."""
    made = people_library(tmp_path)
    for who in ([0], [0], [0], [1], [1], [1], [0, 1]):
        made.put(who)
    return made


def write(folder: Path, content: bytes) -> Path:
    file = folder / "file.pkl"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_and_arrays_are_read_in_every_protocol(tmp_path: Path, protocol: int) -> None:
    file = read_dofisac_file(write(tmp_path, pickle.dumps(CONTENT, protocol)))
    assert file.paths == (b"/photos/1.jpg", b"/photos/2.jpg", b"/old/place/3.jpg", b"/gone.jpg", b"/photos/\xff.jpg")
    assert file.names[b"/photos/1.jpg"] == "Anna"
    assert file.votes == ((b"/photos/1.jpg", b"/photos/4.jpg", "no"), (b"/photos/1.jpg", b"/photos/2.jpg", "yes"))
    assert file.clusters["cluster_0"] == (b"/photos/1.jpg", b"/photos/2.jpg")
    assert (file.scores, file.kind) == ({"cluster_0": 5, "cluster_1": 2}, "duplicates")


def test_arrays_of_an_older_numpy_and_a_matrix_are_read(tmp_path: Path) -> None:
    content = pickle.dumps({"paths": ["/a", "/b"], "encodings": np.zeros((2, 128))}, 2)
    old = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert old != content
    assert read_dofisac_file(write(tmp_path, old)).paths == (b"/a", b"/b")


@pytest.mark.parametrize("encoding", [np.zeros(128), [np.zeros(128)], np.zeros((2, 128)), [0.5, 1.5], []], ids=repr)
def test_a_dict_of_paths_to_encodings_is_read(tmp_path: Path, encoding: object) -> None:
    file = read_dofisac_file(write(tmp_path, pickle.dumps({"/a.jpg": encoding, b"/b\xff.jpg": encoding})))
    assert file == DofisacFile((b"/a.jpg", b"/b\xff.jpg"))


class Hostile:
    """What a pickle runs when it is loaded."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return self.call


def test_a_hostile_pickle_runs_when_loaded_and_is_refused_here(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    content = pickle.dumps({"paths": [Hostile(os.system, f"touch {proof}")]})
    pickle.loads(content)  # noqa: S301 -- to see that the test means something
    assert proof.exists()
    proof.unlink()
    with pytest.raises(InterchangeError, match=r"would call posix\.system\)\. Nothing was changed"):
        read_dofisac_file(write(tmp_path, content))
    assert not proof.exists()


def hostile(module: str, name: str) -> bytes:
    """A pickle that calls a function with one text."""
    return f"c{module}\n{name}\n(S'print(1)'\ntR.".encode()


@pytest.mark.parametrize(
    "content",
    [
        hostile("builtins", "eval"),
        hostile("__builtin__", "exec"),
        hostile("builtins", "getattr"),
        hostile("numpy", "load"),
        hostile("numpy.core.multiarray", "fromfile"),
        hostile("numpy.ndarray", "tofile"),
        hostile("dofisac_tui.library.database", "open_library"),
        pickle.dumps({"paths": [Hostile(np.fromfile, "/etc/passwd")]}),
        b"c_codecs\nencode\n(V7\nVbz2\ntR.",
        b"\x80\x04cnumpy\nndarray.tofile\n.",
        b"",
        b"no pickle",
        pickle.dumps(CONTENT)[:-20],
        pickle.dumps([1]),
        pickle.dumps({}),
        pickle.dumps({"a": "b"}),
        pickle.dumps({"paths": ["/a"], "names": []}),
        pickle.dumps({"votes": [("/a", "/b", "perhaps")]}),
        pickle.dumps({"votes": [("/a", "/b")]}),
        pickle.dumps({"paths": [7]}),
        pickle.dumps({"paths": ["\ud800"]}),
        pickle.dumps({"clusters": {"a": [{}]}}),
        pickle.dumps({"cluster_votes": {"a": 7}}),
        pickle.dumps({"cluster_kind": "people"}),
        b"]q\x00h\x00a.",
    ],
    ids=range(25),
)
def test_what_asks_for_more_or_is_no_such_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InterchangeError, match="cannot be used as a file of DoFISaC") as refused:
        read_dofisac_file(write(tmp_path, content))
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500


@pytest.mark.parametrize(
    "content",
    [
        b"c__builtin__\nbytearray\n(L999999999999999L\ntR.",
        b"cnumpy\nndarray\n((L99999999999999L\nttR.",
        b"\x80\x02]r\xff\xff\xff\xff.",
        b"]q\x00" + b"".join(b"](" + b"h%c" % n * 16 + b"eq%c" % (n + 1) for n in range(20)) + b".",
    ],
    ids=["bytes", "array", "memo", "laughs"],
)
def test_a_bomb_costs_no_memory_here(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InterchangeError):
        read_dofisac_file(write(tmp_path, content))


def test_names_votes_and_scores_become_rows_once(filling: PeopleLibrary, tmp_path: Path) -> None:
    library = filling.library
    file = read_dofisac_file(write(tmp_path, pickle.dumps(CONTENT)))
    done = import_dofisac_file(library, file)
    # left out: Berta and x, whose photos are not here, and the score of the cluster that is gone
    assert done == (4, 2, 4, 0, 3)
    rows = [(vote.kind, vote.answer, vote.content_a, vote.content_b) for vote in all_votes(library)]
    contents = [row[0] for row in library.rows("SELECT content_hash FROM photos ORDER BY photo_id")]
    assert rows == [
        ("match", "no", contents[0], contents[3]),
        ("match", "yes", contents[0], contents[1]),
        ("cluster", "5", None, None),
        ("name", "Anna", None, None),
    ]
    assert import_dofisac_file(library, file)[2:4] == (0, 4)
    cluster(library, "people")
    (anna,) = (each for each in people.list_people(library) if each.name)
    assert anna.name == "Anna" and set(people.faces_of_person(library, anna.person_id)) >= {1, 2, 3}
    write_ledger(library, tmp_path / "votes.jsonl")
    assert read_ledger(tmp_path / "votes.jsonl") == all_votes(library)


def test_what_was_decided_here_is_newer(filling: PeopleLibrary) -> None:
    library = filling.library
    voting.vote_match(library, 1, 2, "yes", "test")
    file = DofisacFile(votes=((b"/photos/1.jpg", b"/photos/2.jpg", "no"),))
    assert import_dofisac_file(library, file).added == 1
    assert [vote.answer for vote in standing_votes(library)] == ["yes"]


def test_a_photo_of_several_or_nobody_takes_no_vote(filling: PeopleLibrary) -> None:
    file = DofisacFile(votes=((b"/photos/1.jpg", b"/photos/7.jpg", "yes"), (b"/photos/1.jpg", b"/photos/1.jpg", "yes")))
    assert import_dofisac_file(filling.library, file) == (2, 0, 0, 0, 2)


def test_a_file_name_that_two_photos_have_tells_nothing(filling: PeopleLibrary) -> None:
    from dofisac_tui.library.photos import move_photo

    with filling.library.write() as connection:
        move_photo(connection, 2, filling.root_id, b"/photos/sub/1.jpg", 1, 1)
    found = import_dofisac_file(filling.library, DofisacFile((b"/old/1.jpg", b"/old/3.jpg")))
    assert (found.photos, found.missing) == (1, 1)
