"""The Search screen: a query line over a grid of pictures."""
