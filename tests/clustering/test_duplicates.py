"""Near-duplicates by fingerprint, time, scene and vote."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from dofisac_tui.clustering.duplicates import DuplicateCandidate, DuplicateGroup, duplicate_groups
from dofisac_tui.clustering.fingerprint_pairs import FLAT_BITS, is_flat, near_pairs
from dofisac_tui.clustering.thumbnail_correlation import thumbnail_agreement
from dofisac_tui.imaging.fingerprint import fingerprint, hamming
from dofisac_tui.library.thumbnails import thumbnail_path

BASE = 0x9249_B6DB_36D3_A4C7
"""An ordinary fingerprint: 33 of 64 bits are set."""


def photo(number: int, flipped: int = 0, **known: object) -> DuplicateCandidate:
    """A photo whose fingerprint differs from BASE in its lowest bits."""
    plain = DuplicateCandidate(number, f"content {number}", BASE ^ ((1 << flipped) - 1), 100, 100, 1000, "JPEG")
    return replace(plain, **known)  # type: ignore[arg-type]  # fields by name


def ids(groups: list[DuplicateGroup]) -> list[list[int]]:
    return [[group.keeper, *(member.id for member in group.members)] for group in groups]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12))
def test_near_pairs_are_those_of_brute_force(seed: int, bits: int) -> None:
    chance = np.random.default_rng(seed)
    values = chance.integers(0, 2**64, 80, dtype=np.uint64)
    for _ in range(4):
        flips = np.uint64(1) << chance.integers(0, 64, (3, len(values)), dtype=np.uint64)
        values = np.concatenate([values, values[:40] ^ np.bitwise_xor.reduce(flips[:, :40])])
    values = np.unique(values)
    left, right, distance = near_pairs(values, bits)
    dense = np.bitwise_count(values[:, None] ^ values)
    expected = set(map(tuple, np.argwhere(np.triu(dense <= bits, 1)).tolist()))
    found = [(min(pair), max(pair)) for pair in zip(left.tolist(), right.tolist(), strict=True)]
    assert len(found) == len(set(found)) and set(found) == expected
    np.testing.assert_array_equal(distance, dense[left, right])


def test_four_bits_are_enough_alone_and_five_are_not() -> None:
    assert ids(duplicate_groups([photo(1), photo(2, 4)])) == [[1, 2]]
    assert duplicate_groups([photo(1), photo(2, 5)]) == []


@pytest.mark.parametrize(("flipped", "seconds", "expected"), [(10, 5, True), (11, 5, False), (10, 6, False)])
def test_ten_bits_need_the_same_moment(flipped: int, seconds: int, expected: bool) -> None:
    pair = [photo(1, taken_at="2020-05-01T10:00:00"), photo(2, flipped, taken_at=f"2020-05-01T10:00:0{seconds}+02:00")]
    groups = duplicate_groups(pair)
    assert bool(groups) == expected
    assert not groups or groups[0].members[0].kind == "same moment"


def test_ten_bits_with_an_agreeing_scene() -> None:
    def agreement(position: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(others % 2 == position % 2)

    groups = duplicate_groups([photo(1), photo(2, 9), photo(3, 9)], agreement)
    assert ids(groups) == [[1, 3]]
    assert groups[0].members[0].kind == "same picture"


def test_pictures_have_to_look_alike_unless_they_are_of_one_moment() -> None:
    def alike_in(position: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(others == 1)

    photos = [photo(1), photo(2, 1), photo(3, 2), photo(4, 3, content_hash="content 1")]
    assert ids(duplicate_groups(photos, thumbnails=alike_in)) == [[1, 4, 2]]
    moment = [replace(each, taken_at="2020-05-01T10:00:00") for each in photos]
    assert ids(duplicate_groups(moment, thumbnails=alike_in)) == [[1, 4, 2, 3]]


def test_versions_look_alike_and_other_pictures_do_not(sample_photos: Path, tmp_path: Path) -> None:
    names, alike_in_by = [], []
    for source in sorted(sample_photos.iterdir()):
        with Image.open(source) as opened:
            original = opened.convert("RGB")
        width, height = original.size
        inner = original.crop((round(0.03 * width), round(0.03 * height), round(0.97 * width), round(0.97 * height)))
        for number, version in enumerate((original, inner, ImageEnhance.Brightness(original).enhance(1.2))):
            path = thumbnail_path(tmp_path, f"{source.stem}{number}")
            path.parent.mkdir(parents=True, exist_ok=True)
            version.resize((384, round(384 * height / width))).save(path)
            names.append(f"{source.stem}{number}")
            alike_in_by.append(source.name)
    alike_in = thumbnail_agreement(tmp_path, [*names, "missing"])
    for position, name in enumerate(alike_in_by):
        alike = alike_in(position, np.arange(len(names) + 1)).tolist()
        assert alike == [each == name for each in alike_in_by] + [True]


def test_no_chains() -> None:
    """The second is near both, which are not near each other."""
    groups = duplicate_groups([photo(1), photo(2, 4, width=90), photo(3, 8, width=80)])
    assert ids(groups) == [[1, 2]]


def test_the_keeper_and_its_reasons() -> None:
    small = photo(1, taken_at="2019-01-01T00:00:00")
    large = photo(2, 2, width=200, height=150, size=9000)
    groups = duplicate_groups([small, large])
    assert groups[0].keeper == 2
    assert groups[0].reasons == ("200x150", "largest file")
    assert duplicate_groups([photo(1), photo(2)])[0].reasons == ("as good as the others",)
    copies = [photo(1), photo(2, content_hash="content 1")]
    assert duplicate_groups(copies)[0].reasons == ("indexed first",)
    copies = [photo(1, path_length=9), photo(2, content_hash="content 1", path_length=8)]
    assert (duplicate_groups(copies)[0].keeper, duplicate_groups(copies)[0].reasons) == (2, ("shortest path",))
    earlier = photo(2, 1, taken_at="2019-01-01T00:00:00", known_faces=2, format="PNG")
    later = photo(1, taken_at="2019-01-01T00:00:01", known_faces=1)
    assert duplicate_groups([later, earlier])[0].reasons == ("has two known faces", "PNG", "earliest")


def test_exact_copies_are_marked_and_come_first() -> None:
    photos = [
        photo(1),
        photo(2, 3),
        photo(3, content_hash="content 1"),
        photo(4, content_hash="content 2", fingerprint=7),
    ]
    members = duplicate_groups(photos)[0].members
    assert [(member.id, member.kind) for member in members] == [
        (3, "exact copy"),
        (2, "same picture"),
        (4, "same moment"),
    ]


def test_flat_pictures_are_only_grouped_as_exact_copies() -> None:
    flat = fingerprint(Image.new("L", (64, 64), 0))
    photos = [photo(number, fingerprint=flat) for number in range(2000)]
    assert duplicate_groups(photos) == []
    copies = [*photos, photo(2000, fingerprint=flat, content_hash="content 7")]
    assert ids(duplicate_groups(copies)) == [[7, 2000]]


def test_votes_hold() -> None:
    photos = [photo(1), photo(2, 1), photo(3, 2), photo(9, 40)]
    groups = duplicate_groups(photos, constraints=[(2, 1, "unrelated"), (1, 9, "same moment")])
    assert ids(groups) == [[1, 3, 9]]
    assert groups[0].members[1].kind == "same moment"
    between_members = duplicate_groups(photos[:3], constraints=[(2, 3, "unrelated")])
    assert ids(between_members) == [[1, 2]]
    with pytest.raises(ValueError, match="must not be together"):
        duplicate_groups(photos, constraints=[(1, 2, "same picture"), (2, 3, "same picture"), (1, 3, "unrelated")])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_member_is_near_its_keeper_and_nobody_is_in_two_groups(seed: int) -> None:
    chance = np.random.default_rng(seed)
    photos = [
        photo(
            number,
            fingerprint=BASE ^ int(np.bitwise_or.reduce(1 << chance.integers(0, 63, chance.integers(1, 6)))),
            taken_at=f"2020-01-01T00:00:{chance.integers(60):02}",
            width=int(chance.integers(50, 200)),
        )
        for number in range(60)
    ]
    apart = {(int(a), int(b)) for a, b in chance.integers(0, 60, (40, 2)) if a != b}
    groups = duplicate_groups(photos, constraints=[(a, b, "unrelated") for a, b in apart])
    together = [each for group in ids(groups) for each in group]
    assert len(together) == len(set(together))
    for group in groups:
        for member in group.members:
            assert member.bits == hamming(photos[group.keeper].fingerprint, photos[member.id].fingerprint) <= 10
    assert not any({a, b} <= set(group) for group in ids(groups) for a, b in apart)


def test_real_photos_and_their_versions(sample_photos: Path, tmp_path: Path) -> None:
    """Re-encoded, resized and brightened versions are found; different photos stay apart."""
    photos: list[DuplicateCandidate] = []
    truth: list[str] = []
    for source in sorted(sample_photos.iterdir()):
        original = Image.open(source).convert("RGB")
        half = original.resize((original.width // 2, original.height // 2))
        bright = ImageEnhance.Brightness(original).enhance(1.15)
        again = tmp_path / "again.jpg"
        original.save(again, quality=60)
        for version in (original, Image.open(again), half, bright):
            number = len(photos)
            photos.append(photo(number, fingerprint=fingerprint(version), width=version.width, height=version.height))
            truth.append(source.name)
    groups = ids(duplicate_groups(photos))
    assert all(len({truth[each] for each in group}) == 1 for group in groups)
    assert sum(len(group) for group in groups) >= 0.97 * len(photos)


def test_flat_is_what_sets_few_bits() -> None:
    values = np.array([1 << 63, (1 << FLAT_BITS) - 1, (1 << (FLAT_BITS - 1)) - 1, BASE], np.uint64)
    assert is_flat(values).tolist() == [True, False, True, False]
