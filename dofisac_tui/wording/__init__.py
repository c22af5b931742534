"""Words for people: the sentences that the command line and the screens share."""
