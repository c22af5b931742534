"""People, near-duplicates and scenes found in plain arrays: no library, no command line."""
