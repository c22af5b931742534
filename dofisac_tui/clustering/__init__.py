"""People, near-duplicates and scenes: the methods on plain arrays, and the runs that apply them to a library."""
