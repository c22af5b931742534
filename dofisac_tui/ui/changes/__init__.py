"""The Changes screen: accept or refuse what a clustering proposes."""
