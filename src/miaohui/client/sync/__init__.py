"""Keeping sessions in step with the relay."""
