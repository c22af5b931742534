"""Votes -> calibrated match probabilities, thresholds, estimates and the review queue."""
