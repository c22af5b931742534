"""Show what a clustering holds back, and accept or refuse it."""
