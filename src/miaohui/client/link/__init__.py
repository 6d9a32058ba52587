"""The link to a relay: address, connection, clock, requests."""
