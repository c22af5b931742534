"""The Review screen: one question at a time about two faces."""
