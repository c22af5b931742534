"""export json, csv and xmp, and import-dofisac, on a library with one named person."""

import csv
import io
import os
import pickle
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from dofisac_tui.clustering.run import cluster
from dofisac_tui.library import people
from dofisac_tui.library.photos import move_photo
from tests.cli.conftest import Dofisac
from tests.clustering.people_library import people_library


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Three photos of Anna, and three of somebody without a name, as real files."""
    filling = people_library(tmp_path)
    for number, who in enumerate((0, 0, 0, 1, 1, 1)):
        filling.put([who])
        path = tmp_path / "photos" / f"{number}.jpg"
        Image.new("RGB", (80, 60)).save(path)
        with filling.library.write() as connection:
            move_photo(connection, number + 1, filling.root_id, bytes(path), 1, 1)
    with filling.library as opened:
        cluster(opened, "people")
        people.name_person(opened, people.list_people(opened)[0].person_id, "Anna", "test")
    return filling.library.folder


def test_json_and_csv_go_to_stdout_or_to_a_file(dofisac: Dofisac, library: Path, tmp_path: Path) -> None:
    data = dofisac("--library", library, "export", "json").data
    assert [photo["face_list"][0]["person"] for photo in data["photos"]] == ["Anna"] * 3 + [None] * 3
    printed = dofisac("--library", library, "export", "csv").out
    assert [row["people"] for row in csv.DictReader(io.StringIO(printed))] == ["Anna"] * 3 + [""] * 3
    done = dofisac("--library", library, "export", "csv", "--output", tmp_path / "photos.csv")
    assert (done.code, done.out) == (0, "") and (tmp_path / "photos.csv").read_text() == printed
    refused = dofisac("--library", library, "export", "json", "--output", tmp_path / "photos")
    assert refused.code == 1 and len(refused.err.splitlines()) == 1


def test_sidecars_go_to_the_library_unless_told_otherwise(dofisac: Dofisac, library: Path, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path / "photos"))
    assert "Wrote 3 sidecars" in dofisac("--library", library, "export", "xmp").err
    written = sorted((library / "exports" / "xmp" / "photos").iterdir())
    assert [path.name for path in written] == ["0.jpg.xmp", "1.jpg.xmp", "2.jpg.xmp"]
    for path in written:
        ElementTree.parse(path)  # noqa: S314 -- what was just written
    refused = dofisac("--library", library, "export", "xmp", "--output", tmp_path / "photos")
    assert refused.code == 1 and "--beside" in refused.err
    assert sorted(os.listdir(tmp_path / "photos")) == before
    (tmp_path / "photos" / "0.jpg.xmp").write_text("of another program")
    told = dofisac("--library", library, "export", "xmp", "--beside").err
    assert "Wrote 2 sidecars beside the photos" in told and "0.jpg.xmp is not ours and stays" in told
    assert dofisac("--library", library, "export", "xmp", "--beside", "--output", tmp_path).code == 2


def test_a_sidecar_that_cannot_be_made_is_told_and_the_others_are_written(
    dofisac: Dofisac, library: Path, tmp_path: Path
) -> None:
    (tmp_path / "photos" / "1.jpg").unlink()
    done = dofisac("--library", library, "export", "xmp")
    assert done.code == 1 and "Wrote 2 sidecars" in done.err and "1.jpg: no sidecar, No such file" in done.err


def test_import_dofisac_tells_what_it_took(dofisac: Dofisac, library: Path, tmp_path: Path) -> None:
    a, b = (str(tmp_path / "photos" / f"{number}.jpg") for number in (0, 3))
    file = tmp_path / "faces.pkl"
    file.write_bytes(pickle.dumps({"paths": [a, b], "votes": [(a, b, "no"), (a, "/gone.jpg", "yes")]}))
    done = dofisac("--library", library, "import-dofisac", file, "--json").data
    assert done == {"photos": 2, "missing": 1, "added": 1, "known": 0, "left_out": 1}
    again = dofisac("--library", library, "import-dofisac", file).err
    assert "Added 0 decisions; 1 were here already." in again and "Left out 1" in again


def test_import_dofisac_refuses_a_hostile_file_in_one_sentence(dofisac: Dofisac, library: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(library, tmp_path / "copy")
    file = tmp_path / "faces.pkl"
    file.write_bytes(b"cos\nsystem\n(S'touch " + os.fsencode(tmp_path / "proof") + b"'\ntR.")
    done = dofisac("--library", copy, "import-dofisac", file)
    assert (done.code, done.out) == (1, "") and len(done.err.splitlines()) == 1 and "os.system" in done.err
    assert not (tmp_path / "proof").exists()
    assert dofisac("--library", copy, "import-dofisac", tmp_path / "none.pkl").code == 1
