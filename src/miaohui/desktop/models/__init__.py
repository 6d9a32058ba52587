"""Lists as Qt models: rows that views ask for."""
