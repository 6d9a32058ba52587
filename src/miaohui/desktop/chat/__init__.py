"""The conversation on the screen: rows, their layout, the list and the composer."""
