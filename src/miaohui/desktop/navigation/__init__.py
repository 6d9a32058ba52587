"""The window, its rail, and the ways between pages."""
