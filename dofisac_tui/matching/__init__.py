"""From a distance between two vectors to Match, the probability that they show the same."""
