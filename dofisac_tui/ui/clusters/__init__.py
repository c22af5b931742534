"""Clusters as rows of pictures, and one cluster as a grid."""
