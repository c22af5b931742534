"""Every table of the library, as named migrations. Each runs in a transaction of its own, after a backup copy.

Ids are AUTOINCREMENT wherever something outside the table remembers them (FAISS files, votes, people, exports), so
that an id is never given out twice. Paths are BLOBs (os.fsencode), since file names need not be text.
"""

from sqlite_utils import Database, Migrations

from dofisac_tui.library.schema_names import MIGRATION_SET

migrations = Migrations(MIGRATION_SET)


@migrations()
def create_library(db: Database) -> None:
    """What the library is, and which folders and vectors it holds."""
    _run(
        db,
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE roots (
            root_id INTEGER PRIMARY KEY AUTOINCREMENT,
            path BLOB NOT NULL UNIQUE,
            device INTEGER,
            added_at REAL NOT NULL,
            scanned_at REAL,
            missing_since REAL
        )""",
        """CREATE TABLE spaces (
            space_id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('face', 'scene')),
            dimensions INTEGER NOT NULL,
            metric TEXT NOT NULL,
            created_at REAL NOT NULL
        )""",
    )


@migrations()
def create_photos(db: Database) -> None:
    """Photos, and what each model found in them."""
    _run(
        db,
        """CREATE TABLE photos (
            photo_id INTEGER PRIMARY KEY AUTOINCREMENT,
            root_id INTEGER NOT NULL REFERENCES roots (root_id),
            path BLOB NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            content_hash TEXT NOT NULL,
            format TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            fingerprint INTEGER NOT NULL,
            taken_at TEXT,
            camera TEXT,
            latitude REAL,
            longitude REAL,
            indexed_at REAL NOT NULL,
            absent_since REAL
        )""",
        "CREATE INDEX photos_by_content ON photos (content_hash)",
        "CREATE INDEX photos_by_size ON photos (size, content_hash)",
        "CREATE INDEX photos_absent ON photos (content_hash) WHERE absent_since IS NOT NULL",
        "CREATE INDEX photos_by_root ON photos (root_id, path)",
        "CREATE INDEX photos_by_date ON photos (taken_at)",
        # one row says that a photo went through a model, so that "no face found" is a result and not a gap
        """CREATE TABLE analyses (
            photo_id INTEGER NOT NULL REFERENCES photos (photo_id) ON DELETE CASCADE,
            space_id INTEGER NOT NULL REFERENCES spaces (space_id),
            analysed_at REAL NOT NULL,
            PRIMARY KEY (photo_id, space_id)
        ) WITHOUT ROWID""",
        """CREATE TABLE faces (
            face_id INTEGER PRIMARY KEY AUTOINCREMENT,
            photo_id INTEGER NOT NULL REFERENCES photos (photo_id) ON DELETE CASCADE,
            space_id INTEGER NOT NULL REFERENCES spaces (space_id),
            number INTEGER NOT NULL,
            x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL,
            landmarks BLOB NOT NULL,
            score REAL NOT NULL,
            quality REAL NOT NULL,
            UNIQUE (photo_id, space_id, number)
        )""",
    )


@migrations()
def create_vectors(db: Database) -> None:
    """Embeddings apart from the rows that describe them, and a log of the removed ones for the FAISS caches."""
    _run(
        db,
        """CREATE TABLE face_vectors (
            face_id INTEGER PRIMARY KEY REFERENCES faces (face_id) ON DELETE CASCADE,
            space_id INTEGER NOT NULL,
            vector BLOB NOT NULL
        )""",
        """CREATE TABLE scene_vectors (
            vector_id INTEGER PRIMARY KEY AUTOINCREMENT,
            photo_id INTEGER NOT NULL REFERENCES photos (photo_id) ON DELETE CASCADE,
            space_id INTEGER NOT NULL,
            vector BLOB NOT NULL,
            UNIQUE (photo_id, space_id)
        )""",
        """CREATE TABLE vector_removals (
            removal_id INTEGER PRIMARY KEY AUTOINCREMENT,
            space_id INTEGER NOT NULL,
            vector_id INTEGER NOT NULL
        )""",
        """CREATE TRIGGER face_vector_removed AFTER DELETE ON face_vectors BEGIN
            INSERT INTO vector_removals (space_id, vector_id) VALUES (old.space_id, old.face_id);
        END""",
        """CREATE TRIGGER scene_vector_removed AFTER DELETE ON scene_vectors BEGIN
            INSERT INTO vector_removals (space_id, vector_id) VALUES (old.space_id, old.vector_id);
        END""",
    )


@migrations()
def create_failures(db: Database) -> None:
    """Files that could not be indexed, and when each is tried again."""
    _run(
        db,
        """CREATE TABLE failures (
            path BLOB PRIMARY KEY,
            root_id INTEGER NOT NULL REFERENCES roots (root_id),
            stage TEXT NOT NULL,
            class TEXT NOT NULL,
            message TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            first_try REAL NOT NULL,
            last_try REAL NOT NULL,
            next_try REAL,
            size INTEGER,
            mtime_ns INTEGER
        )""",
        "CREATE INDEX failures_by_next_try ON failures (next_try)",
    )


@migrations()
def create_people_and_runs(db: Database) -> None:
    """Identities, cluster runs, and which faces and photos each holds."""
    _run(
        db,
        """CREATE TABLE people (
            person_id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT,
            created_at REAL NOT NULL,
            merged_into INTEGER REFERENCES people (person_id),
            ignored INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE cluster_runs (
            run_id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('people', 'phash', 'bg', 'combined')),
            space_id INTEGER REFERENCES spaces (space_id),
            parameters TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'proposed', 'current', 'past', 'refused')),
            started_at REAL NOT NULL,
            finished_at REAL
        )""",
        "CREATE UNIQUE INDEX one_current_run ON cluster_runs (kind) WHERE state = 'current'",
        """CREATE TABLE clusters (
            run_id INTEGER NOT NULL REFERENCES cluster_runs (run_id) ON DELETE CASCADE,
            cluster_id INTEGER NOT NULL,
            person_id INTEGER REFERENCES people (person_id),
            keeper_photo_id INTEGER,
            label TEXT,
            PRIMARY KEY (run_id, cluster_id)
        ) WITHOUT ROWID""",
        """CREATE TABLE cluster_members (
            run_id INTEGER NOT NULL,
            cluster_id INTEGER NOT NULL,
            photo_id INTEGER NOT NULL,
            face_id INTEGER,
            FOREIGN KEY (run_id, cluster_id) REFERENCES clusters (run_id, cluster_id) ON DELETE CASCADE
        )""",
        "CREATE INDEX cluster_members_by_cluster ON cluster_members (run_id, cluster_id)",
        "CREATE INDEX cluster_members_by_face ON cluster_members (face_id, run_id)",
    )


@migrations()
def create_votes(db: Database) -> None:
    """The ledger. Rows are keyed by content and face box, never by path, face id or cluster, and never change."""
    _run(
        db,
        """CREATE TABLE votes (
            vote_id INTEGER PRIMARY KEY AUTOINCREMENT,
            cast_at REAL NOT NULL,
            source TEXT NOT NULL,
            kind TEXT NOT NULL,
            answer TEXT NOT NULL,
            content_a TEXT, box_a TEXT,
            content_b TEXT, box_b TEXT,
            subject TEXT,
            undoes INTEGER REFERENCES votes (vote_id),
            space TEXT, distance REAL, probability REAL
        )""",
        """CREATE TRIGGER votes_are_never_changed BEFORE UPDATE ON votes BEGIN
            SELECT RAISE(ABORT, 'votes are never changed: append a new row');
        END""",
        """CREATE TRIGGER votes_are_never_deleted BEFORE DELETE ON votes BEGIN
            SELECT RAISE(ABORT, 'votes are never deleted: append a row that undoes');
        END""",
    )


@migrations()
def create_heartbeat(db: Database) -> None:
    """One row: what the daemon last said of itself."""
    _run(
        db,
        """CREATE TABLE heartbeat (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            pid INTEGER NOT NULL,
            started_at REAL NOT NULL,
            beat_at REAL NOT NULL,
            state TEXT NOT NULL,
            current_file BLOB,
            queue INTEGER NOT NULL,
            rate REAL,
            seconds_left REAL,
            reconciled_at REAL,
            error TEXT,
            error_at REAL,
            wakeups REAL
        )""",
    )


@migrations()
def show_current_people(db: Database) -> None:
    """Who is on which face now, and what makes undoing quick. In a people run a cluster's id is its person's."""
    _run(
        db,
        "CREATE INDEX votes_by_undone ON votes (undoes) WHERE undoes IS NOT NULL",
        """CREATE VIEW current_people AS
            SELECT members.face_id, members.photo_id, COALESCE(people.merged_into, people.person_id) AS person_id
            FROM cluster_runs JOIN cluster_members AS members USING (run_id)
            JOIN people ON people.person_id = members.cluster_id
            WHERE cluster_runs.kind = 'people' AND cluster_runs.state = 'current'
        """,
    )


@migrations()
def keep_every_run(db: Database) -> None:
    """What is shown of a cluster stands beside it; past runs are kept as snapshots, each the change from another."""
    _run(
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
    """What was learned from votes, one row a retraining, and the curves of Match that it made: of everybody (person
    0), and of persons with votes enough of their own."""
    _run(
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
    """Which decision is newer, found at once."""
    _run(db, "CREATE INDEX votes_by_time ON votes (cast_at)")


@migrations()
def find_votes_by_content(db: Database) -> None:
    """By which boxes the faces of a photo were named, found at once."""
    _run(
        db,
        "CREATE INDEX votes_by_content_a ON votes (content_a, box_a) WHERE box_a IS NOT NULL",
        "CREATE INDEX votes_by_content_b ON votes (content_b, box_b) WHERE box_b IS NOT NULL",
    )


@migrations()
def forget_members_with_their_photos(db: Database) -> None:
    """What is not in the library any more is in no cluster that is shown, and is not counted there."""
    _run(
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


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)
