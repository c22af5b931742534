"""Change the tables of older libraries: the migrations that follow those of `tables`.

Each runs in a transaction of its own, after a backup copy.
"""

from sqlite3 import DatabaseError

from sqlite_utils import Database

from dofisac_tui.library.tables import migrations, run

__all__ = ["migrations"]

CURRENT_PEOPLE = """
    CREATE VIEW current_people AS
        SELECT members.face_id, members.photo_id, COALESCE(people.merged_into, people.person_id) AS person_id
        FROM cluster_runs JOIN cluster_members AS members USING (run_id)
        JOIN people ON people.person_id = members.cluster_id
        WHERE cluster_runs.kind = 'people' AND cluster_runs.state = 'current'
"""


@migrations()
def show_current_people(db: Database) -> None:
    """Show the current person of each face, whose id is that of its cluster; find undone votes quickly."""
    run(
        db,
        "CREATE INDEX votes_by_undone ON votes (undoes) WHERE undoes IS NOT NULL",
        CURRENT_PEOPLE,
    )


@migrations()
def keep_every_run(db: Database) -> None:
    """Keep reasons and size with each cluster, and past runs as snapshots, each the change from another."""
    run(
        db,
        "ALTER TABLE clusters ADD COLUMN reasons TEXT",
        "ALTER TABLE clusters ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        """UPDATE clusters SET size = (SELECT COUNT(*) FROM cluster_members AS members
            WHERE members.run_id = clusters.run_id AND members.cluster_id = clusters.cluster_id)""",
        """CREATE TRIGGER cluster_grows AFTER INSERT ON cluster_members BEGIN
            UPDATE clusters SET size = size + 1 WHERE run_id = new.run_id AND cluster_id = new.cluster_id;
        END""",
        """CREATE TRIGGER cluster_shrinks AFTER DELETE ON cluster_members BEGIN
            UPDATE clusters SET size = size - 1 WHERE run_id = old.run_id AND cluster_id = old.cluster_id;
        END""",
        "CREATE INDEX cluster_members_by_photo ON cluster_members (photo_id, run_id)",
        """CREATE TABLE run_snapshots (
            snapshot_id INTEGER PRIMARY KEY AUTOINCREMENT,
            base_id INTEGER REFERENCES run_snapshots (snapshot_id),
            depth INTEGER NOT NULL,
            content BLOB NOT NULL
        )""",
        "ALTER TABLE cluster_runs ADD COLUMN snapshot_id INTEGER REFERENCES run_snapshots (snapshot_id)",
    )


@migrations()
def create_retrainings(db: Database) -> None:
    """Keep what was learned from votes: one row a retraining, and the curves of Match that it made.

    Person 0 stands for all persons without a curve of their own.
    """
    run(
        db,
        """CREATE TABLE retrainings (
            retraining_id INTEGER PRIMARY KEY AUTOINCREMENT,
            space_id INTEGER NOT NULL REFERENCES spaces (space_id),
            made_at REAL NOT NULL,
            ledger_end INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('current', 'past', 'no gain', 'rolled back')),
            link_probability REAL,
            report TEXT NOT NULL
        )""",
        "CREATE UNIQUE INDEX one_current_retraining ON retrainings (space_id) WHERE state = 'current'",
        """CREATE TABLE match_curves (
            retraining_id INTEGER NOT NULL REFERENCES retrainings (retraining_id) ON DELETE CASCADE,
            person_id INTEGER NOT NULL,
            curve TEXT NOT NULL,
            PRIMARY KEY (retraining_id, person_id)
        ) WITHOUT ROWID""",
    )


@migrations()
def order_votes_by_time(db: Database) -> None:
    """Find the newest decision quickly."""
    run(db, "CREATE INDEX votes_by_time ON votes (cast_at)")


@migrations()
def find_votes_by_content(db: Database) -> None:
    """Find the votes on the faces of a photo quickly."""
    run(
        db,
        "CREATE INDEX votes_by_content_a ON votes (content_a, box_a) WHERE box_a IS NOT NULL",
        "CREATE INDEX votes_by_content_b ON votes (content_b, box_b) WHERE box_b IS NOT NULL",
    )


@migrations()
def forget_members_with_their_photos(db: Database) -> None:
    """Remove photos and faces that leave the library from the clusters that are shown."""
    run(
        db,
        "DELETE FROM cluster_members WHERE photo_id NOT IN (SELECT photo_id FROM photos)"
        " OR face_id NOT IN (SELECT face_id FROM faces)",
        """CREATE TRIGGER photo_leaves_clusters AFTER DELETE ON photos BEGIN
            DELETE FROM cluster_members WHERE photo_id = old.photo_id;
        END""",
        """CREATE TRIGGER face_leaves_clusters AFTER DELETE ON faces BEGIN
            DELETE FROM cluster_members WHERE face_id = old.face_id;
        END""",
    )


@migrations()
def name_kinds_plainly(db: Database) -> None:
    """Rename the kinds of runs `phash` and `bg`, in the steps that SQLite's manual gives for changing a CHECK.

    Foreign keys are off while a library is migrated, so that dropping the old table takes no clusters along.
    """
    columns = "run_id, {}, space_id, parameters, state, started_at, finished_at, snapshot_id"
    renamed = "CASE kind WHEN 'phash' THEN 'duplicates' WHEN 'bg' THEN 'scenes' ELSE kind END"
    run(
        db,
        "DROP VIEW current_people",
        """CREATE TABLE new_cluster_runs (
            run_id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('people', 'duplicates', 'scenes', 'combined')),
            space_id INTEGER REFERENCES spaces (space_id),
            parameters TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'proposed', 'current', 'past', 'refused')),
            started_at REAL NOT NULL,
            finished_at REAL,
            snapshot_id INTEGER REFERENCES run_snapshots (snapshot_id)
        )""",
        f"INSERT INTO new_cluster_runs ({columns.format('kind')}) SELECT {columns.format(renamed)} FROM cluster_runs",  # noqa: S608
        # the last id that was given out, which may be that of a run that was removed
        "DELETE FROM sqlite_sequence WHERE name = 'new_cluster_runs'",
        "INSERT INTO sqlite_sequence SELECT 'new_cluster_runs', seq FROM sqlite_sequence WHERE name = 'cluster_runs'",
        "DROP TABLE cluster_runs",
        "ALTER TABLE new_cluster_runs RENAME TO cluster_runs",
        "CREATE UNIQUE INDEX one_current_run ON cluster_runs (kind) WHERE state = 'current'",
        CURRENT_PEOPLE,
    )
    if db.execute("PRAGMA foreign_key_check (clusters)").fetchall():
        raise DatabaseError("clusters without a run")


@migrations()
def show_standing_votes(db: Database) -> None:
    """Show decisions that were not undone, or whose undo was redone; find them by photos as quickly as by faces."""
    run(
        db,
        "DROP INDEX votes_by_content_a",
        "DROP INDEX votes_by_content_b",
        "CREATE INDEX votes_by_content_a ON votes (content_a, box_a) WHERE content_a IS NOT NULL",
        "CREATE INDEX votes_by_content_b ON votes (content_b, box_b) WHERE content_b IS NOT NULL",
        """CREATE VIEW standing_votes AS
            SELECT * FROM votes WHERE kind NOT IN ('undo', 'redo') AND NOT EXISTS (
                SELECT 1 FROM votes AS undo WHERE undo.undoes = votes.vote_id AND undo.kind = 'undo'
                AND NOT EXISTS (SELECT 1 FROM votes AS redo WHERE redo.undoes = undo.vote_id)
            )
        """,
    )
