"""Shops as their owners keep them: catalogue, offers, reviews."""
