"""The encrypted local store, its key and what is written out of it."""
