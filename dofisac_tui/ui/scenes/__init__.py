"""The Scenes screen."""
