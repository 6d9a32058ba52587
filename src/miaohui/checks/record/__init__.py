"""A run's record on disk: events, journal, each slot's course, budget and keys."""
