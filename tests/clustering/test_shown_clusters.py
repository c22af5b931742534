"""What a screen reads of the current clusters: pages, keepers with their reasons, and what has gone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dofisac_tui.clustering.run import cluster
from dofisac_tui.errors import QueryError
from dofisac_tui.library import people, voting
from dofisac_tui.library.clusters import Cluster, Order, clusters_page, count_clusters, current_clusters
from dofisac_tui.library.database import Library
from dofisac_tui.library.photos import PhotoRecord, mark_absent, mark_present, store_photo
from tests.clustering.people_library import PeopleLibrary, people_library

BASE = 0x9249_B6DB_36D3_A4C7


@pytest.fixture
def filling(tmp_path: Path) -> Iterator[PeopleLibrary]:
    made = people_library(tmp_path)
    with made.library:
        yield made


def put(filling: PeopleLibrary, name: str, flipped: int = 0, **known: object) -> int:
    """Add a photo without faces, whose fingerprint differs from BASE in its lowest bits."""
    fingerprint = BASE ^ ((1 << flipped) - 1)
    path = f"/photos/{name}".encode()
    plain = PhotoRecord(filling.root_id, path, 9, 1, name, "JPEG", 80, 60, fingerprint, None, None, None, None)
    with filling.library.write() as connection:
        return store_photo(connection, replace(plain, **known))  # type: ignore[arg-type]  # fields by name


def absent(library: Library, *photo_ids: int) -> None:
    with library.write() as connection:
        mark_absent(connection, photo_ids)


def groups(library: Library) -> list[Cluster]:
    return current_clusters(library, "duplicates")


def test_the_keeper_comes_first_with_its_reasons_and_copies_are_marked(filling: PeopleLibrary) -> None:
    library = filling.library
    near, small = put(filling, "near", 3), put(filling, "small", 1, width=40, height=30)
    keeper = put(filling, "keeper", width=160, height=120)
    copy = put(filling, "keeper (1)", content_hash="keeper", width=160, height=120)  # a longer path
    cluster(library, "duplicates")
    (group,) = groups(library)
    assert (group.keeper_photo_id, group.reasons, group.size) == (keeper, ("160x120",), 4)
    assert [each.photo_id for each in group.members] == [keeper, copy, small, near]
    assert [(each.exact, each.bits) for each in group.members] == [(True, 0), (True, 0), (False, 1), (False, 3)]


def test_a_choice_of_the_one_to_keep_outlives_clusterings_until_it_is_undone(filling: PeopleLibrary) -> None:
    library = filling.library
    proposed, small = put(filling, "proposed", width=160), put(filling, "small", 2, width=40)
    put(filling, "other", 3)
    cluster(library, "duplicates")
    voting.keep_photo(library, proposed, "test")
    voting.keep_photo(library, small, "test")
    for _ in range(2):
        (group,) = groups(library)
        assert (group.keeper_photo_id, group.reasons, group.size) == (small, ("you chose it",), 3)
        assert [each.bits for each in group.members] == [0, 1, 2]
        cluster(library, "duplicates")
    absent(library, small)
    (group,) = groups(library)
    assert (group.keeper_photo_id, group.reasons) == (proposed, ("you chose it",))
    voting.undo(library, "test")
    voting.undo(library, "test")
    (group,) = groups(library)
    assert group.keeper_photo_id == proposed and group.reasons != ("you chose it",)
    with pytest.raises(QueryError, match="no photo 99"):
        voting.keep_photo(library, 99, "test")


def test_a_photo_of_known_people_is_kept(filling: PeopleLibrary) -> None:
    library = filling.library
    for _ in range(4):
        filling.put((0, 1), content=f"both {filling.photos}")
    cluster(library, "people")
    for number, person in enumerate(people.list_people(library)):
        people.name_person(library, person.person_id, f"Person {number}", "test")
    with library.write() as connection:  # the photos of these people have a fingerprint of their own
        connection.execute("UPDATE photos SET fingerprint = photo_id * 0x0F0F0F0F0F0F0F")
        connection.execute("UPDATE photos SET fingerprint = ? WHERE photo_id = 3", (BASE - 2**64,))
    put(filling, "nobody", 1, width=800, height=600)
    cluster(library, "duplicates")
    (group,) = groups(library)
    assert group.keeper_photo_id == 3 and "has two known faces" in group.reasons


def test_what_has_gone_is_not_shown(filling: PeopleLibrary) -> None:
    library = filling.library
    keeper = put(filling, "keeper", width=160)
    others = [put(filling, f"other {number}", number) for number in (1, 2)]
    cluster(library, "duplicates")
    absent(library, keeper)
    (group,) = groups(library)
    assert (group.keeper_photo_id, group.reasons, group.size) == (None, (), 2)
    absent(library, others[0])
    assert groups(library) == [] and count_clusters(library, "duplicates") == 0
    with library.write() as connection:
        mark_present(connection, [keeper])
    assert groups(library)[0].keeper_photo_id == keeper


@pytest.mark.parametrize("order", ["largest", "newest"])
def test_pages_are_parts_of_the_whole(filling: PeopleLibrary, order: Order) -> None:
    library = filling.library
    for number in range(40):
        filling.put((number % 7, (number * number + 1) % 7))
    cluster(library, "people")
    everybody = [each.person_id for each in people.list_people(library)]
    people.name_person(library, everybody[3], "Zoe", "test")
    people.merge_people(library, everybody[1], everybody[2], "test")
    voting.vote_cluster(library, "people", everybody[0], 5, "test")
    faces = people.faces_of_person(library, everybody[4])
    people.split_person(library, everybody[4], faces[:2], "test")
    absent(library, 1, 5)
    whole = clusters_page(library, "people", 0, -1, order)
    assert count_clusters(library, "people") == len(whole) > 5
    assert all(each.size == len(each.members) for each in whole)
    assert {each.cluster_id: each.score for each in whole if each.score} == {everybody[0]: 5}
    assert {each.cluster_id for each in whole} == {each.person_id for each in people.list_people(library)}
    for offset in range(0, len(whole) + 2, 2):
        assert clusters_page(library, "people", offset, 2, order) == whole[offset : offset + 2]
    few = clusters_page(library, "people", 0, 5, order, most=3)
    assert few == [replace(each, members=each.members[:3]) for each in whole[:5]]
    if order == "largest":
        assert whole[0].person == "Zoe" and current_clusters(library, "people") == whole
        sizes = [each.size for each in whole[1:]]
        assert sizes == sorted(sizes, reverse=True)
    else:
        assert [each.cluster_id for each in whole] == sorted((each.cluster_id for each in whole), reverse=True)


def test_before_the_first_run_there_is_nothing(filling: PeopleLibrary) -> None:
    assert current_clusters(filling.library, "scenes") == [] and count_clusters(filling.library, "scenes") == 0
