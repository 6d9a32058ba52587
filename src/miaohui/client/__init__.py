"""A person's link to a relay: connection, outbox, store, and one facade. It knows no window."""
