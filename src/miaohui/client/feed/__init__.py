"""One conversation in memory: rows, outbox, panel, verified journal."""
