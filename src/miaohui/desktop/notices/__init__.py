"""The one path to a person's eye."""
