"""A run's folder turned into results: sessions, targets, replies and their codes."""
