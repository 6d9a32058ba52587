"""Links at the relay: socket, connection, gateway, limits, TLS."""
