"""Create the tables of the library, as named migrations; later changes are in `migrations`.

Ids are AUTOINCREMENT wherever something outside the table remembers them (FAISS files, votes, people, exports), so
that an id is never given out twice. Paths are BLOBs (os.fsencode), since file names need not be text.
"""

from sqlite_utils import Database, Migrations

from dofisac_tui.library.database import MIGRATION_SET

migrations = Migrations(MIGRATION_SET)


@migrations()
def create_library(db: Database) -> None:
    """Create the tables of facts about the library, its folders and its embedding spaces."""
    run(
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
    """Create the tables of photos and faces."""
    run(
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
    """Create the tables of embeddings, and of a log of removed ones for the FAISS caches."""
    run(
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
    """Create the table of files that could not be indexed."""
    run(
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
    """Create the tables of persons, cluster runs and their members."""
    run(
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
    """Create the ledger. Its rows are keyed by content and face box, not by path or id, and never change."""
    run(
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
    """Create the table of one row that holds the daemon's last heartbeat."""
    run(
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


def run(db: Database, *statements: str) -> None:
    """Execute statements of one migration."""
    for statement in statements:
        db.execute(statement)
