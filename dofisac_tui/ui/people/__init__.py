"""The People screens: all people, and one person."""
