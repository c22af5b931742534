"""Vectors -> ranked photos: FAISS over the library."""
