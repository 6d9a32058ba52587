"""A run under way: accounts, purchases, slot runs and what is told of them."""
