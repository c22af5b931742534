"""The Failures screen."""
