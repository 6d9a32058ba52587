"""The public face of shops and people: names, listing, search, statistics, presence."""
