"""What goes out and comes in: JSON, CSV, XMP sidecars, the ancestor's own files, votes of another library."""
