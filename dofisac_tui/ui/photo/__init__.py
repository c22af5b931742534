"""The screen of one photo."""
