"""XMP sidecars: valid XML, regions where the faces are in the stored pixels, and nothing of others overwritten."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageOps

from dofisac_tui.clustering.run import cluster
from dofisac_tui.errors import InterchangeError
from dofisac_tui.interchange.present_photos import ExportedFace, ExportedPhoto
from dofisac_tui.interchange.xmp import sidecar, stored_orientation, stored_region, stored_size, write_sidecars
from dofisac_tui.library import people
from dofisac_tui.library.photos import move_photo
from dofisac_tui.library.roots import add_root
from tests.clustering.people_library import PeopleLibrary, people_library
from tests.imaging.helpers import TURNED

NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "mwg": "http://www.metadataworkinggroup.com/schemas/regions/",
    "area": "http://ns.adobe.com/xmp/sType/Area#",
    "dim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
}
ODD = b"odd-\xff-\x1b.jpg"


@pytest.fixture
def filling(tmp_path: Path) -> PeopleLibrary:
    """Real files: three photos of Anna, three of somebody without a name."""
    made = people_library(tmp_path)
    folder = os.fsencode(tmp_path / "photos")
    for number, who in enumerate((0, 0, 0, 1, 1, 1)):
        made.put([who])
        path = os.path.join(folder, ODD if number == 0 else b"sub/%d.jpg" % number)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Image.new("RGB", (80, 60)).save(os.fsdecode(path))
        with made.library.write() as connection:
            move_photo(connection, number + 1, made.root_id, path, 1, 1)
    cluster(made.library, "people")
    people.name_person(made.library, people.list_people(made.library)[0].person_id, "Anna & <Bob>", "test")
    return made


def files(folder: Path) -> dict[bytes, bytes]:
    """All files of a folder, by their path in it."""
    found = {}
    for parent, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, os.fsencode(folder))] = file.read()
    return found


def parsed(packet: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(packet)  # noqa: S314 -- what was just written


def texts(packet: bytes, path: str) -> list[str | None]:
    return [each.text for each in parsed(packet).findall(f".//{path}", NAMES)]


def test_sidecars_mirror_the_roots_and_photos_are_left_alone(filling: PeopleLibrary, tmp_path: Path) -> None:
    before = files(tmp_path / "photos")
    done = write_sidecars(filling.library, os.fsencode(tmp_path / "out"))
    assert (done.written, done.kept, done.failed) == (3, [], [])
    written = files(tmp_path / "out")
    assert set(written) == {b"photos/" + ODD + b".xmp", b"photos/sub/1.jpg.xmp", b"photos/sub/2.jpg.xmp"}
    assert files(tmp_path / "photos") == before
    for packet in written.values():
        assert texts(packet, "dc:subject//rdf:li") == texts(packet, "ext:PersonInImage//rdf:li") == ["Anna & <Bob>"]
        assert texts(packet, "mwg:Name") == ["Anna & <Bob>"] and texts(packet, "mwg:Type") == ["Face"]
    assert write_sidecars(filling.library, os.fsencode(tmp_path / "out")).written == 3
    assert files(tmp_path / "out") == written


def test_a_region_has_normalised_centre_and_size(filling: PeopleLibrary, tmp_path: Path) -> None:
    write_sidecars(filling.library, os.fsencode(tmp_path / "out"))
    packet = parsed(files(tmp_path / "out")[b"photos/sub/1.jpg.xmp"])
    area, size = packet.find(".//mwg:Area", NAMES), packet.find(".//mwg:AppliedToDimensions", NAMES)
    assert area is not None and size is not None
    found = [float(area.attrib[f"{{{NAMES['area']}}}{part}"]) for part in "xywh"]
    assert found == pytest.approx([25 / 800, 40 / 600, 50 / 800, 60 / 600], abs=1e-6)
    assert [size.attrib[f"{{{NAMES['dim']}}}{part}"] for part in "wh"] == ["800", "600"]


def test_what_others_wrote_stays_unless_forced(filling: PeopleLibrary, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "photos" / "sub"
    folder.mkdir(parents=True)
    (folder / "1.jpg.xmp").write_text("<of-another-program/>")
    done = write_sidecars(filling.library, os.fsencode(tmp_path / "out"))
    assert (done.written, done.kept) == (2, [os.fsencode(folder / "1.jpg.xmp")])
    assert (folder / "1.jpg.xmp").read_text() == "<of-another-program/>"
    assert write_sidecars(filling.library, os.fsencode(tmp_path / "out"), force=True).written == 3
    assert texts((folder / "1.jpg.xmp").read_bytes(), "mwg:Name") == ["Anna & <Bob>"]


def test_a_name_that_was_taken_back_leaves_our_sidecars(filling: PeopleLibrary, tmp_path: Path) -> None:
    from dofisac_tui.library.voting import undo

    write_sidecars(filling.library, os.fsencode(tmp_path / "out"))
    undo(filling.library, "test")
    assert write_sidecars(filling.library, os.fsencode(tmp_path / "out")).written == 3
    assert all(texts(packet, "rdf:li") == [] for packet in files(tmp_path / "out").values())


def test_beside_the_photos_only_when_told(filling: PeopleLibrary, tmp_path: Path) -> None:
    for output in (tmp_path, tmp_path / "photos", tmp_path / "photos" / "new"):
        with pytest.raises(InterchangeError, match="would put sidecars among the photos"):
            write_sidecars(filling.library, os.fsencode(output))
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    with pytest.raises(InterchangeError):
        write_sidecars(filling.library, os.fsencode(tmp_path / "link"))
    assert not any(name.endswith(b".xmp") for name in files(tmp_path / "photos"))
    assert write_sidecars(filling.library, None).written == 3
    assert sum(name.endswith(b".xmp") for name in files(tmp_path / "photos")) == 3


def test_roots_of_one_name_do_not_mix(filling: PeopleLibrary, tmp_path: Path) -> None:
    other = tmp_path / "disk" / "photos"
    other.mkdir(parents=True)
    root = add_root(filling.library, bytes(other))
    Image.new("RGB", (80, 60)).save(other / "1.jpg")
    with filling.library.write() as connection:
        move_photo(connection, 2, root.root_id, bytes(other / "1.jpg"), 1, 1)
    write_sidecars(filling.library, os.fsencode(tmp_path / "out"))
    assert {b"photos-2/1.jpg.xmp", b"photos/sub/2.jpg.xmp"} < set(files(tmp_path / "out"))


def test_a_photo_that_cannot_be_read_costs_only_its_sidecar(filling: PeopleLibrary, tmp_path: Path) -> None:
    (tmp_path / "photos" / "sub" / "1.jpg").unlink()
    (tmp_path / "photos" / "sub" / "2.jpg").write_bytes(b"no picture")
    done = write_sidecars(filling.library, os.fsencode(tmp_path / "out"))
    assert done.written == 1 and len(done.failed) == 2


def test_an_output_that_is_a_file_is_refused(filling: PeopleLibrary, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InterchangeError, match="is a file"):
        write_sidecars(filling.library, os.fsencode(tmp_path / "file"))


def test_no_character_breaks_the_xml() -> None:
    name = "A\x00\x01\x0b\ufffe\udcff]]>&\"'\U0001f600"
    face = ExportedFace(1, (-5.0, 0.0, 50.0, 60.0), 0.9, 0.8, 1, name)
    photo = ExportedPhoto(1, b"/", b"/a", "x", "JPEG", 100, 100, None, None, None, None, (face,))
    packet = sidecar(photo, 1)
    assert texts(packet, "mwg:Name") == ["A]]>&\"'\U0001f600"]
    area = parsed(packet).find(".//mwg:Area", NAMES)
    assert area is not None and area.attrib[f"{{{NAMES['area']}}}w"] == "0.450000"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_region_is_where_the_face_is_in_the_stored_pixels(orientation: int, tmp_path: Path) -> None:
    upright = Image.new("L", (80, 60))
    upright.paste(255, (8, 36, 24, 42))
    turn = TURNED[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.png"
    stored.save(path, exif=exif)
    with Image.open(path) as opened:
        assert ImageOps.exif_transpose(opened).tobytes() == upright.tobytes()
    found = stored_orientation(bytes(path), "PNG")
    assert found == orientation and stored_size(80, 60, found) == stored.size
    x, y, w, h = stored_region((8, 36, 16, 6), 80, 60, found)
    width, height = stored.size
    bounds = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
    assert bounds == pytest.approx(stored.getbbox())


def test_shared_photos_tell_how_they_are_stored(shared_photos: Path) -> None:
    for number in range(1, 9):
        assert stored_orientation(bytes(shared_photos / "orientation" / f"Portrait_{number}.jpg"), "JPEG") == number
