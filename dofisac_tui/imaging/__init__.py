"""A file on disk -> upright pixels, thumbnail, fingerprint, capture date and place."""
