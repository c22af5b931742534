"""A file -> one committed transaction. Used by the daemon and by the `index` command."""
