"""Pixels and words -> vectors: one Protocol for faces, one for scenes, one file an engine."""
