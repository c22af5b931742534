"""The table of actions and keys, and what is made from it."""
