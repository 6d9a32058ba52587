"""Places where the window meets the system it runs on."""
