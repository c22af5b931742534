"""The names of the migrations, so that opening a library that is up to date loads no tool for changing it."""

MIGRATION_SET = "dofisac"

MIGRATIONS = (
    "create_library",
    "create_photos",
    "create_vectors",
    "create_failures",
    "create_people_and_runs",
    "create_votes",
    "create_heartbeat",
    "show_current_people",
    "keep_every_run",
    "create_retrainings",
    "order_votes_by_time",
    "find_votes_by_content",
    "forget_members_with_their_photos",
    "name_kinds_plainly",
    "show_standing_votes",
)
