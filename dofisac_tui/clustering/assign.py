"""New faces join the persons that are known, without a new run."""

import numpy as np
from numpy.typing import NDArray

from dofisac_tui.clustering.faces import Faces, read_faces
from dofisac_tui.clustering.verdicts import read_verdicts
from dofisac_tui.library import runs
from dofisac_tui.library.database import Library
from dofisac_tui.library.spaces import searched_space
from dofisac_tui.match_curves import match_curve, person_curves

SURE = 0.95
"""Probability from which a new face joins a person at once."""

CLEAR = 1.05
"""How many times as far the next person must be."""


def assign_new_faces(library: Library) -> int:
    """Put faces that no run has seen to the persons they are surely of; the others wait for the next run.

    A face joins the person to whose faces its distance (root mean square, or mean for a cosine space) is least, if
    that makes it at least SURE and nobody else is nearly as close, unless a decision or another face in its photo is
    against it. To be called after photos were indexed; it reads every face once.

    Returns:
        How many faces joined a person.

    Raises:
        LibraryError: the library cannot be read or written.
    """
    space, run = searched_space(library, "face"), runs.current_run(library, "people")
    if space is None or run is None:
        return 0
    waiting = library.value("SELECT MAX(face_id) FROM faces WHERE space_id = ?", (space.space_id,))
    if waiting is None or waiting <= run.parameters["last_item"]:
        return 0
    person_of = dict(map(tuple, library.rows("SELECT face_id, person_id FROM current_people")))
    faces = read_faces(library, space)
    persons = np.array([person_of.get(face_id, 0) for face_id in faces.ids.tolist()], np.int64)
    new = (faces.ids > run.parameters["last_item"]) & (persons == 0)
    if not new.any() or not persons.any():
        return 0
    known, of_person = np.unique(persons[persons > 0], return_inverse=True)
    distances = _distances(space.metric, faces.where(new), faces.where(persons > 0), of_person)
    usual, own = match_curve(library, space), person_curves(library, space)
    reach = np.array([own.get(person, usual).distance(SURE) for person in known.tolist()])
    chosen = {
        int(faces.ids[new][at]): int(known[row.argmin()])
        for at, row in enumerate(distances)
        if row.min() <= reach[row.argmin()] and (row < row.min() * CLEAR).sum() == 1
    }
    return _join(library, run.run_id, chosen)


def _distances(metric: str, new: Faces, members: Faces, of_person: NDArray[np.intp]) -> NDArray[np.float64]:
    """Of each new face to the faces of each person, (new, persons)."""
    counts = np.bincount(of_person)
    means = np.zeros((len(counts), members.vectors.shape[1]))
    np.add.at(means, of_person, members.vectors)
    means /= counts[:, None]
    products = new.vectors.astype(np.float64) @ means.T
    if metric != "euclidean":
        return np.asarray(1 - products)
    squares = np.bincount(of_person, np.square(members.vectors.astype(np.float64)).sum(axis=1)) / counts
    lengths = np.square(new.vectors.astype(np.float64)).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(lengths[:, None] - 2 * products + squares, 0)))


def _join(library: Library, run_id: int, chosen: dict[int, int]) -> int:
    """Add the faces that nothing forbids, if the run is still the current one."""
    verdicts = read_verdicts(library)
    joined = 0
    with library.write() as connection:
        rows = connection.execute("SELECT face_id, photo_id, person_id FROM current_people").fetchall()
        person_of = {row["face_id"]: row["person_id"] for row in rows}
        present = {(row["photo_id"], row["person_id"]) for row in rows}
        current = runs.current_run(library, "people")
        for face_id, person in chosen.items() if current and current.run_id == run_id else ():
            photo_id = library.value("SELECT photo_id FROM faces WHERE face_id = ?", (face_id,))
            twice = (photo_id, person) in present and photo_id not in verdicts.excused
            forbidden = any(person_of.get(other) == person for other in verdicts.kept_from(face_id))
            if photo_id is None or face_id in verdicts.not_faces | person_of.keys() or twice or forbidden:
                continue
            connection.execute(
                "INSERT INTO cluster_members (run_id, cluster_id, photo_id, face_id) VALUES (?, ?, ?, ?)",
                (run_id, person, photo_id, face_id),
            )
            person_of[face_id] = person
            present.add((photo_id, person))
            joined += 1
    return joined
