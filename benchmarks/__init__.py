"""Measurements on real photos: python -m benchmarks.NAME."""
