"""What Duplicates and Scenes share: clusters as rows of pictures, and one cluster as a grid."""
