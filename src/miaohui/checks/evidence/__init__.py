"""A run's signed bundle, and its examination offline."""
