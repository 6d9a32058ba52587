"""The start of the app and its loop."""
